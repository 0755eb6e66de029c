"""Who is who, learnt from messages in any order, any number of times, with people deciding in between."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.facts.catalogue import PatientRestricted, PatientsLinked, PatientsUnlinked, VisitMoved
from ascbridge.people.groups import own_person_id
from ascbridge.people.identities import key_of
from ascbridge.people.persons import keys_of, learn_batch, person_of
from ascbridge.people.release import known_drafts
from tests.people.ward import (
    BAD,
    KEYRING,
    N1,
    N2,
    NOW,
    Said,
    Ward,
    cause,
    create_tables,
    decided,
    details,
    died,
    empty_bridge,
    fact,
    merged,
    restricted,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ascbridge.events.logs.envelope import Draft, Ref

BORN = "1941-02-03"
PATIENTS = 4


def _say(bridge: Ward, *drafts: Draft, message: str = "m1", translation: int = 0) -> list[Draft]:
    return bridge.hear(Said(cause(message, translation=translation), list(drafts)))


def _told(bridge: Ward, drafts: Sequence[Draft]) -> set[tuple[str, str, str]]:
    return {
        (type(draft.fact).__name__, key_of(bridge.keys, draft.about), getattr(draft.fact, "other", ""))
        for draft in drafts
    }


# -- any order ends in the same ---------------------------------------------------------------------------------------


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Draw what several messages say, as recipes, so that a story can be told to more than one ward."""
    return [_recipe(draw, draw(st.integers(0, 20))) for _ in range(draw(st.integers(1, 8)))]


def _recipe(draw: st.DrawFn, recorded: int) -> tuple[str, dict[str, Any]]:
    one = draw(st.integers(0, PATIENTS - 1))
    kind = draw(st.sampled_from(["details", "details", "details", "merged", "decided", "died", "restricted"]))
    more: dict[str, Any] = {"one": one, "recorded": recorded}
    match kind:
        case "details":
            more |= {
                "nhs_number": draw(st.sampled_from(["", N1, N1, N1, N2, BAD])),
                "status": draw(st.sampled_from(["01", "01", "02"])),
                "birth_date": draw(st.sampled_from(["", BORN, BORN, "1950-05-06", "1941"])),
                "family_name": draw(st.sampled_from(["", "A", "B"])),
                "given_names": draw(st.sampled_from([(), ("Mary",), ("Joan",)])),
                "gender": draw(st.sampled_from(["unknown", "female", "male"])),
                "clears": tuple(draw(st.sets(st.sampled_from(["nhs_number", "birth_date", "family_name"])))),
            }
        case "merged" | "decided":
            more["other"] = draw(st.integers(0, PATIENTS - 1))
            more["joined"] = draw(st.booleans())
        case "died":
            more["died"] = draw(st.booleans())
        case _:
            more["level"] = draw(st.sampled_from(["local", "national"]))
    return kind, more


def _message(bridge: Ward, patients: list[Ref], number: int, recipe: tuple[str, dict[str, Any]]) -> Said:
    kind, more = recipe[0], dict(recipe[1])
    one, recorded = patients[more.pop("one")], more.pop("recorded")
    match kind:
        case "details":
            drafts = [details(one, recorded, **more)]
        case "merged":
            drafts = [merged(bridge, one, patients[more["other"]], recorded)]
        case "decided":
            drafts = [decided(bridge, one, patients[more["other"]], recorded, joined=more["joined"])]
        case "died":
            drafts = [died(one, recorded, died=more["died"])]
        case _:
            drafts = [restricted(one, more["level"])]
    return Said(cause(f"m{number}"), drafts)


def _tell(bridge: Ward, patients: list[Ref], told: Sequence[tuple[int, tuple[str, Any]]]) -> dict[str, Any]:
    """Tell a story in one order, look at what was learnt, and forget it again."""
    with bridge.connection.begin_nested() as transaction:
        for number, recipe in told:
            bridge.hear(_message(bridge, patients, number, recipe))
        shown = bridge.shown()
        transaction.rollback()
    return shown


@given(story=stories(), data=st.data())
def test_any_order_and_repetition_of_messages_ends_in_the_same(
    story: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    with empty_bridge() as connection:
        bridge = Ward(connection)
        patients = [bridge.patient(f"M{n}", created_ms=NOW + n % 2) for n in range(PATIENTS)]
        told = list(enumerate(story))
        again = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=3))))
        assert _tell(bridge, patients, told) == _tell(bridge, patients, again)


@given(story=stories(), cuts=st.sets(st.integers(1, 7)))
def test_a_batch_learns_what_its_messages_would_one_by_one(
    story: list[tuple[str, dict[str, Any]]], cuts: set[int]
) -> None:
    with empty_bridge() as connection:
        bridge = Ward(connection)
        patients = [bridge.patient(f"M{n}") for n in range(PATIENTS)]
        expected = _tell(bridge, patients, list(enumerate(story)))
        said = [_message(bridge, patients, number, recipe) for number, recipe in enumerate(story)]
        edges = [0, *sorted(cuts), len(said)]
        for start, end in pairwise(edges):
            batch = [(one.cause, known_drafts(one.drafts, bridge.keys)) for one in said[start:end]]
            assert len(learn_batch(connection, KEYRING, batch, NOW)) == len(batch)
        assert bridge.shown() == expected


@given(story=stories())
def test_whoever_becomes_another_person_is_told_of_with_somebody_of_that_person(
    story: list[tuple[str, dict[str, Any]]],
) -> None:
    with empty_bridge() as connection:
        bridge = Ward(connection)
        patients = [bridge.patient(f"M{n}") for n in range(PATIENTS)]
        every = list(bridge.keys.values())
        for number, recipe in enumerate(story):
            before = person_of(connection, every)
            said = _message(bridge, patients, number, recipe)
            drafts = [*said.drafts, *bridge.hear(said)]
            after = person_of(connection, every)
            links = [draft for draft in drafts if isinstance(draft.fact, PatientsLinked | PatientsUnlinked)]
            reached = {after[key_of(bridge.keys, draft.about)] for draft in links}
            moved = {key for key in before if before[key] != after[key]}
            assert {after[key] for key in moved} <= reached


@given(story=stories(), data=st.data())
def test_once_restricted_always_restricted_whatever_else_is_said(
    story: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    with empty_bridge() as connection:
        bridge = Ward(connection)
        patients = [bridge.patient(f"M{n}") for n in range(PATIENTS)]
        hidden: set[int] = set()
        for number, recipe in data.draw(st.permutations(list(enumerate(story)))):
            bridge.hear(_message(bridge, patients, number, recipe))
            if recipe[0] == "restricted":
                hidden.add(recipe[1]["one"])
            assert all(bridge.row(patients[one]).restricted for one in hidden)


# -- details and death -------------------------------------------------------------------------------------------------


def test_a_patient_is_a_person_at_first_sight(bridge: Ward) -> None:
    one = bridge.patient("M1", created_ms=NOW - 5)
    assert _say(bridge, details(one, family_name="HATHAWAY")) == []
    row = bridge.row(one)
    assert row.person_id == own_person_id(bridge.key(one))
    assert (row.authority, row.source_name, row.first_ms, row.restricted) == ("RKB", "UHCW", NOW - 5, 0)
    assert keys_of(bridge.connection, [row.person_id]) == {row.person_id: (bridge.key(one),)}


def test_details_follow_what_was_recorded_last_and_not_what_came_last(bridge: Ward) -> None:
    one = bridge.patient("M1")
    _say(bridge, details(one, 9, family_name="NEW"), message="m9")
    _say(bridge, details(one, 5, family_name="OLD", birth_date=BORN), message="m5")
    assert bridge.sealed(one).family_name == "NEW"
    assert bridge.sealed(one).birth_date == BORN


def test_death_follows_what_was_recorded_last(bridge: Ward) -> None:
    one = bridge.patient("M1")
    _say(bridge, died(one, 9), message="m9")
    _say(bridge, died(one, 5, died=False), message="m5")
    assert (bridge.row(one).died, bridge.row(one).died_on) == (1, "2026-11-02")
    _say(bridge, died(one, 10, died=False), message="m10")
    assert (bridge.row(one).died, bridge.row(one).died_on) == (0, "")


def test_no_column_but_the_sealed_one_names_anybody(bridge: Ward) -> None:
    one = bridge.patient("M1")
    _say(bridge, details(one, family_name="HATHAWAY", nhs_number=N1, birth_date=BORN, postcode="CV1 1EX"))
    shown = repr({name: value for name, value in bridge.row(one)._mapping.items() if name != "sealed"})
    assert not any(said in shown for said in ("HATHAWAY", N1, BORN, "CV1"))
    assert b"HATHAWAY" not in bridge.row(one).sealed


def test_everybody_a_message_names_becomes_known(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, fact(one, VisitMoved(spell="s1", from_patient=bridge.key(other), stamp=stamp(0))))
    assert bridge.person(one) != bridge.person(other)


# -- links by number -----------------------------------------------------------------------------------------------------


def test_one_verified_number_and_one_birth_date_make_one_person_of_two(bridge: Ward) -> None:
    hospital, council = bridge.patient("M1"), bridge.patient("C1", "COVASC")
    _say(bridge, details(hospital, nhs_number=N1, birth_date=BORN))
    told = _say(bridge, details(council, nhs_number=N1, birth_date=BORN), message="m2")
    assert bridge.person(hospital) == bridge.person(council)
    assert bridge.quarantined() == set()
    h, c = bridge.key(hospital), bridge.key(council)
    assert _told(bridge, told) == {("PatientsLinked", h, c), ("PatientsLinked", c, h)}
    assert all(draft.fact.statement == "number" for draft in told)


def test_a_number_that_is_not_verified_or_a_birth_date_that_differs_waits_for_a_person(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    pair = {bridge.key(one), bridge.key(other)}
    _say(bridge, details(one, nhs_number=N1, birth_date=BORN))
    for recorded, why, said in [
        (
            1,
            "the same NHS number, but the number is not verified on both sides",
            {"status": "02", "birth_date": BORN},
        ),
        (2, "the same verified NHS number, but the birth dates differ", {"birth_date": "1950-05-06"}),
        (3, "the same verified NHS number, but a full birth date is missing", {"birth_date": "1941"}),
    ]:
        assert _say(bridge, details(other, recorded, nhs_number=N1, **said), message=f"m{recorded}") == []
        assert bridge.person(one) != bridge.person(other)
        rows = bridge.quarantined()
        assert {row[0] for row in rows} == {row[2] for row in rows} == pair
        assert {(row[1], row[3]) for row in rows} == {("number_shared", why)}
    _say(bridge, details(other, 4, nhs_number=N1, birth_date=BORN), message="m4")
    assert bridge.person(one) == bridge.person(other)
    assert bridge.quarantined() == set()


def test_a_link_by_number_is_withdrawn_when_it_no_longer_holds(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, details(one, nhs_number=N1, birth_date=BORN))
    _say(bridge, details(other, nhs_number=N1, birth_date=BORN), message="m2")
    told = _say(bridge, details(other, 1, nhs_number=N2, birth_date=BORN), message="m3")
    assert bridge.person(one) != bridge.person(other)
    a, b = bridge.key(one), bridge.key(other)
    assert _told(bridge, told) == {("PatientsUnlinked", a, b), ("PatientsUnlinked", b, a)}


def test_a_birth_date_that_loses_its_day_withdraws_the_link_too(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, details(one, nhs_number=N1, birth_date=BORN))
    _say(bridge, details(other, nhs_number=N1, birth_date=BORN), message="m2")
    _say(bridge, details(other, 1, birth_date="1941"), message="m3")
    assert bridge.person(one) != bridge.person(other)


def test_twins_with_one_number_are_told_apart_by_the_first_name_whenever_it_comes(bridge: Ward) -> None:
    one, twin = bridge.patient("M1"), bridge.patient("M2")
    shared: dict[str, Any] = {"nhs_number": N1, "birth_date": BORN, "family_name": "A"}
    _say(bridge, details(one, given_names=("Mary",), **shared))
    _say(bridge, details(twin, **shared), message="m2")
    assert bridge.person(one) == bridge.person(twin)
    told = _say(bridge, details(twin, 1, family_name="A", given_names=("Joan",)), message="m3")
    a, b = bridge.key(one), bridge.key(twin)
    assert _told(bridge, told) == {("PatientsUnlinked", a, b), ("PatientsUnlinked", b, a)}
    assert {row[0] for row in bridge.quarantined()} == {a, b}
    assert all("another first name" in row[3] for row in bridge.quarantined())
    _say(bridge, details(twin, 2, family_name="A", given_names=("Mary", "Joan")), message="m4")
    assert bridge.person(one) == bridge.person(twin)
    assert bridge.quarantined() == set()


def test_who_shares_a_number_with_one_of_two_merged_groups_is_still_asked_about(bridge: Ward) -> None:
    in_one, in_other, outside, first, second = (bridge.patient(f"M{n}") for n in range(5))
    for n, ref in enumerate((in_one, in_other, outside)):
        _say(bridge, details(ref, nhs_number=N1, status="02"), message=f"m{n}")
    _say(bridge, merged(bridge, in_one, first), message="m5")
    _say(bridge, merged(bridge, in_other, second), message="m6")
    _say(bridge, merged(bridge, first, second), message="m7")
    mine, hers, third = (bridge.key(ref) for ref in (in_one, in_other, outside))
    assert {row[:3:2] for row in bridge.quarantined()} == {
        (mine, third),
        (hers, third),
        (third, min(mine, hers)),
    }


def test_an_invalid_number_is_kept_quarantined_and_never_matched(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    for n, ref in enumerate((one, other)):
        _say(bridge, details(ref, nhs_number=BAD, birth_date=BORN), message=f"m{n}")
    assert bridge.person(one) != bridge.person(other)
    assert bridge.row(one).nhs_lookup == ""
    assert bridge.sealed(one).nhs_number == BAD
    why = "the NHS number fails its check"
    assert bridge.quarantined() == {(bridge.key(ref), "number_invalid", "", why) for ref in (one, other)}
    _say(bridge, details(one, 1, nhs_number=N1, birth_date=BORN), message="m3")
    assert {row[0] for row in bridge.quarantined()} == {bridge.key(other)}


def test_a_source_that_calls_a_bad_number_verified_is_not_believed(bridge: Ward) -> None:
    one = bridge.patient("M1")
    draft = details(one, nhs_number=N1, birth_date=BORN)
    assert draft.sealed is not None
    wrong = type(draft)(
        draft.about, draft.slot, NOW, draft.fact, draft.sealed.model_copy(update={"nhs_number": BAD})
    )
    _say(bridge, wrong)
    assert bridge.row(one).number_state == "invalid"


# -- merges and decisions --------------------------------------------------------------------------------------------------


def test_a_merge_may_come_before_either_patient_is_seen(bridge: Ward) -> None:
    into, away = bridge.patient("M1"), bridge.patient("M2")
    told = _say(bridge, merged(bridge, into, away))
    assert bridge.person(into) == bridge.person(away)
    assert _told(bridge, told) == {("PatientsLinked", bridge.key(away), bridge.key(into))}
    _say(bridge, details(away, family_name="HATHAWAY"), message="m2")
    assert bridge.person(into) == bridge.person(away)


def test_a_chain_of_merges_is_one_person_with_the_id_of_the_first_seen(bridge: Ward) -> None:
    refs = [bridge.patient(f"M{n}", created_ms=NOW - n) for n in range(4)]
    for n, (into, away) in enumerate(pairwise(refs)):
        _say(bridge, merged(bridge, into, away), message=f"m{n}")
    assert {bridge.person(ref) for ref in refs} == {own_person_id(bridge.key(refs[3]))}


def test_a_number_cannot_undo_a_merge_and_a_person_can(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, merged(bridge, one, other))
    _say(bridge, details(one, nhs_number=N1, birth_date=BORN), message="m2")
    assert _say(bridge, details(other, nhs_number=N2, birth_date=BORN), message="m3") == []
    assert bridge.person(one) == bridge.person(other)
    told = _say(bridge, decided(bridge, one, other, 1, joined=False), message="m4")
    assert bridge.person(one) != bridge.person(other)
    assert _told(bridge, told) == {("PatientsUnlinked", bridge.key(other), bridge.key(one))}


def test_a_merge_recorded_after_a_decision_joins_again(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, decided(bridge, one, other, 5, joined=False))
    _say(bridge, merged(bridge, one, other, 4), message="m2")
    assert bridge.person(one) != bridge.person(other)
    _say(bridge, merged(bridge, one, other, 6), message="m3")
    assert bridge.person(one) == bridge.person(other)


def test_nobody_is_linked_to_themselves(bridge: Ward) -> None:
    one = bridge.patient("M1")
    assert _say(bridge, merged(bridge, one, one)) == []


def test_nobody_elses_word_is_taken_for_what_numbers_say(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    said = PatientsLinked(other=bridge.key(other), statement="number", stamp=stamp(0))
    assert _say(bridge, fact(one, said)) == []
    assert bridge.person(one) != bridge.person(other)


def test_a_later_translation_takes_back_the_links_of_the_earlier(bridge: Ward) -> None:
    one, wrong, right = bridge.patient("M1"), bridge.patient("M2"), bridge.patient("M3")
    _say(bridge, merged(bridge, one, wrong))
    told = _say(bridge, merged(bridge, one, right), translation=1)
    assert bridge.person(one) == bridge.person(right) != bridge.person(wrong)
    a, b, c = (bridge.key(ref) for ref in (one, wrong, right))
    assert _told(bridge, told) == {
        ("PatientsUnlinked", a, b),
        ("PatientsUnlinked", b, a),
        ("PatientsLinked", c, a),
    }


def test_a_later_translation_that_links_nobody_takes_the_link_back_for_good(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, merged(bridge, one, other))
    told = _say(bridge, died(one), translation=1)
    assert {name for name, _, _ in _told(bridge, told)} == {"PatientsUnlinked"}
    _say(bridge, restricted(one), message="m2")
    _say(bridge, details(other, nhs_number=N1, birth_date=BORN), message="m3")
    assert bridge.person(one) != bridge.person(other)
    assert bridge.shown()["said of links"] == set()


# -- restriction -----------------------------------------------------------------------------------------------------------


def test_a_restriction_is_told_to_every_other_key_of_the_person_once(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, merged(bridge, one, other))
    told = _say(bridge, restricted(one), message="m2")
    assert _told(bridge, told) == {("PatientRestricted", bridge.key(other), "")}
    assert _say(bridge, restricted(one), message="m3") == []


def test_who_is_linked_to_a_restricted_person_is_restricted_and_when_unlinked_no_more(bridge: Ward) -> None:
    one, other = bridge.patient("M1"), bridge.patient("M2")
    _say(bridge, restricted(one, "local"))
    told = _say(bridge, merged(bridge, other, one), message="m2")
    hidden = [draft for draft in told if isinstance(draft.fact, PatientRestricted)]
    assert [(key_of(bridge.keys, draft.about), draft.fact.level) for draft in hidden] == [
        (bridge.key(other), "local")
    ]
    _say(bridge, decided(bridge, one, other, 1, joined=False), message="m3")
    assert [bridge.row(ref).restricted for ref in (one, other)] == [1, 0]


def test_a_stricter_level_stays(bridge: Ward) -> None:
    one = bridge.patient("M1")
    for n, level in enumerate(("local", "national", "local")):
        _say(bridge, restricted(one, level), message=f"m{n}")
    assert bridge.row(one).restriction == "national"


# -- both databases ----------------------------------------------------------------------------------------------------------


def test_it_learns_the_same_on_both_databases(write: Callable[..., Any]) -> None:
    def story(connection: Any) -> dict[str, Any]:
        create_tables(connection)
        bridge = Ward(connection)
        one, other, third = (bridge.patient(f"M{n}", created_ms=NOW + n) for n in range(3))
        _say(bridge, details(one, nhs_number=N1, birth_date=BORN, family_name="HATHAWAY"))
        _say(bridge, details(other, nhs_number=N1, birth_date=BORN), died(other), message="m2")
        _say(bridge, merged(bridge, third, other), message="m3")
        _say(bridge, decided(bridge, one, other, 1, joined=False), message="m4")
        _say(bridge, restricted(third), details(third, nhs_number=BAD), message="m5")
        persons = [bridge.person(ref) for ref in (one, other, third)]
        assert persons[0] != persons[1] == persons[2] == own_person_id(bridge.key(other))
        assert bridge.sealed(one).family_name == "HATHAWAY"
        assert {row[1] for row in bridge.quarantined()} == {"number_invalid"}
        return bridge.shown()

    shown = write(story)
    assert [row["restricted"] for row in shown["patients"]].count(1) == 1
