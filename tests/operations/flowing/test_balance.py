"""The ledger adds up, whatever happened to messages, and every word has its meaning."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from ascbridge.operations.flowing.balance import MEANINGS, FeedLedger, ledgers
from tests.intake.messages import adt
from tests.web.faults import bury_one, hold_one

if TYPE_CHECKING:
    from tests.web.city import City


def test_both_sums_come_out_for_every_feed(city: City) -> None:
    city.arrive("itk-v24", b"MSH|^~\\&|PAS|RKB|||202610181200||ADT^A01||P|2.4\r")
    raw = adt("A08", control_id="AGAIN")
    city.arrive("itk-v24", raw)
    city.arrive("itk-v24", raw)
    hospital, council = sorted(city.bridge.read_now(ledgers), key=lambda one: -one.kept)
    assert (hospital.feed, council.feed) == ("itk-v24", "council-facts")
    assert (hospital.received, hospital.refused, hospital.duplicate, hospital.kept) == (22, 1, 1, 20)
    assert hospital.waiting == 20
    assert hospital.adds_up
    assert council.adds_up


def test_a_message_kept_and_not_translated_yet_waits(empty_city: City) -> None:
    empty_city.arrive("itk-v24", adt("A01"), work=False)
    (hospital,) = empty_city.bridge.read_now(ledgers)
    assert (hospital.kept, hospital.waiting) == (1, 1)
    assert hospital.adds_up


def test_held_parked_and_dead_are_counted_where_they_stand(empty_city: City) -> None:
    hold_one(empty_city, "a cause")
    (held,) = empty_city.bridge.read_now(ledgers)
    assert (held.held, held.parked, held.waiting) == (1, 1, 0)
    assert held.adds_up
    bury_one(empty_city, "a cause", local_id="L2", visit="V2", nhs_number="9993000027")
    (hospital,) = empty_city.bridge.read_now(ledgers)
    assert (hospital.held, hospital.parked, hospital.dead) == (1, 1, 1)
    assert hospital.adds_up


def test_a_feed_that_was_promised_and_never_spoke_has_a_ledger_of_noughts(empty_city: City) -> None:
    (found,) = empty_city.bridge.read_now(lambda c: ledgers(c, ("cerner-millennium",)))
    assert found == FeedLedger("cerner-millennium", *[0] * 10)
    assert found.adds_up


def test_sums_that_do_not_come_out_are_told() -> None:
    assert not FeedLedger("x", 3, 1, 1, 2, 2, 0, 0, 0, 0, 0).adds_up
    assert not FeedLedger("x", 3, 1, 1, 1, 2, 0, 0, 0, 0, 0).adds_up


def test_every_word_has_its_meaning() -> None:
    assert set(MEANINGS) == {field.name for field in fields(FeedLedger)} - {"feed"}
