"""Which urgent facts there are, by what hospital and council said, and which there are not."""

from typing import Any

import pytest

from ascbridge.discharge.urgent.urgent_facts import urgent_facts
from ascbridge.events.facts.catalogue import Coded, StayChanged
from tests.discharge.builders import REFERENCE, at

IN, OUT = at("2026-03-02T10:00"), at("2026-03-06T21:00")
KNOWN = ("known", {"known": True, "event": "e1", "since_ms": 1})
CARER = ("assessment", {"client": "carer", "status": "completed", "event": "e2", "since_ms": 2})


def pack(status: str, since_ms: int = OUT - 5, **more: Any) -> tuple[str, dict[str, Any]]:
    return ("package", {"client": "person", "status": status, "event": "e3", "since_ms": since_ms, **more})


def stay(status: Any = "in-progress", method: str = "", destination: str = "19", **more: Any) -> StayChanged:
    values: dict[str, Any] = {"spell": "s1", "revision": 1, "status": status, "admitted_ms": IN, **more}
    if status == "finished":
        coded = {"discharge_method": method or "1", "discharge_destination": destination}
        values |= {name: Coded(source_code=code, code=code) for name, code in coded.items()}
        values["discharged_ms"] = OUT
    return StayChanged(**values)


def found(one: StayChanged, *said: Any, died: bool = False) -> list[str]:
    return [fact.when for fact in urgent_facts(one, said, REFERENCE.codes, died=died)]


def test_somebody_who_is_a_carer_by_the_councils_word_is_in_hospital() -> None:
    (fact,) = urgent_facts(stay(), [CARER], REFERENCE.codes, died=False)
    assert (fact.when, fact.since_ms) == ("carer-in-hospital", IN)
    assert [(one.input, one.value, one.event) for one in fact.because] == [
        ("assessment of a carer", "completed", "e2")
    ]
    assert found(stay("onleave"), CARER) == ["carer-in-hospital"]
    assert found(stay("finished"), CARER) == []
    assert found(stay("planned", admitted_ms=None), CARER) == []


@pytest.mark.parametrize(
    "said",
    [
        ("assessment", {"client": "person", "status": "completed", "event": "e", "since_ms": 1}),
        ("assessment", {"client": "carer", "status": "cancelled", "event": "e", "since_ms": 1}),
        ("package", {"client": "carer", "status": "ended", "event": "e", "since_ms": 1}),
        ("contact", {"client": "carer", "retracted": True, "event": "e", "since_ms": 1}),
        (
            "carer",
            {"status": "identified", "event": "e", "since_ms": 1},
        ),  # somebody who cares for this person
    ],
)
def test_nobody_is_taken_for_a_carer_who_is_not_one_by_the_councils_word(said: Any) -> None:
    assert found(stay(), said) == []


def test_whom_a_carer_cared_for_may_be_alone_after_their_death_too() -> None:
    assert found(stay(), CARER, died=True) == ["carer-in-hospital"]
    assert found(stay("finished"), CARER, died=True) == ["carer-in-hospital"]
    assert found(stay("finished", "2"), KNOWN, pack("suspended"), died=True) == []


def test_only_who_is_known_to_the_council_is_urgent_after_leaving_against_advice() -> None:
    assert found(stay("finished", "2"), KNOWN) == ["left-by-themselves"]
    assert found(stay("finished", "2")) == []
    assert found(stay("finished", "2"), ("known", {"known": False, "event": "e", "since_ms": 1})) == []
    assert found(stay("finished", "1"), KNOWN) == []


@pytest.mark.parametrize(
    "packages, lapsed",
    [
        ([pack("suspended")], True),
        ([pack("ended")], True),
        ([pack("ended", IN - 5)], False),  # before this stay
        ([pack("live")], False),
        ([pack("suspended"), pack("live")], False),
        ([pack("suspended", client="carer")], False),  # what a carer gets
        ([], False),
    ],
)
def test_a_package_has_lapsed_that_stopped_for_this_stay_and_none_runs(packages: Any, lapsed: bool) -> None:  # noqa: FBT001  # a parameter of the table above
    assert found(stay("finished"), *packages) == (["package-lapsed"] if lapsed else [])
    assert "package-lapsed" not in found(stay(), *packages), "they are in hospital still"


def test_who_goes_on_in_another_hospital_needs_no_package_tonight() -> None:
    hospital = min(REFERENCE.codes.hospital_destinations)
    assert found(stay("finished", destination=hospital), pack("suspended")) == []
