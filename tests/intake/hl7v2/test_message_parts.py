"""The parts of a message: what is shown, what is changed, and that nothing hidden can be made to show."""

from __future__ import annotations

import json

import pytest

from ascbridge.intake.agreed import profiles
from ascbridge.intake.hl7v2.message_parts import (
    BadChange,
    about_whom,
    as_text,
    changed,
    differing,
    from_text,
    parts_of,
    row_of,
    shape,
)
from tests.intake.messages import adt

ADT, COUNCIL = profiles.read("itk-v24"), profiles.read("council-facts")
RAW = adt(
    "A03", pv1={36: "4", 37: "19", 7: "C1^HOUSE^GREGORY"}, extra=("NK1|1|OKAFOR^JOY", "NK1|2|EVANS^TOM")
)
LINE = json.dumps({"id": "1", "fact": "package", "recorded": "2026-10-18T12:00:00Z",
                   "person": {"council_id": "C1", "family_name": "MARLOWE", "birth_date": "1941-03-07", "given_names": ["ADA"]},
                   "package": {"status": "live", "kind": "Home support", "calls": 4}}).encode()  # fmt: skip
NAMES = ("MARLOWE", "ADA", "OKAFOR", "EVANS", "HOUSE", "9993000019", "L100", "V100", "19410307", "INVENTED", "W21",
         "1941-03-07", "Home support")  # fmt: skip


def test_what_may_name_somebody_is_told_by_its_shape_alone() -> None:
    assert shape("O'NEILL^ZOË^^^MRS 12") == "A'AAAAA^AAA^^^AAA 99"
    for raw, profile in ((RAW, ADT), (LINE, COUNCIL)):
        shown = "\n".join(part.shown for part in parts_of(raw, profile)) + as_text(raw, profile)
        assert not [name for name in NAMES if name in shown]
    seen = {part.place: part.shown for part in parts_of(RAW, ADT)}
    assert (seen["PV1-36"], seen["MSH-9"], seen["NK1:2-2"]) == ("4", "ADT^A03", "AAAAA^AAA")
    seen = {part.place: part.shown for part in parts_of(LINE, COUNCIL)}
    assert (seen["$.package.status"], seen["$.package.calls"]) == ('"live"', "4")


def test_a_name_that_slipped_into_a_field_of_codes_is_hidden_too() -> None:
    slipped = changed(RAW, ADT, {"PV1-36": "MARLOWE"})
    assert {part.place: part.shown for part in parts_of(slipped, ADT)}["PV1-36"] == "AAAAAAA"


def test_only_the_places_that_are_named_change() -> None:
    after = changed(RAW, ADT, {"PV1-36": "1", "NK1:2-2": "EVANS^TIM", "PV1-52": "x"})
    assert differing(RAW, after, ADT) == ("PV1-36", "NK1:2-2", "PV1-52")
    assert differing(RAW, changed(RAW, ADT, {}), ADT) == ()
    after = changed(LINE, COUNCIL, {"$.package.status": "ended", "$.package.calls": "3"})
    assert json.loads(after)["package"] == {"status": "ended", "kind": "Home support", "calls": 3}
    for raw, profile, place, value in (
        (RAW, ADT, "PV9-1", "x"), (RAW, ADT, "pid", "x"), (RAW, ADT, "PV1-36", "1|2"), (RAW, ADT, "PV1-36", "1\rPID|"),
        (RAW, ADT, "MSH-2", "x"), (RAW, ADT, "PV1-36", "x" * 5000), (LINE, COUNCIL, "$.no.such", "x"),
        (LINE, COUNCIL, "package", "x"), (LINE, COUNCIL, "$.package.calls", "many"), (LINE, COUNCIL, "$.person.given_names.x", "x"),
    ):  # fmt: skip
        with pytest.raises(BadChange):
            changed(raw, profile, {place: value})


def test_the_text_brings_back_what_was_hidden_and_nowhere_else() -> None:
    for raw, profile in ((RAW, ADT), (LINE, COUNCIL)):
        assert differing(raw, from_text(raw, profile, as_text(raw, profile)), profile) == ()
    text = as_text(RAW, ADT)
    assert "{PID-5}" in text
    assert differing(RAW, from_text(RAW, ADT, text.replace("{PID-5}", "SMITH^ANN")), ADT) == ("PID-5",)
    with pytest.raises(BadChange, match="nowhere but there alone"):
        from_text(RAW, ADT, text.replace("|T0001|", "|{PID-5}|"))
    with pytest.raises(BadChange, match="nowhere but there alone"):
        from_text(RAW, ADT, text.replace("{PID-5}", "{PID-5}^X"))
    line = as_text(LINE, COUNCIL)
    with pytest.raises(BadChange, match="nowhere but there alone"):
        from_text(LINE, COUNCIL, line.replace('"live"', '"{$.person.family_name}"'))
    with pytest.raises(BadChange, match="not JSON"):
        from_text(LINE, COUNCIL, line[:-1])


def test_whom_a_message_is_about_is_told_by_place() -> None:
    whose = ("PID-3", "PID-5", "PID:2-5", "MRG-1", "PV1-19", "MSH-9", "EVN-1", "ZU8-4")
    assert about_whom((*whose, "PV1-36", "PV2-9"), ADT) == whose
    assert about_whom(("$.person.birth_date", "$.package.status"), COUNCIL) == ("$.person.birth_date",)
    assert about_whom(("$.site",), profiles.read("desk")) == ("$.site",)
    assert row_of("PV1-36", ADT) == "where.discharge_method"
    assert row_of("PV1-99", ADT) == ""
