"""What is known of a patient: part by part, the last recorded statement."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.facts.catalogue import PatientDetailsRecorded, SealedPatient, Stamp
from ascbridge.people.details import _PARTS, Details, first, full_birth_date, merge, read_open
from ascbridge.people.stamps import sortable

if TYPE_CHECKING:
    from collections.abc import Sequence

Statement = tuple[PatientDetailsRecorded, SealedPatient, str]
texts = st.sampled_from(["", "A", "B"])
lines = st.sampled_from([(), ("1 High Street",), ("2 Low Road", "Coventry")])


@st.composite
def statements(draw: st.DrawFn) -> list[Statement]:
    times = draw(st.lists(st.integers(0, 9), min_size=1, max_size=6))
    return [_statement(draw, recorded, f"m{n}") for n, recorded in enumerate(times)]


def _statement(draw: st.DrawFn, recorded: int, message: str) -> Statement:
    sealed = SealedPatient(
        family_name=draw(texts), given_names=draw(st.sampled_from([(), ("Jo",)])), address_lines=draw(lines),
        postcode=draw(texts), phones=draw(lines), gp_name=draw(texts), next_of_kin=draw(texts), nhs_number=draw(texts),
    )  # fmt: skip
    stamp = Stamp(recorded_ms=recorded)
    fact = PatientDetailsRecorded(
        stamp=stamp, source_name=message, number_state="unverified" if sealed.nhs_number else "none",
        gender=draw(st.sampled_from(["unknown", "female", "male"])), language=draw(texts),
        clears=tuple(draw(st.sets(st.sampled_from(["phones", "postcode", "nhs_number", "gp_name"])))),
    )  # fmt: skip
    return fact, sealed, sortable(stamp, message)


def _known(said: Sequence[Statement]) -> Details:
    return reduce(lambda known, one: merge(known, *one), said[1:], first(*said[0]))


@given(said=statements(), data=st.data())
def test_any_order_and_repetition_of_statements_ends_in_the_same(
    said: list[Statement], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said)))))
    assert _known(said) == _known(again)


@given(said=statements())
def test_it_survives_the_table(said: list[Statement]) -> None:
    known = _known(said)
    assert Details.from_json(known.to_json(), known.sealed) == known
    assert read_open(known.to_json()) == known.open


def _details(recorded: int, *, clears: tuple[str, ...] = (), **sealed: Any) -> Statement:
    stamp = Stamp(recorded_ms=recorded)
    fact = PatientDetailsRecorded(stamp=stamp, source_name=f"s{recorded}", number_state="none", clears=clears)
    return fact, SealedPatient(**sealed), sortable(stamp, f"m{recorded}")


def test_silence_changes_nothing_and_emptying_does() -> None:
    said = [_details(1, family_name="HATHAWAY", phones=("1",)), _details(2, family_name="SHAKESPEARE")]
    assert _known(said).sealed == SealedPatient(family_name="SHAKESPEARE", phones=("1",))
    assert _known([*said, _details(3, clears=("phones",))]).sealed == SealedPatient(family_name="SHAKESPEARE")


def test_a_late_older_statement_fills_gaps_and_overwrites_nothing() -> None:
    said = [_details(5, family_name="NEW"), _details(1, family_name="OLD", birth_date="1941-02-03")]
    known = _known(said)
    assert known.sealed == SealedPatient(family_name="NEW", birth_date="1941-02-03")
    assert known.open.source_name == "s5"
    assert known.open.stamp.recorded_ms == 5
    assert known.order == said[0][2]


def test_no_old_postcode_stays_beside_a_new_street() -> None:
    said = [
        _details(1, address_lines=("1 Old St",), postcode="CV1 1AA"),
        _details(2, address_lines=("2 New St",)),
    ]
    assert _known(said).sealed == SealedPatient(address_lines=("2 New St",))


def test_every_field_of_a_patient_belongs_to_one_part() -> None:
    sealed = [name for hidden, _ in _PARTS.values() for name in hidden]
    assert sorted(sealed) == sorted(SealedPatient.model_fields)
    shown = [name for _, names in _PARTS.values() for name in names]
    everywhere = {"stamp", "source_name", "clears", "marks"}
    assert sorted(shown) == sorted(PatientDetailsRecorded.model_fields.keys() - everywhere)


def test_nothing_that_names_anybody_is_in_the_open_json() -> None:
    text = _known(
        [_details(1, family_name="HATHAWAY", phones=("02476",)), _details(2, postcode="CV1 1EX")]
    ).to_json()
    assert not any(said in text for said in ("HATHAWAY", "02476", "CV1"))


@pytest.mark.parametrize(
    "text, day",
    [
        ("1941-02-03", "1941-02-03"),
        ("1941-02", ""),
        ("1941", ""),
        ("", ""),
        ("1941-02-31", ""),
        ("19410203", ""),
    ],
)
def test_only_a_day_is_a_full_birth_date(text: str, day: str) -> None:
    assert full_birth_date(text) == day
