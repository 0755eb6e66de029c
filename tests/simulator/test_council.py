"""The council's files keep their contract, but for the one line that must be refused."""

import json
from datetime import date
from pathlib import Path

import jsonschema_rs
import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.council_statements import FACT_NAMES
from ascbridge.intake.sources.door import SourceFault
from ascbridge.simulator.city import City
from ascbridge.simulator.council import Council
from ascbridge.simulator.schedule import Schedule

CONTRACT = Path(__file__).resolve().parents[2] / "contracts" / "sources" / "council-facts" / "schema.json"
PROFILE = read("council-facts")


@pytest.fixture(scope="module")
def contract() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(CONTRACT.read_text("utf-8")), validate_formats=True)


def test_every_line_keeps_the_contract_but_those_that_are_counted(whole_day: Schedule, contract):
    for file in whole_day.files:
        broken = [line for line in file.lines if not contract.is_valid(json.loads(line))]
        assert len(broken) == file.refused
    assert sum(file.refused for file in whole_day.files) == 1


def test_the_door_agrees(whole_day: Schedule):
    refused = 0
    for line in (line for file in whole_day.files for line in file.lines):
        try:
            council_facts.check(line, PROFILE)
        except SourceFault as fault:
            refused += 1
            where = fault.segment
    assert (refused, where) == (1, "$.fact")


def test_the_council_knows_whom_the_journeys_say_and_nobody_else_in_hospital(whole_day: Schedule):
    lines = [json.loads(line) for line in whole_day.files[0].lines]
    told = {line["person"]["council_id"] for line in lines if line.get("known")}
    assert {one.citizen.council_id for one in whole_day.journeys if one.known} <= told
    assert not {one.citizen.council_id for one in whole_day.journeys if not one.known} & told


def test_every_line_has_a_number_of_its_own(whole_day: Schedule):
    ids = [json.loads(line)["id"] for file in whole_day.files for line in file.lines]
    assert len(ids) == len(set(ids))


def test_a_package_is_suspended_by_the_number_under_which_it_lived(whole_day: Schedule):
    lines = [json.loads(line) for file in whole_day.files for line in file.lines]
    packages = [
        line["package"] | {"who": line["person"]["council_id"]} for line in lines if line["fact"] == "package"
    ]
    assert {one["status"] for one in packages} == {"live", "suspended", "ended"}
    assert all(one["kind"] and one["started_on"] for one in packages)  # each line is a whole statement
    assert [one for one in packages if one["id"][1:] != one["who"][1:]] == []


def test_the_day_tells_of_every_family_and_of_people_in_hospital_too(
    whole_day: Schedule, small_day: Schedule
):
    for day in (whole_day, small_day):
        lines = [json.loads(line) for file in day.files[1:] for line in file.lines]
        assert {line["fact"] for line in lines} == set(FACT_NAMES)
        in_hospital = {one.citizen.council_id for one in day.journeys if one.known}
        told = {line["fact"] for line in lines if line["person"]["council_id"] in in_hospital}
        assert {"contact", "referral", "carer", "package", "worker"} <= told


def test_facts_were_recorded_before_the_file_that_carries_them(whole_day: Schedule):
    from datetime import datetime

    for file in whole_day.files:
        for line in file.lines:
            assert datetime.fromisoformat(json.loads(line)["recorded"]).timestamp() * 1000 < file.at_ms


def test_the_same_seed_writes_the_same():
    def files():
        city = City(1, date(2026, 3, 3))
        from ascbridge.simulator.journeys import Referrals

        journeys = Referrals(1, city, date(2026, 3, 3), lambda: "V1", number=0).journeys(0.1)
        return Council(1, city, date(2026, 3, 3), number=0).files(journeys, 0.1)

    assert files() == files()
