"""What goes wrong on a real feed, each with the answer it must get: faulty, foreign and odd messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.simulator import adt_writer
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.timeline import Said
from ascbridge.simulator.wards import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.simulator.city import Citizen, City


def faulty(city: City, visit: Callable[[], str], moments: list[int]) -> list[Said]:
    """One message of each kind, at the given moments (UTC milliseconds) in turn."""
    makers = (
        _no_control_id, _no_visit, _merge_without_mrg, _in_the_future, _laboratory_result, _no_patient,
        _not_hl7, _impossible_time, _unknown_trigger, _line_feeds, _latin_letters,
    )  # fmt: skip
    found = []
    for number, make in enumerate(makers):
        moment = moments[number % len(moments)]
        citizen = city.citizen()
        found.append(make(citizen, StayView(visit(), moment - 30 * HOUR_MS, "W12"), moment))
    return found


def _said(
    trigger: str,
    citizen: Citizen,
    moment: int,
    *segments: str,
    expect: str = "AA",
    charset: str = "UNICODE",
    raw: bytes = b"",
) -> Said:
    lines = (adt_writer.evn(moment, moment), adt_writer.pid(citizen), *segments)
    return Said(moment, trigger, lines, citizen.local_id, expect, raw, charset)


def _no_control_id(citizen: Citizen, stay: StayView, moment: int) -> Said:
    said = _said("A08", citizen, moment, adt_writer.pv1(stay), expect="AR")
    raw = adt_writer.message("A08", said.segments, sent_ms=moment, control_id="", sequence=0)
    return replace(said, raw=raw)


def _no_visit(citizen: Citizen, stay: StayView, moment: int) -> Said:
    """A discharge that does not say of which stay."""
    named = adt_writer.pv1(replace(stay, discharged_ms=moment, discharge_method="1", destination="19"))
    return _said("A03", citizen, moment, named.replace(f"{stay.visit}^^^RKB^VISITID", ""), expect="AE")


def _merge_without_mrg(citizen: Citizen, _stay: StayView, moment: int) -> Said:
    return _said("A40", citizen, moment, expect="AE")


def _in_the_future(citizen: Citizen, stay: StayView, moment: int) -> Said:
    """A discharge three days after it was recorded."""
    later = replace(stay, discharged_ms=moment + 72 * HOUR_MS, discharge_method="1", destination="19")
    segments = (adt_writer.evn(moment, later.discharged_ms), adt_writer.pid(citizen), adt_writer.pv1(later))
    return Said(moment, "A03", segments, citizen.local_id, "AE")


def _laboratory_result(citizen: Citizen, _stay: StayView, moment: int) -> Said:
    raw = adt_writer.message(
        "A08", (adt_writer.pid(citizen),), sent_ms=moment, control_id=f"LAB{moment}", sequence=0
    )
    return Said(
        moment, "R01", (), citizen.local_id, "AR", raw.replace(b"ADT^A08^ADT_A01", b"ORU^R01^ORU_R01")
    )


def _no_patient(citizen: Citizen, stay: StayView, moment: int) -> Said:
    segments = (adt_writer.evn(moment, moment), adt_writer.pv1(stay))
    return Said(moment, "A08", segments, citizen.local_id, "AE")


def _not_hl7(citizen: Citizen, _stay: StayView, moment: int) -> Said:
    return Said(moment, "", (), citizen.local_id, "AR", b"this is a note, not a message\r")


def _impossible_time(citizen: Citizen, stay: StayView, moment: int) -> Said:
    segments = ("EVN||20260230999999", adt_writer.pid(citizen), adt_writer.pv1(stay))
    return Said(moment, "A02", segments, citizen.local_id, "AE")


def _unknown_trigger(citizen: Citizen, _stay: StayView, moment: int) -> Said:
    """Allergies: kept, and nothing follows from it."""
    return _said("A60", citizen, moment)


def _line_feeds(citizen: Citizen, stay: StayView, moment: int) -> Said:
    """A sender that ends segments with LF where its profile asks for CR."""
    said = _said("A08", citizen, moment, adt_writer.pv1(stay), expect="AE")
    raw = adt_writer.message("A08", said.segments, sent_ms=moment, control_id=f"LF{moment}", sequence=0)
    return replace(said, raw=raw.replace(b"\r", b"\n"))


def _latin_letters(citizen: Citizen, _stay: StayView, moment: int) -> Said:
    """A name with an accent, in the character set that MSH-18 names."""
    return _said(
        "A28", replace(citizen, family_name="Müller", given_names=("Zoë",)), moment, charset="8859/1"
    )
