"""Which of two case systems is heard: until a switch the old one, from a switch on the one that it names."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES, WORDS, Pair, Switch, Switches, event_type_of
from ascbridge.storage.database import PostgresDatabase
from tests.people.ward import empty_bridge

PAIR = Pair("case-old", "case-new")
REVIEW = "care.review-stated.v1"
ON = Switch(REVIEW, "case-new", "case-old", 1_000, "Ola", "it-operations", "the weekend", "")
BACK = Switch(REVIEW, "case-old", "case-new", 2_000, "Ola", "it-operations", "wrong dates", "unsigned")


def test_every_word_of_the_contract_and_who_somebody_is_can_be_switched() -> None:
    assert EVENT_TYPES["review"] == REVIEW
    assert {"person", "death", "package", "worker", "referral", "objection"} <= set(EVENT_TYPES)
    assert len(WORDS) == len(EVENT_TYPES)


@pytest.mark.parametrize("word", ["review", "ReviewStated", REVIEW])
def test_an_event_type_is_known_by_word_class_and_name(word: str) -> None:
    assert event_type_of(word) == REVIEW


def test_what_no_case_system_says_cannot_be_switched() -> None:
    assert event_type_of("support-plan") == "care.support-plan-stated.v1"
    for word in ("reviews", "discharge.patient-admitted.v1", "PatientAdmitted"):
        with pytest.raises(KeyError):
            event_type_of(word)


def test_before_any_switch_the_old_one_is_heard() -> None:
    before = Switches(PAIR)
    assert before.live(REVIEW) == "case-old"
    assert before.in_shadow("case-new", REVIEW)
    assert not before.in_shadow("case-old", REVIEW)
    assert not before.in_shadow("council-facts", REVIEW)
    assert not before.in_shadow("case-new", "discharge.patient-admitted.v1")


def test_a_switch_holds_from_its_moment_and_for_its_event_type_only() -> None:
    made = Switches(PAIR, [ON])
    assert (made.live(REVIEW), made.in_shadow("case-old", REVIEW), made.in_shadow("case-new", REVIEW)) == (
        "case-new", True, False,
    )  # fmt: skip
    assert made.in_shadow("case-new", REVIEW, 999)
    assert not made.in_shadow("case-new", REVIEW, 1_000)
    assert made.in_shadow("case-new", EVENT_TYPES["package"])


def test_the_last_switch_holds() -> None:
    made = Switches(PAIR, [ON, BACK])
    assert made.live(REVIEW) == "case-old"
    assert not made.in_shadow("case-new", REVIEW, 1_500)
    assert made.in_shadow("case-new", REVIEW)


def test_a_switch_holds_where_the_settings_name_no_cut_over_any_more() -> None:
    made = Switches(None, [ON])
    assert made.in_shadow("case-old", REVIEW)
    assert not made.in_shadow("case-new", REVIEW)
    assert made.concern("case-old")
    assert not made.concern("council-facts")
    with pytest.raises(ValueError, match="no cut-over"):
        made.live(REVIEW)


def test_switches_are_kept_in_the_order_in_which_they_were_made() -> None:
    with empty_bridge() as connection:
        for one in (ON, BACK):
            switches.record(connection, one)
        assert switches.history(connection) == [ON, BACK]
        assert switches.load(connection, PAIR).last(REVIEW) == BACK


@pytest.mark.postgres
async def test_nobody_switches_while_somebody_reads_the_switches(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    try_lock = select(func.pg_try_advisory_xact_lock(func.hashtext(switches.LOCK)))
    try_shared = select(func.pg_try_advisory_xact_lock_shared(func.hashtext(switches.LOCK)))
    try:
        async with database.connect() as one, database.connect() as other:
            await one.run_sync(switches.hold_still)
            await other.run_sync(switches.hold_still)
            assert await other.scalar(try_lock) is False
            await one.rollback()
            assert await other.scalar(try_lock) is True
            assert await one.scalar(try_shared) is False
            await other.rollback()
            assert await one.scalar(try_shared) is True
    finally:
        await database.close()
