"""What the hospital writes is HL7 as others read it: python-hl7 and hl7types are the judges, not our own parser."""

from datetime import date

import hl7
import pytest

from ascbridge.simulator import adt_writer
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.city import City

CAME = 1_772_445_600_000  # 2 March 2026, 10:00
PERSON = City(1, date(2026, 3, 3)).citizen()
STAY = StayView("V1", CAME, "W21", "BAY B", "BED 4")


def written(trigger: str, *segments: str, **more) -> hl7.Message:
    how = {"sent_ms": CAME, "control_id": "P1", "sequence": 7} | more
    return hl7.parse(adt_writer.message(trigger, segments, **how).decode())


def test_the_header_is_as_itk_asks():
    message = written("A16", adt_writer.evn(CAME, None))
    header = message.segment("MSH")
    assert [str(header[n]) for n in (3, 4, 5, 6, 7)] == ["PAS", "RKB", "ROUTE", "RKB", "20260302100000"]
    assert [str(header[n]) for n in (9, 10, 11, 12, 13)] == ["ADT^A16^ADT_A16", "P1", "P", "2.4", "7"]
    assert [str(header[n]) for n in (17, 18, 19, 21)] == ["GBR", "UNICODE", "EN", "iTKv1.0"]


def test_recorded_and_occurred_stand_in_evn_2_and_6():
    evn = written("A01", adt_writer.evn(CAME + 60_000, CAME)).segment("EVN")
    assert (str(evn[2]), str(evn[6])) == ("20260302100100", "20260302100000")


def test_the_patient_stands_where_itk_puts_them():
    pid = written("A28", adt_writer.pid(PERSON)).segment("PID")
    assert str(pid[3]) == f"{PERSON.nhs_number}^^^NHS~{PERSON.local_id}^^^RKB^MRN"
    assert str(pid[5][0][0]) == PERSON.family_name.upper()
    assert str(pid[7]) == PERSON.birth_date.strftime("%Y%m%d")
    assert str(pid[11][0][4]) == PERSON.postcode
    assert str(pid[32]).split("~")[5] == "NSTS01"


def test_without_a_number_nothing_stands_for_it():
    pid = written("A28", adt_writer.pid(PERSON, numbered=False)).segment("PID")
    assert str(pid[3]) == f"{PERSON.local_id}^^^RKB^MRN"
    assert str(pid[32]).split("~")[5] == "NSTS03"


def test_a_death_is_said_twice_and_a_hidden_person_has_no_address():
    pid = written("A31", adt_writer.pid(PERSON, died_on="20260302", hidden=True)).segment("PID")
    assert (str(pid[29]), str(pid[30]), str(pid[11]), str(pid[13])) == ("20260302", "Y", '""', "")


def test_the_stay_stands_where_itk_puts_it():
    gone = StayView("V1", CAME, "W21", discharged_ms=CAME + 3_600_000, discharge_method="1", destination="85")
    pv1 = written("A03", adt_writer.pv1(gone)).segment("PV1")
    assert [str(pv1[n]) for n in (2, 3, 4, 14, 19)] == [
        "I",
        "W21^BAY A^BED 1^RKB01^O",
        "21",
        "19",
        "V1^^^RKB^VISITID",
    ]
    assert [str(pv1[n]) for n in (36, 37, 44, 45)] == ["1", "85", "20260302100000", "20260302110000"]


def test_a_stay_that_goes_on_has_no_end():
    assert len(written("A01", adt_writer.pv1(STAY)).segment("PV1")) == 45


@pytest.mark.parametrize(
    "segment, place, value",
    [
        (adt_writer.pv2(expected_discharge="20260309"), 9, "20260309"),
        (adt_writer.pv2(expected_admission="20260309"), 8, "20260309"),
        (adt_writer.zu1("Y", "20260306"), 22, "Y"),
        (adt_writer.zu1("N", '""'), 24, '""'),
        (adt_writer.zu8("2"), 4, "2"),
        (adt_writer.mrg("U9"), 1, "U9^^^RKB^MRN"),
    ],
)
def test_the_other_segments_say_one_thing_each(segment, place, value):
    assert str(hl7.parse(f"MSH|^~\\&|\r{segment}\r")[1][place]) == value


def test_names_that_hold_separators_are_escaped():
    odd = adt_writer.pid(
        City(1, date(2026, 3, 3)).citizen().__class__(**{**_values(PERSON), "family_name": "Day&Night"})
    )
    assert "DAY\\T\\NIGHT" in odd


def test_a_message_can_be_in_another_character_set():
    raw = adt_writer.message("A28", ("PID|1||Ü",), sent_ms=CAME, control_id="1", sequence=1, charset="8859/1")
    assert b"|8859/1|" in raw
    assert "Ü".encode("latin-1") in raw


def _values(person) -> dict:
    return {name: getattr(person, name) for name in person.__dataclass_fields__}
