"""Which bare Flags the sink may hold: by ids of this side alone, and of everybody who is known under any number."""

from __future__ import annotations

from ascbridge.events.logs.sealing import Keyring
from ascbridge.safeguarding import flag_store
from ascbridge.safeguarding.concern_words import AdultSaid
from tests.safeguarding.behind import Behind, said


def test_an_id_is_the_same_each_time_and_follows_from_nothing_that_the_bridge_has(behind: Behind) -> None:
    one = flag_store.id_of(behind.vault, "n1")
    assert one == flag_store.id_of(behind.vault, "n1") != flag_store.id_of(behind.vault, "n2")
    assert one.removeprefix("f") != Keyring(bytes(range(32))).lookup("bare flag", "n1")
    assert len(one) == 33


def test_what_goes_out_stands_there_until_it_is_dropped(real_behind: Behind) -> None:
    behind = real_behind
    behind.run(lambda c: flag_store.note(c, "f1", "c1", "going", 1))
    assert behind.run(flag_store.standing) == {"f1": ("c1", "going")}
    behind.run(lambda c: flag_store.note(c, "f1", "c2", "told", 2))
    assert behind.run(flag_store.standing) == {"f1": ("c2", "told")}
    behind.run(lambda c: flag_store.drop(c, "f1"))
    assert behind.run(flag_store.standing) == {}


def test_concerns_are_found_under_every_number_that_somebody_has(behind: Behind) -> None:
    by_number = behind.take(said(adult=AdultSaid(nhs_number="999 300 0019")))
    by_id = behind.take(said(adult=AdultSaid(person_id="n1"), account="another"))
    by_case = behind.take(said(adult=AdultSaid(council_id="C100"), account="a third"))
    behind.take(said(adult=AdultSaid(person_id="n2"), account="somebody else's"))
    numbers = [("person", "n1"), ("nhs", "9993000019"), ("council", "C100"), ("nhs", "")]
    found = behind.run(lambda c: flag_store.concerns_of(c, behind.vault, numbers))
    assert {one.said.reference for stood in found.values() for one in stood} == {by_number, by_id, by_case}
    assert behind.run(lambda c: flag_store.concerns_of(c, behind.vault, [("person", "")])) == {}
