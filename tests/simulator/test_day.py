"""A whole day: the volumes that were assumed for it, the same from the same seed, and nothing in it that must not be."""

import itertools
import re

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.sources import hospital_adt
from ascbridge.intake.sources.door import SourceFault
from ascbridge.people.nhs_numbers import checks
from ascbridge.simulator.day import FIRST_DAY, ROUND_MINUTES, a_day, rounds
from ascbridge.simulator.schedule import Schedule
from ascbridge.simulator.wards import at

FORBIDDEN = re.compile(rb"safeguarding|mappa|marac|prevent duty|\bhiv\b|coventry\.gov\.uk|@", re.IGNORECASE)


def test_the_same_seed_and_day_give_the_same_bytes(small_day: Schedule):
    assert a_day(1, scale=0.1) == small_day


def test_another_seed_and_another_day_share_no_person_and_no_visit(small_day: Schedule):
    def numbers(day: Schedule) -> set[bytes]:
        return {number for one in day.sends for number in re.findall(rb"999\d{7}(?=\^\^\^NHS)", one.raw)}

    assert numbers(a_day(2, scale=0.1)) != numbers(small_day)
    assert numbers(a_day(1, 1, scale=0.1)) & numbers(small_day) == set()


def test_a_day_has_about_1900_messages_and_185_discharges(whole_day: Schedule):
    today = [one for one in whole_day.sends if one.at_ms > whole_day.start_ms and not one.repeat]
    assert 1_750 <= len(today) <= 2_050
    gone = {
        match[1]
        for one in today
        if b"ADT^A03" in one.raw and (match := re.search(rb"\|(V\d+)\^\^\^RKB", one.raw))
    }
    assert 160 <= len(gone) <= 210


def test_every_message_gets_the_answer_that_its_schedule_expects(whole_day: Schedule):
    profile = read("itk-v24")
    wrong, seen = [], set()
    for one in whole_day.sends:
        try:
            hospital_adt.check(one.raw, profile)
            answer = "AA"
        except SourceFault as fault:
            answer = fault.answer
        except UnreadableMessage as fault:
            answer = "AR" if fault.segment == "MSH" else "AE"
        stopped = (
            answer == "AR" and one.expect == "AE" and one.raw in seen
        )  # the inbox stops the fourth repeat
        if answer != one.expect and not stopped:
            wrong.append((answer, one.expect, one.raw[:90]))
        seen.add(one.raw)
    assert wrong == []


def test_all_nhs_numbers_are_of_the_test_range_and_only_the_mistyped_one_does_not_check(whole_day: Schedule):
    sent = {
        number.decode() for one in whole_day.sends for number in re.findall(rb"[|~](\d+)\^\^\^NHS", one.raw)
    }
    assert [number for number in sent if not re.fullmatch(r"999\d{7}", number)] == []
    mistyped = {one.citizen.nhs_number for one in whole_day.journeys if one.story == "wrong check digit"}
    assert {number for number in sent if not checks(number)} == mistyped


def test_one_number_is_one_person(whole_day: Schedule):
    owners: dict[bytes, set[bytes]] = {}
    for one in whole_day.sends:
        for number, local in re.findall(rb"(999\d{7})\^\^\^NHS~(U\d+)\^\^\^", one.raw):
            owners.setdefault(number, set()).add(local)
    merged = {one.citizen.nhs_number.encode() for one in whole_day.journeys if one.story == "merged"}
    assert {number for number, who in owners.items() if len(who) > 1} == merged


def test_nothing_is_said_that_must_not_be(whole_day: Schedule):
    everything = [one.raw for one in whole_day.sends] + [
        line for file in whole_day.files for line in file.lines
    ]
    assert [raw for raw in everything if FORBIDDEN.search(raw)] == []
    postcodes = {
        code for raw in everything for code in re.findall(rb"\b[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}\b", raw)
    }
    assert {code[:5] for code in postcodes} == {b"CV99 "}


def test_the_team_looks_every_ten_minutes_of_its_day():
    looks = rounds(FIRST_DAY, ROUND_MINUTES)
    assert at(FIRST_DAY, 8) < looks[0]
    assert looks[-1] < at(FIRST_DAY, 20)
    assert {after - before for before, after in itertools.pairwise(looks)} == {600_000}
