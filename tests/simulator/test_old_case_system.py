"""The old system's extracts: read by its profile they are what was said, but for the faults that it is known for."""

import csv
import fnmatch
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.rows.csv_rows import fact_of, read_header
from ascbridge.intake.sources import council_facts
from ascbridge.simulator.case_timeline import LETTERS
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.crosswalk import PERSON, old_number, renumbered
from ascbridge.simulator.old_case_system import PROFILE, CsvFile, OldCaseSystem, in_code_page

DAY = date(2026, 6, 15)
SIGNED = read(str(PROFILE))
SAID = [one for case in Caseload(3, City(3, DAY)).on(DAY) for one in case]
FILES = OldCaseSystem(3).files(SAID)


def rows_of(file: CsvFile) -> list[dict]:
    section = next(one for one in SIGNED.files.csv if fnmatch.fnmatchcase(file.name, one.files))
    rows = list(csv.reader(io.StringIO(file.content.decode("windows-1252"), newline="")))
    header = read_header(rows[0], section)
    facts = [fact_of(header, row) for row in rows[1:]]
    for fact in facts:
        council_facts.check(fact, SIGNED)
    return [json.loads(fact) for fact in facts]


FACTS = [(file, fact) for file in FILES for fact in rows_of(file)]


def last_words(facts: list[dict]) -> dict:
    """What holds of each thing, once everything was read."""
    found: dict = {}
    for fact in sorted(facts, key=lambda one: datetime.fromisoformat(one["recorded"])):
        said = fact[fact["fact"]]
        number = said["id"] if fact["fact"] in LETTERS else ""
        found[fact["person"]["council_id"], fact["fact"], number] = said
    return found


def test_its_profile_is_signed_and_no_file_fits_two_of_its_sections():
    assert not SIGNED.shadow
    assert SIGNED.feed.name == "old-case-system"
    for file in FILES:
        assert sum(fnmatch.fnmatchcase(file.name, one.files) for one in SIGNED.files.csv) == 1


def test_in_the_end_it_has_said_what_was_so():
    truth: dict = {}
    for one in sorted(SAID, key=lambda one: one.at_ms):
        said = renumbered(one, old_number)[one.fact]
        if isinstance(said, dict):
            said = {name: value for name, value in said.items() if value not in ("", [])}
            said = json.loads(in_code_page(json.dumps(said, ensure_ascii=False)))
        number = said["id"] if one.fact in LETTERS else ""
        truth[old_number(PERSON, one.citizen.council_id), one.fact, number] = said
    assert last_words([fact for _, fact in FACTS]) == truth


def test_rows_stand_twice_and_are_the_same_fact():
    counts = Counter(fact["id"] for _, fact in FACTS)
    assert 2 in counts.values()
    assert len(FACTS) == sum(file.rows for file in FILES) > len(SAID)


def test_what_was_wrong_is_put_right_a_night_later():
    slips = [(file, fact) for file, fact in FACTS if json.dumps(fact).count(' x"')]
    assert slips
    for file, slip in slips:
        about = slip[slip["fact"]]
        right = [
            (later, fact) for later, fact in FACTS
            if fact["fact"] == slip["fact"] and fact["person"] == slip["person"]
            and isinstance(fact[fact["fact"]], dict) and fact[fact["fact"]].get("id") == about.get("id")
            and later.at_ms > file.at_ms and fact["recorded"] > slip["recorded"]
        ]  # fmt: skip
        assert right


def test_some_people_have_no_number_or_one_that_nobody_traced():
    people = {fact["person"]["council_id"]: fact["person"] for _, fact in FACTS}
    assert {one.get("number_status", "none") for one in people.values()} == {"01", "02", "none"}
    assert all("nhs_number" in one for one in people.values() if one.get("number_status"))


def test_a_file_is_written_in_the_night_after_what_it_tells():
    for file, fact in FACTS:
        assert datetime.fromisoformat(fact["recorded"]).timestamp() * 1000 < file.at_ms


@pytest.mark.parametrize("letters, written", [("Wiśniewska", "Wisniewska"), ("Dąbrowski", "Dabrowski"),
                                              ("Zieliński", "Zielinski"), ("Zoë", "Zoë"), ("Łukasz", "Lukasz")])  # fmt: skip
def test_letters_that_the_code_page_lacks_lose_their_marks(letters, written):
    one = SAID[0]
    named = replace(one, citizen=replace(one.citizen, family_name=letters))
    (file, *_) = OldCaseSystem(3).files([named])
    assert rows_of(file)[0]["person"]["family_name"] == written


def test_the_same_seed_writes_the_same():
    assert OldCaseSystem(3).files(SAID) == FILES
    assert OldCaseSystem(4).files(SAID) != FILES
