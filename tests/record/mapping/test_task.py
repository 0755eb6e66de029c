"""A task: four dates as four inputs, the desk's stage, and no word of where anybody is."""

import json
from dataclasses import replace

from hypothesis import given

from ascbridge.events.catalogue import Ward
from ascbridge.record.mapping.task import task
from tests.record.samples import COUNCIL, DONE, OPENED, TASK, tasks


def inputs(made):
    return {
        each["type"]["coding"][0]["code"]: each.get("valueDate") or each.get("valueDateTime")
        for each in made.get("input", [])
    }


def test_the_four_dates_are_four_inputs() -> None:
    assert inputs(task(DONE, COUNCIL)) == {
        "estimated-discharge-date": "2026-11-20",
        "planned-discharge-date": "2026-11-21",
        "ready-date": "2026-11-18",
        "actual-discharge": "2026-11-01T02:26:40Z",
    }
    assert "actual-discharge" not in inputs(task(OPENED, COUNCIL))


def test_when_it_is_due_who_has_it_and_where_the_work_is() -> None:
    made = task(OPENED, COUNCIL)
    assert made["restriction"]["period"] == {"end": "2026-10-27T12:20:00Z"}
    assert made["owner"]["display"] == "Community Discharge Team"
    assert made["businessStatus"]["coding"][0]["code"] == "new"
    assert made["focus"] == {"reference": f"ServiceRequest/{TASK}"}


def test_the_outcome_is_an_output() -> None:
    (output,) = task(DONE, COUNCIL)["output"]
    assert output["valueCodeableConcept"] == {"text": "support-at-home"}


@given(tasks)
def test_no_task_names_a_ward(view) -> None:
    there = replace(
        view, fact=view.fact.model_copy(update={"ward": Ward(ward="CANARY-WARD", bed="CANARY-BED")})
    )
    assert "CANARY" not in json.dumps(task(there, COUNCIL))


def test_a_stage_that_is_not_in_the_code_system_goes_out_in_words() -> None:
    view = replace(OPENED, fact=OPENED.fact.model_copy(update={"stage": "waits for a key"}))
    assert task(view, COUNCIL)["businessStatus"] == {"text": "waits for a key"}
