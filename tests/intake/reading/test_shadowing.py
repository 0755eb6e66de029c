"""What is heard of two case systems: one of them for each event type, and the other teaches nobody anything."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import orjson
import pytest

from ascbridge.events.logs.envelope import Ref
from ascbridge.intake.reading import applied_words
from ascbridge.intake.reading.shadowing import IN_SHADOW
from ascbridge.people import identities, known_as, lookups
from ascbridge.people.known_as import Pairing
from ascbridge.storage.tables import care, event_log, feed_word, message_state, open_effect, patient
from tests.operations.two_systems import MARY, NEW, OLD, SAM, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUE = {"id": "R1", "status": "due", "due_on": "2026-12-01"}
NEW_R1 = f"review:{NEW}/R1"
REVIEW, PERSON = "care.review-stated.v1", "person.patient-details-recorded.v1"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    yield made
    made.close()


def slots(city: TwoSystems) -> list[str]:
    return [row.slot for row in city.rows(care)]


def test_the_new_system_is_in_shadow_until_it_is_switched_to(city: TwoSystems) -> None:
    city.say(NEW, "70001", MARY, "review", **DUE)
    assert city.said("shadow") == [PERSON, REVIEW]
    assert (city.said("care"), city.said("person"), city.rows(care), city.rows(patient)) == ([], [], [], [])
    (state,) = city.rows(message_state)
    assert (state.state, state.note) == ("no_effect", IN_SHADOW)
    assert city.rows(open_effect) == []


def test_the_old_system_is_heard_as_before(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "review", **DUE)
    assert (city.said("shadow"), city.said("care"), slots(city)) == ([], [REVIEW], ["review:R1"])


def test_a_switch_is_for_one_event_type(city: TwoSystems) -> None:
    city.switch("review", "person")
    city.say(NEW, "70001", MARY, "review", **DUE)
    city.say(NEW, "70001", MARY, "package", id="P1", status="live")
    assert slots(city) == [NEW_R1]
    assert city.said("shadow") == ["care.package-stated.v1"]
    city.say(OLD, "C100", MARY, "review", id="R2", status="due")
    assert slots(city) == [NEW_R1]
    city.say(OLD, "C200", SAM, "package", id="P9", status="live")
    assert slots(city) == [NEW_R1, "package:P9"]


def test_a_fact_is_heard_though_who_it_is_about_is_still_in_shadow(city: TwoSystems) -> None:
    city.switch("review")
    city.say(NEW, "70001", MARY, "review", **DUE)
    assert (city.said("care"), city.said("shadow")) == ([REVIEW], [PERSON])
    (state,) = city.rows(message_state)
    assert (state.state, state.note) == ("waiting", "")  # for the record, which it reaches


def test_switched_back_is_as_before(city: TwoSystems) -> None:
    city.switch("all")
    city.switch("all", to=OLD)
    city.say(NEW, "70001", MARY, "review", **DUE)
    city.say(OLD, "C100", MARY, "review", **DUE)
    assert (slots(city), city.said("shadow")) == (["review:R1"], [PERSON, REVIEW])


def test_what_is_understood_again_is_heard_as_it_was_at_first(city: TwoSystems) -> None:
    both(city)
    before = [row.event_id for row in city.rows(event_log)]
    city.clock.at_ms += 1
    city.switch("review")
    city.bridge.write_now(lambda c: c.execute(event_log.delete()))
    city._read = {}
    city.work()
    assert [row.event_id for row in city.rows(event_log)] == before
    assert city.said("shadow") == [PERSON, REVIEW]


def test_what_waited_while_the_switch_was_made_goes_by_the_switch(city: TwoSystems) -> None:
    city.say(NEW, "70001", MARY, "review", **DUE, work=False)
    city.switch("all")
    assert (slots(city), city.said("shadow")) == ([NEW_R1], [])


def test_nothing_of_where_a_stranger_is_goes_into_shadow(city: TwoSystems) -> None:
    """Nobody can say yet whether a number of the new system is that of a restricted person."""
    city.say(NEW, "70001", MARY, "package", id="P1", status="live", provider="Invented Care Home")
    (row,) = (row for row in city.rows(event_log) if b'"P1"' in row.value)
    assert orjson.loads(row.value)["provider"] == ""


def test_without_a_cut_over_nothing_is_in_shadow(tmp_path: Path) -> None:
    city = TwoSystems(tmp_path, cutover={})
    city.say(OLD, "C100", MARY, "review", **DUE)
    city.say(NEW, "70001", SAM, "review", **DUE)
    assert (slots(city), city.said("shadow")) == (["review:R1", "review:R1"], [])
    city.close()


# -- under the ids by which they are known --------------------------------------------------------------------------


def numbered(city: TwoSystems, *rows: tuple[str, str, str]) -> None:
    """Put these into the crosswalk: kind, number in the new system, number in the old one."""
    with_keys = [
        Pairing(NEW, kind, key(city, NEW, new), key(city, OLD, old), "file", "", 1)
        if kind == "person"
        else Pairing(NEW, kind, new, old, "file", "", 1)
        for kind, new, old in rows
    ]
    city.bridge.write_now(lambda c: known_as.write(c, with_keys))


def key(city: TwoSystems, feed: str, number: str) -> str:
    ref = Ref("patient", city.profiles[feed].feed.authority, number)
    return city.bridge.read_now(lambda c: identities.known(c, city.keyring, [ref]))[ref]


def both(city: TwoSystems) -> None:
    """Mary, with one review, is known to both systems, each with numbers of its own."""
    city.say(OLD, "C100", MARY, "review", **DUE)
    city.say(NEW, "70001", MARY, "review", **DUE | {"id": "N9"})
    numbered(city, ("person", "70001", "C100"), ("review", "N9", "R1"))


def test_a_thing_keeps_one_slot_across_the_switch(city: TwoSystems) -> None:
    both(city)
    city.switch("all")
    city.say(NEW, "70001", MARY, "review", **DUE | {"id": "N9", "status": "done", "done_on": "2026-11-20"})
    (row,) = city.rows(care)
    assert (row.slot, row.patient_key) == ("review:R1", key(city, OLD, "C100"))
    assert orjson.loads(row.value)["status"] == "done"


def test_both_numbers_find_the_one_person_afterwards(city: TwoSystems) -> None:
    both(city)
    city.switch("all")
    nameless = ("", "EVANS", "MARY", "1941-03-14")  # no NHS number joins them: the crosswalk does
    city.say(NEW, "70001", nameless, "worker", team="Team North", name="Amina Yusuf")
    found = {
        city.bridge.read_now(partial(lookups.find_by_local_id, keyring=city.keyring, authority=a, local_id=n))
        for a, n in (("COVASC", "C100"), ("COVNEW", "70001"))
    }
    assert len(found - {None}) == len(found) == 1


def test_what_a_thing_refers_to_is_known_by_our_id_too(city: TwoSystems) -> None:
    both(city)
    numbered(city, ("support_plan", "PL7", "SP1"))
    city.switch("review")
    city.say(NEW, "70001", MARY, "review", **DUE | {"id": "N9", "reviews": "PL7"})
    (row,) = city.rows(care)
    assert orjson.loads(row.value)["reviews"] == "SP1"


def test_a_number_of_the_new_system_is_not_taken_for_the_same_number_of_the_old_one(city: TwoSystems) -> None:
    both(city)
    city.switch("all")
    city.say(NEW, "70001", MARY, "review", id="R1", status="due", due_on="2028-01-01")
    assert set(slots(city)) == {NEW_R1, "review:R1"}
    rows = city.bridge.read_now(lambda c: known_as.everything(c, NEW))
    assert [row.ours for row in rows if row.source == "heard"] == [f"{NEW}/R1"]


def test_a_restricted_persons_care_goes_into_shadow_without_its_place(city: TwoSystems) -> None:
    both(city)
    city.hear("A01", local_id="L1", visit="V1", nhs_number=MARY[0], name="EVANS^MARY", born="19410314",
              extra=("ZU8||||2",))  # fmt: skip
    city.say(NEW, "70001", MARY, "package", id="P1", status="live", provider="Invented Care Home")
    (row,) = (row for row in city.rows(event_log) if b'"P1"' in row.value)
    (word,) = (word for word in city.rows(feed_word) if word.slot == "package:P1")
    assert [orjson.loads(one)["provider"] for one in (row.value, word.value)] == ["", ""]


def test_an_erasure_is_about_the_numbers_of_both_systems(city: TwoSystems) -> None:
    both(city)
    old, new = key(city, OLD, "C100"), key(city, NEW, "70001")
    assert city.bridge.read_now(lambda c: known_as.theirs_of(c, [old])) == [new]


# -- which word holds -------------------------------------------------------------------------------------------------


def test_the_live_systems_word_holds_though_the_other_clock_is_ahead(city: TwoSystems) -> None:
    both(city)
    city.say(
        OLD, "C100", MARY, "review", **DUE | {"due_on": "2026-12-24"}, at_ms=city.clock.at_ms + 3_600_000
    )
    city.switch("review")
    city.say(NEW, "70001", MARY, "review", **DUE | {"id": "N9", "due_on": "2027-01-15"})
    (row,) = city.rows(care)
    assert orjson.loads(row.value)["due_on"] == "2027-01-15"
    city.switch("review", to=OLD)
    city.say(
        OLD, "C100", MARY, "review", **DUE | {"due_on": "2027-02-02"}, at_ms=city.clock.at_ms + 3_602_000
    )
    (row,) = city.rows(care)
    assert orjson.loads(row.value)["due_on"] == "2027-02-02"


def test_an_older_word_that_comes_late_does_not_hold(city: TwoSystems) -> None:
    both(city)
    city.switch("review")
    now = city.clock.at_ms
    city.say(NEW, "70001", MARY, "review", **DUE | {"id": "N9", "due_on": "2027-01-15"}, at_ms=now + 20_000)
    city.say(NEW, "70001", MARY, "review", **DUE | {"id": "N9", "due_on": "2026-01-01"}, at_ms=now + 10_000)
    (row,) = city.rows(care)
    assert orjson.loads(row.value)["due_on"] == "2027-01-15"


def test_what_is_applied_is_heard_once(city: TwoSystems) -> None:
    both(city)
    (word,) = (word for word in city.rows(feed_word) if (word.feed, word.slot) == (NEW, "review:N9"))
    city.bridge.write_now(lambda c: applied_words.put(c, [(word.message_id, REVIEW)], "Ola", "as agreed", 5))
    assert city.bridge.read_now(applied_words.waiting)
    assert city.bridge.write_now(city.translator.apply_words) == 1
    assert city.bridge.write_now(city.translator.apply_words) == 0
    city.work()
    assert city.said("care") == [REVIEW, REVIEW]
    assert slots(city) == ["review:R1"]
