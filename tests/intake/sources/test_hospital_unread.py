"""What of an ADT message nobody reads: the readers say what they read, and nothing that they read is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2 import hl7
from ascbridge.intake.hl7v2.hl7_ack import AckCode, build_ack
from ascbridge.intake.hl7v2.hl7_batch import split_batch
from ascbridge.intake.hl7v2.hl7_segment import Repetition, Segment, place_of
from ascbridge.intake.keeping.answers import header_of
from ascbridge.intake.sources import hospital_adt, hospital_unread
from ascbridge.intake.sources.door import SourceFault
from tests.intake.messages import adt

SAMPLES = Path(__file__).parents[3] / "contracts" / "samples"
Things = list[tuple[tuple[str | int, ...], str]]


def told(raw: bytes, profile: str = "itk-v24") -> Things:
    found: Things = []
    door = hospital_adt.check(raw, profiles.read(profile))
    door.translate(hospital_unread.AnyKey())
    door.unread(lambda thing, text: found.append((thing, text)))
    return found


def test_segments_fields_and_components_that_nobody_reads_are_told() -> None:
    raw = adt("A01", pid={5: "MARLOWE^ADA^^JR^MRS^^L", 16: "M"}, extra=("AL1|1|DA|PENICILLIN", "PV2|||FALL"))
    things = dict(told(raw))
    assert things["segment", "AL1"] == "AL1|1|DA|PENICILLIN"
    assert things["field", "PV2", 3] == "FALL"
    assert things["field", "PID", 16] == "M"
    assert things["component", "PID", 5, 4] == "JR"
    read = {("field", "PID", 7), ("component", "PID", 5, 1), ("field", "PV1", 19), ("segment", "PID")}
    assert read.isdisjoint(things)


def test_an_empty_field_and_the_null_are_nothing_that_was_sent() -> None:
    things = dict(told(adt("A01", pid={16: "", 17: '""'})))
    assert not {("field", "PID", 16), ("field", "PID", 17)} & things.keys()


def test_a_code_without_a_row_is_told_of_every_list() -> None:
    raw = adt("A03", pid={8: "Q", 22: "ZQ", 30: "P"}, pv1={2: "ODD", 36: "ZZ", 37: "YY"})
    codes = [thing[1:] for thing, _ in told(raw) if thing[0] == "code"]
    assert set(codes) == {
        ("gender", "Q"), ("ethnic_category", "ZQ"), ("death", "P"), ("patient_class", "ODD"),
        ("discharge_method", "ZZ"), ("discharge_destination", "YY"),
    }  # fmt: skip
    assert len(codes) == len(set(codes))


def test_a_trigger_that_is_not_acted_on_is_told_and_one_that_is_noted_is_not() -> None:
    assert told(adt("A60")) == [(("trigger", "A60"), "A60")]
    assert told(adt("A15")) == []


def test_of_people_elsewhere_nothing_is_told() -> None:
    assert told(adt("A01", ward="W1^^^ZZZ01", visit="", pid={16: "M"}), "itk-v24") == []


def messages() -> list[tuple[str, bytes]]:
    found = [
        (path.parent.name, raw)
        for path in sorted(SAMPLES.rglob("*.hl7"))
        for raw in split_batch(path.read_bytes())
    ]
    known = set(profiles.shipped())
    made = [adt(trigger, pv1={1: "1", 3: ""}) for trigger in sorted(hospital_adt._ACTED_ON)]  # all of them
    made += [
        adt(trigger, extra=("MRG|M1^^^RKB^MRN||||V9^^^RKB",))
        for trigger in sorted(hospital_adt.MERGES | hospital_adt.MOVES)
    ]
    return [(name, raw) for name, raw in found if name in known] + [("itk-v24", raw) for raw in made]


@pytest.mark.parametrize("name", ["itk-v24", "uhcw"])
def test_every_place_that_real_messages_are_read_at_is_known(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads samples with readers that note where they look: a place that the plan lacks would be told as unused."""
    looked: set[tuple[str, int, int]] = set()
    value, repetitions = Segment.value, Segment.repetitions

    class Noting(Repetition):
        at: tuple[str, int]

        def components(self, *numbers: int) -> tuple[str, ...]:
            looked.update((*self.at, number) for number in numbers)
            return super().components(*numbers)

        def sub(self, component: int, subcomponent: int) -> str:
            looked.add((*self.at, component))
            return super().sub(component, subcomponent)

    def note_value(self: Segment, path: str) -> str:
        place = place_of(path)
        looked.add((self.name, place.field, place.component or 1))
        return value(self, path)

    def note_repetitions(self: Segment, path: str) -> list[Repetition]:
        noting = [Noting(*one) for one in repetitions(self, path)]
        for one in noting:
            one.at = (self.name, place_of(path).field)
        return [*noting]

    profile = profiles.read(name)
    plan = hospital_adt.places_read(profile)
    monkeypatch.setattr(Segment, "value", note_value)
    monkeypatch.setattr(Segment, "repetitions", note_repetitions)
    read = 0
    for of, raw in messages():
        if of != name:
            continue
        try:
            hospital_adt.check(raw, profile).translate(hospital_unread.AnyKey())
        except (SourceFault, hl7.UnreadableMessage):
            continue
        read += 1
    assert read
    unknown = {one for one in looked if {0, one[2]}.isdisjoint(plan.get(one[:2], set()))}
    assert {one for one in unknown if one[0]} == set()


@pytest.mark.parametrize("number", range(3, 22))
def test_the_door_reads_just_those_fields_of_a_header_that_are_declared(number: int) -> None:
    def heard(value: str) -> object:
        raw = adt("A01", msh={number: value} if number not in {9, 10} else {number: f"ADT^A0{len(value)}"})
        ack = build_ack(raw, AckCode.AA, now_ms=0, our_app="A", our_facility="B", control_id="1")
        try:
            encoding = hl7.parse(raw).dialect.encoding
        except hl7.UnreadableMessage:
            encoding = "none"
        return header_of(raw), ack, encoding

    values = {7: ("20261005", "20261006"), 18: ("8859/1", "UNICODE UTF-8"), 15: ("AL", "NE")}.get(
        number, ("A", "BB")
    )
    differs = heard(values[0]) != heard(values[1])
    assert differs == (("MSH", number) in hospital_unread.ENVELOPE), f"MSH-{number}"
