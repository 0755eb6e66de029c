"""Writes HL7 v2.4 ADT messages as ITK asks (v1.0.15): the hospital's side of the feed that `itk-v24`
describes.

It shares no code with the parser but the escaping of text and the writing of times, so that a
misunderstanding in one is not repeated in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_text import STANDARD, escape
from ascbridge.intake.hl7v2.hl7_time import format_ts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.simulator.city import Citizen

TRUST = "RKB"
SITE = "RKB01"
STRUCTURES = {
    "A01": "ADT_A01", "A02": "ADT_A02", "A03": "ADT_A03", "A05": "ADT_A05", "A08": "ADT_A01",
    "A11": "ADT_A09", "A13": "ADT_A01", "A14": "ADT_A05", "A16": "ADT_A16", "A21": "ADT_A21",
    "A22": "ADT_A21", "A25": "ADT_A21", "A28": "ADT_A05", "A31": "ADT_A05", "A38": "ADT_A38",
    "A40": "ADT_A39", "A60": "ADT_A60",
}  # fmt: skip
"""MSH-9.3 for each trigger (HL7 v2.4 chapter 3, as ITK has it)."""


@dataclass(frozen=True, slots=True)
class StayView:
    """What the hospital's system holds about one stay at one moment. Times are UTC milliseconds, dates
    YYYYMMDD.
    """

    visit: str
    admitted_ms: int
    ward: str
    bay: str = "BAY A"
    bed: str = "BED 1"
    patient_class: str = "I"
    method: str = "21"
    source: str = "19"
    expected: str = ""
    ready: str = ""
    ready_on: str = ""
    discharged_ms: int = 0
    discharge_method: str = ""
    destination: str = ""
    hidden: str = ""
    site: str = SITE
    trust: str = TRUST


def _segment(name: str, fields: Mapping[int, str]) -> str:
    last = max(fields, default=0)
    return "|".join([name, *(fields.get(number, "") for number in range(1, last + 1))])


def _text(value: str) -> str:
    return escape(value, STANDARD)


def _upper(value: str) -> str:
    return _text(value.upper())


def evn(recorded_ms: int, occurred_ms: int | None) -> str:
    """EVN with EVN-2 recorded and EVN-6 occurred; EVN-6 is left out where None."""
    fields = {2: format_ts(recorded_ms), 5: "U1001^EXAMPLE^OPERATOR^^^^^^RKB"}
    if occurred_ms is not None:
        fields[6] = format_ts(occurred_ms)
    return _segment("EVN", fields)


def pid(
    citizen: Citizen, *, numbered: bool = True, died_on: str = "", hidden: bool = False, trust: str = TRUST
) -> str:
    """PID. Without `numbered` the hospital does not know the NHS number yet (status NSTS03, to be traced)."""
    local = f"{citizen.local_id}^^^{trust}^MRN"
    given = [*map(_upper, citizen.given_names), "", ""][:2]
    fields = {
        1: "1",
        3: f"{citizen.nhs_number}^^^NHS~{local}" if numbered else local,
        5: f"{_upper(citizen.family_name)}^{given[0]}^{given[1]}^^{citizen.title}^^L",
        7: citizen.birth_date.strftime("%Y%m%d"),
        8: citizen.gender,
        11: '""' if hidden else f"{_upper(citizen.street)}^^COVENTRY^WEST MIDLANDS^{citizen.postcode}^GBR^H",
        13: "" if hidden else citizen.phone,
        15: citizen.language,
        22: citizen.ethnic,
        32: f"~~~~~NSTS{citizen.number_status if numbered else '03'}",
    }
    if died_on:
        fields |= {29: died_on, 30: "Y"}
    return _segment("PID", fields)


def pd1(citizen: Citizen) -> str:
    """PD1: the general practice and the doctor."""
    code, name, doctor, family = citizen.practice
    return _segment("PD1", {3: f"{_upper(name)}^^{code}", 4: f"{doctor}^{_text(family)}^SAM^^^DR^^^GMP"})


def nk1(citizen: Citizen) -> str:
    """NK1: whom to call."""
    family, _, given = citizen.kin_name.partition("^")
    return _segment("NK1", {1: "1", 2: f"{_upper(family)}^{_upper(given)}", 3: "DA", 5: citizen.kin_phone})


def pv1(stay: StayView) -> str:
    """PV1: the stay, its ward, and how it began and ended."""
    fields = {
        1: "1",
        2: stay.patient_class,
        3: f"{stay.ward}^{stay.bay}^{stay.bed}^{stay.site}^O",
        4: stay.method,
        7: "C9999991^ATTENDING^ALEX^^^DR^^^GMC",
        10: "430",
        14: stay.source,
        19: f"{stay.visit}^^^{stay.trust}^VISITID",
        44: format_ts(stay.admitted_ms),
    }
    if stay.discharged_ms:
        fields |= {36: stay.discharge_method, 37: stay.destination, 45: format_ts(stay.discharged_ms)}
    return _segment("PV1", fields)


def pv2(*, expected_admission: str = "", expected_discharge: str = "") -> str:
    """PV2 with PV2-8 or PV2-9."""
    return _segment("PV2", {8: expected_admission} if expected_admission else {9: expected_discharge})


def zu1(ready: str, ready_on: str) -> str:
    """ZU1-22 medically fit (Y, N) and ZU1-24 the day since when; two quotes take the day back."""
    return _segment("ZU1", {22: ready, 24: ready_on})


def zu8(level: str) -> str:
    """ZU8-4: 1 hides the location locally, 2 is the national S-flag."""
    return _segment("ZU8", {4: level})


def mrg(local_id: str) -> str:
    """MRG-1: the number that is no longer used."""
    return _segment("MRG", {1: f"{local_id}^^^{TRUST}^MRN"})


def message(
    trigger: str,
    segments: tuple[str, ...],
    *,
    sent_ms: int,
    control_id: str,
    sequence: int,
    charset: str = "UNICODE",
) -> bytes:
    """One whole message, each segment ended by CR."""
    header = _segment(
        "MSH",
        {
            1: "^~\\&", 2: "PAS", 3: TRUST, 4: "ROUTE", 5: TRUST, 6: format_ts(sent_ms),
            8: f"ADT^{trigger}^{STRUCTURES[trigger]}", 9: control_id, 10: "P", 11: "2.4", 12: str(sequence),
            16: "GBR", 17: charset, 18: "EN", 20: "iTKv1.0",
        },
    )  # fmt: skip
    text = "".join(f"{segment}\r" for segment in (header, *segments))
    return text.encode("iso8859-1" if charset == "8859/1" else "utf-8")
