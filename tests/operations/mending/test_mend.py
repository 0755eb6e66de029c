"""Mending a dead letter: what the dry-run said is what happens, a second person where it must be one, and an audit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascbridge.events.handlers import dead_letters
from ascbridge.events.logs.log import INBOUND
from ascbridge.intake.keeping import giving_keys
from ascbridge.intake.reading import mendings
from ascbridge.operations.finding import audit_search
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.operations.mending.foreseeing import Foreseen
from ascbridge.operations.mending.mend import CannotMend
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import dead_letter, event_log, mending, message, patient, spell, task
from tests.web.city import City, hl7_time, zu1
from tests.web.faults import bury_one

if TYPE_CHECKING:
    from collections.abc import Mapping

OLA, PAT = (Actor(name, "it-operations", "work", sign_in=name) for name in ("Ola Green", "Pat Field"))
CAUSE = "the profile of feed itk-v24 no longer reads it"
READY = zu1("Y", "20261018")
SET = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Ward:
    """A city in which each example has a patient of its own."""

    def __init__(self, city: City) -> None:
        self.city, self.patients = city, 0

    def admit(self) -> dict[str, str]:
        """Somebody new comes into hospital: return what their messages say of them."""
        self.patients += 1
        them = {
            "local_id": f"L{self.patients}",
            "visit": f"V{self.patients}",
            "nhs_number": "",
            "born": "19410314",
        }
        self.city.hear("A01", **them)
        return them

    def bury(self, them: dict[str, str], *extra: str) -> str:
        """A later message about them becomes a dead letter; return its id."""
        dead_id = bury_one(self.city, CAUSE, sent=hl7_time(self.city.clock.at_ms), extra=extra, **them)
        self.city._read["translator", INBOUND] = max(row.position for row in self.city.rows(message))
        return dead_id


@pytest.fixture
def ward(empty_city: City) -> Ward:
    return Ward(empty_city)


def ask(city: City, dead_id: str, change: Mapping[str, str] | str, who: Actor = OLA) -> str:
    now_ms = city.clock.at_ms
    return city.bridge.write_now(lambda c: city.mender.ask(c, dead_id, change, who, "a wrong code", now_ms))


def take_effect(city: City, mending_id: str, who: Actor = OLA) -> str:
    return city.bridge.write_now(lambda c: city.mender.take_effect(c, mending_id, who, city.clock.at_ms))


def state_of(city: City, mending_id: str) -> str:
    return city.bridge.read_now(lambda c: mendings.of(c, mending_id)).state


def said_of(city: City, mending_id: str) -> Foreseen:
    return Foreseen.from_json(city.bridge.read_now(lambda c: mendings.of(c, mending_id)).foreseen)


def derived(city: City) -> dict[str, Any]:
    """What a dry-run speaks of, as it stands."""
    stays = {f"stay {row.spell_key}": f"{row.status}: {row.decision}" for row in city.rows(spell)}
    tasks = {f"task {row.task_id}": f"{row.kind}, {row.status}, {row.stage}" for row in city.rows(task)}
    return stays | tasks


def events(city: City) -> list[str]:
    return [json.loads(row.headers).get("ce_type", "") for row in city.rows(event_log)]


def test_a_dry_run_changes_nothing_and_what_it_said_is_what_happens(ward: Ward) -> None:
    city = ward.city
    dead_id = ward.bury(ward.admit(), *(zu1("", ""),))
    before = (derived(city), len(events(city)), city.rows(dead_letter), city.bridge.read_now(ledgers))
    mending_id = ask(city, dead_id, {"ZU1-22": "Y", "ZU1-24": "20261018"})
    assert (derived(city), len(events(city)), city.rows(dead_letter), city.bridge.read_now(ledgers)) == before
    said = said_of(city, mending_id)
    assert said.refused == ""
    assert [one.after.split(",")[0] for one in said.tasks] == ["d2a"]
    assert any(one.what.startswith("Task/") for one in said.resources)
    assert take_effect(city, mending_id) == "mended"
    city.work()
    (letter,) = city.rows(dead_letter)
    assert letter.state == "mended"
    assert all(one.adds_up and not one.dead for one in city.bridge.read_now(ledgers))
    with pytest.raises(CannotMend, match="decided already"):
        take_effect(city, mending_id)


@SET
@given(
    first=st.sampled_from([READY, zu1("", ""), zu1("N", "")]),
    change=st.dictionaries(
        st.sampled_from(["ZU1-22", "PV1-14", "PV1-4", "PV2-9"]),
        st.sampled_from(["Y", "N", "19", "20261020", "ZZ"]),
        min_size=1,
    ),
    meanwhile=st.booleans(),
)
def test_a_change_takes_effect_only_while_its_dry_run_holds(
    ward: Ward, first: str, change: dict[str, str], *, meanwhile: bool
) -> None:
    city = ward.city
    them = ward.admit()
    dead_id = ward.bury(them, "PV2|||||||||20261019", first)
    try:
        mending_id = ask(city, dead_id, change)
    except CannotMend as fault:
        assert str(fault) == "Nothing was changed"  # noqa: PT017  # hypothesis may set what stood there
        return
    said, stood = said_of(city, mending_id), derived(city)
    if meanwhile:
        city.clock.at_ms += 60_000
        city.hear("A16", **them, extra=(READY,))
        if take_effect(city, mending_id) == "moved":
            assert said_of(city, mending_id).digest != said.digest
            assert state_of(city, mending_id) == "asked"
        return
    published = len(events(city))
    assert take_effect(city, mending_id) == "mended"
    city.work()
    told = {one.what: one.after for one in (*said.decisions, *said.tasks)}
    now = derived(city)
    assert {key for key in now if now[key] != stood.get(key)} == set(told)
    assert all(told[key].startswith(now[key]) for key in told)
    assert events(city)[published:] == [one.event_type for one in said.events]


@SET
@given(
    place=st.sampled_from(
        ["PID-3", "PID-5", "PID-7", "PID-19", "PV1-19", "MSH-9", "ZU8-4", "PV1-4", "PV2-9"]
    ),
    same_name=st.booleans(),
    same_sign_in=st.booleans(),
)
def test_who_changed_whom_a_message_is_about_never_lets_it_take_effect(
    ward: Ward, place: str, *, same_name: bool, same_sign_in: bool
) -> None:
    city = ward.city
    dead_id = ward.bury(ward.admit(), *("PV2|||||||||20261019", "ZU8||||2"))
    value = {"PID-7": "19410315", "MSH-9": "ADT^A16", "ZU8-4": "0"}.get(place, "SMITH^ANN")
    mending_id = ask(city, dead_id, {place: value})
    whose = city.bridge.read_now(lambda c: mendings.of(c, mending_id)).about_whom
    assert whose == (() if place in {"PV1-4", "PV2-9"} else (place,))
    other = Actor("ola  GREEN" if same_name else "Pat Field", "it-operations", "work",
                  sign_in="Ola Green" if same_sign_in else "Pat Field")  # fmt: skip
    if said_of(city, mending_id).refused:
        return
    if whose and (same_name or same_sign_in):
        with pytest.raises(CannotMend, match="a second person must agree"):
            take_effect(city, mending_id, other)
        assert state_of(city, mending_id) == "asked"
    else:
        assert take_effect(city, mending_id, other) == "mended"
        assert city.bridge.read_now(lambda c: mendings.of(c, mending_id)).decided_by == other.who


@SET
@given(order=st.permutations([0, 1, 2]), person=st.lists(st.sampled_from([1, 2]), min_size=3, max_size=3))
def test_a_persons_messages_are_mended_in_their_order_and_nobody_else_waits(
    ward: Ward, order: list[int], person: list[int]
) -> None:
    city, them = ward.city, {one: ward.admit() for one in set(person)}
    letters = [ward.bury(them[one], READY) for one in person]
    for number in order:
        earlier = [n for n in range(number) if person[n] == person[number]]
        waits = any(
            row.state == "open"
            for row in city.rows(dead_letter)
            if row.dead_id in [letters[n] for n in earlier]
        )
        if waits:
            with pytest.raises(CannotMend, match="An earlier message of the same person"):
                ask(city, letters[number], {"PV1-4": "21"})
        else:
            assert take_effect(city, ask(city, letters[number], {"PV1-4": "21"})) == "mended"
    city.work()
    assert all(one.adds_up for one in city.bridge.read_now(ledgers))


def give_keys(city: City) -> None:
    wanting = city.bridge.read_now(mendings.wanting_keys)
    city.keys.write_now(
        lambda c: giving_keys.give(c, wanting, city.profiles, city.keyring, city.data_keys, city.clock.at_ms)
    )


@SET
@given(known=st.booleans(), approved=st.booleans(), meanwhile=st.booleans())
def test_a_message_of_the_wrong_person_becomes_the_right_ones_by_a_second_person_only(
    ward: Ward, *, known: bool, approved: bool, meanwhile: bool
) -> None:
    """What the dry-run said of whom, is whom it is; the wrong person is left alone, whatever comes in beside."""
    city = ward.city
    wrong = ward.admit()
    right = ward.admit() if known else {"local_id": f"N{ward.patients}", "visit": f"NV{ward.patients}"}
    dead_id = ward.bury(wrong, READY)
    stays = {row.spell_key: row.decision for row in city.rows(spell)}
    mending_id = ask(
        city, dead_id, {"PID-3": f"{right['local_id']}^^^RKB^PI", "PV1-19": f"{right['visit']}^^^RKB^VN"}
    )
    said = said_of(city, mending_id)
    if not known:
        assert "no key yet" in said.refused
        with pytest.raises(CannotMend, match="no key yet"):
            take_effect(city, mending_id, PAT)
        give_keys(city)
        city.bridge.write_now(lambda c: city.mender.try_again(c, mending_id, OLA, city.clock.at_ms))
        said = said_of(city, mending_id)
    assert said.refused == ""
    (whom,) = said.whom
    assert (whom.before != whom.after, "not known here" in whom.after) == (True, not known)
    with pytest.raises(CannotMend, match="a second person must agree"):
        take_effect(city, mending_id)
    if meanwhile:
        city.clock.at_ms += 60_000
        city.hear("A08", local_id="L777", visit="V777", nhs_number="")  # somebody else's news
    if not approved:
        city.bridge.write_now(lambda c: city.mender.refuse(c, mending_id, PAT, "no", city.clock.at_ms))
        assert state_of(city, mending_id) == "refused"
        assert {key: one for key, one in derived_decisions(city).items() if key in stays} == stays
        city.bridge.write_now(lambda c: dead_letters.dismiss(c, dead_id, city.clock.at_ms))
        return
    people = {row.patient_key: row.person_id for row in city.rows(patient)}
    assert take_effect(city, mending_id, PAT) == "mended"
    city.work()
    now = derived_decisions(city)
    assert {key: now[key] for key in stays if now[key] != stays[key]}.keys() <= {
        one.what.removeprefix("stay ") for one in said.decisions
    }
    told = {one.what.removeprefix("stay "): one.after for one in said.decisions}
    assert told
    assert all(told[key].endswith(now[key]) for key in told)
    theirs = {row.spell_key: row.patient_key for row in city.rows(spell)}
    if known:
        assert {f"person {people[theirs[key]]}" for key in told} == {whom.after}
    else:
        assert all(theirs[key] not in people for key in told)


def derived_decisions(city: City) -> dict[str, str]:
    return {row.spell_key: row.decision for row in city.rows(spell)}


def test_what_was_heard_of_the_wrong_person_stays_with_them_and_it_says_what_to_do(ward: Ward) -> None:
    city = ward.city
    them, other = ward.admit(), ward.admit()
    dead_id = ward.bury(them, READY)
    city.bridge.write_now(lambda c: c.execute(dead_letter.update().values(consumer="discharge")))
    mending_id = ask(city, dead_id, {"PID-3": f"{other['local_id']}^^^RKB^PI"})
    assert "have the sender send it again" in said_of(city, mending_id).refused
    with pytest.raises(CannotMend, match="take back the wrong one"):
        take_effect(city, mending_id, PAT)
    fine = ask(city, dead_id, {"PV1-14": "19"})
    assert said_of(city, fine).refused == ""


@SET
@given(changes=st.lists(st.sampled_from(["Y", "N", ""]), min_size=1, max_size=3))
def test_what_is_in_force_is_what_is_read_and_nothing_else(ward: Ward, changes: list[str]) -> None:
    """A dry-run that said so of a change nobody read would hold too: each change here shows in what is decided."""
    city = ward.city
    them = ward.admit()
    dead_id = ward.bury(them, zu1("Y", "20261018") if changes[-1] != "Y" else zu1("N", ""))
    last = ""
    for value in changes:
        try:
            last = ask(city, dead_id, {"ZU1-22": value, "ZU1-24": "20261018" if value == "Y" else ""})
        except CannotMend as fault:
            assert str(fault) == "Nothing was changed"  # noqa: PT017  # it said so already
            last = ""
    if not last:
        return
    said, tasks = said_of(city, last), len(city.rows(task))
    assert take_effect(city, last) == "mended"
    city.work()
    opened = len(city.rows(task)) - tasks
    assert opened == (1 if changes[-1] == "Y" else 0)
    assert len([one for one in said.tasks if not one.before]) == opened


def test_every_step_is_in_the_audit_and_the_original_stays_as_it_came(ward: Ward) -> None:
    city = ward.city
    dead_id = ward.bury(ward.admit(), *(READY,))
    kept = [bytes(row.body) for row in city.rows(message)]
    at_ms = city.clock.at_ms
    city.bridge.write_now(lambda c: city.mender.open(c, dead_id, OLA, "the ward rang", at_ms))
    taken_back, refused = ask(city, dead_id, {"PV1-4": "22"}), ask(city, dead_id, {"PID-5": "SMITH^ANN"})
    city.bridge.write_now(lambda c: city.mender.refuse(c, taken_back, OLA, "the wrong code", at_ms))
    city.bridge.write_now(lambda c: city.mender.refuse(c, refused, PAT, "not the same woman", at_ms))
    take_effect(city, ask(city, dead_id, {"PV1-4": "21"}))
    whats = [
        (one.who, one.what, one.why)
        for one in city.bridge.read_now(audit_search.entries)
        if one.whom.startswith("message:")
    ]
    assert sorted(whats) == sorted([
        ("Ola Green", "message opened", "the ward rang"),
        *[("Ola Green", "message changed, tried out", "a wrong code")] * 3,
        ("Ola Green", "change to a message taken back", "the wrong code"),
        ("Pat Field", "change to a message refused", "not the same woman"),
        ("Ola Green", "message mended", "a wrong code"),
    ])  # fmt: skip
    assert [bytes(row.body) for row in city.rows(message)] == kept
    assert {row.state for row in city.rows(mending)} == {"taken back", "refused", "in force"}
    assert not any(b"SMITH" in row.body or b"SMITH" in row.foreseen for row in city.rows(mending))


def test_what_was_erased_or_belongs_behind_the_wall_cannot_be_mended(ward: Ward) -> None:
    city = ward.city
    dead_id = ward.bury(ward.admit(), *(READY,))
    with pytest.raises(CannotMend, match="only safeguarding may hold"):
        ask(city, dead_id, {"ZU1-9": "Safeguarding adults concern raised"})
    with pytest.raises(CannotMend, match="Say why it must be opened"):
        city.bridge.write_now(lambda c: city.mender.open(c, dead_id, OLA, "", 0))
    city.erase(city.rows(dead_letter)[0].lane)
    with pytest.raises(CannotMend, match="erased"):
        ask(city, dead_id, {"PV1-4": "21"})


def test_a_message_at_fault_is_told_by_place_shape_and_row_of_the_profile(ward: Ward) -> None:
    city = ward.city
    dead_id = ward.bury(ward.admit(), *(READY,))
    (letter,) = city.rows(dead_letter)
    assert city.bridge.read_now(lambda c: city.mender.fault(c, letter.message_id)) is None
    profile = city.profiles["itk-v24"]
    meaning = profile.meaning.model_copy(update={"max_hours_ahead": -1})
    city.translator.relearn({"itk-v24": profile.model_copy(update={"meaning": meaning})})
    fault = city.bridge.read_now(lambda c: city.mender.fault(c, letter.message_id))
    assert fault is not None
    assert (fault.place, fault.found) == ("EVN-2", "999999999999")
    assert "recorded later than it was sent" in fault.wanted
    city.bridge.write_now(lambda c: city.mender.open(c, dead_id, OLA, "to see it", 0))
