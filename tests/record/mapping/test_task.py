"""A task: four dates as four inputs, the desk's stage, and no word of where anybody is."""

import json
from dataclasses import replace

from hypothesis import given

from ascbridge.discharge.deciding.pathway import STAGES
from ascbridge.events.facts.catalogue import Delay, Ward
from ascbridge.events.facts.information_pack import InformationPackChanged
from ascbridge.record.checks import check
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
    said = task(view, COUNCIL)["businessStatus"]
    assert (said["text"], [one["code"] for one in said["coding"]]) == ("waits for a key", ["allocated"])


def test_a_task_says_how_it_stands_as_its_hospital_is_told() -> None:
    def told(**said: object) -> list[str]:
        made = task(replace(OPENED, fact=OPENED.fact.model_copy(update=said)), COUNCIL)
        check(made)
        return [one["code"] for one in made["businessStatus"]["coding"]]

    assert told() == ["new", "received"]
    assert told(stage="accepted", status="accepted") == ["accepted", "accepted"]
    assert told(stage="accepted", status="accepted", taken=True) == ["accepted", "allocated"]
    assert told(stage="rejected", status="cancelled") == ["rejected", "rejected"]


def test_pathway_and_setting_are_inputs_and_a_delay_is_the_reason_while_it_holds() -> None:
    over = Delay(reason="delay-2024-01", words="Awaiting therapy", from_ms=1, to_ms=2)
    now = Delay(reason="other", words="Another reason", from_ms=2)
    said = {"pathway": 2, "setting": "residential", "delays": (over, now)}
    made = task(replace(OPENED, fact=OPENED.fact.model_copy(update=said)), COUNCIL)
    assert made["reasonCode"] == {"text": "Another reason"}
    found = {one["type"]["coding"][0]["code"]: one for one in made["input"]}
    assert (found["pathway"]["valueInteger"], found["setting"]["valueString"]) == (2, "residential")
    ended = replace(OPENED, fact=OPENED.fact.model_copy(update={"delays": (over,), "pathway": 0}))
    assert "reasonCode" not in task(ended, COUNCIL)
    assert {"pathway": 0}.items() <= {
        one["type"]["coding"][0]["code"]: one.get("valueInteger") for one in task(ended, COUNCIL)["input"]
    }.items()


def test_a_task_at_every_stage_with_all_that_can_be_said_is_valid() -> None:
    said = {"pathway": 3, "setting": "home", "delays": (Delay(reason="x", words="Waits", from_ms=1),)}
    for stage in STAGES:
        view = replace(OPENED, fact=OPENED.fact.model_copy(update={**said, "stage": stage}))
        made = task(view, COUNCIL)
        check(made)
        assert made["businessStatus"]["coding"][0]["code"] == stage


def outputs(made):
    return [
        (each["type"]["coding"][0]["code"], each.get("valueString") or each.get("valueDateTime"))
        for each in made.get("output", [])
    ]


def test_when_each_stage_was_entered_and_what_goes_with_the_person_are_outputs() -> None:
    pack = InformationPackChanged(
        task=TASK, spell="s1", revision=3, required=("summary", "needs", "medicines-checked"), present=("summary",),
        waived={"needs": "not-known"}, missing=("medicines-checked",), receipt_asked_ms=1_761_571_200_000,
    )  # fmt: skip
    milestones = {"triaged": 1_761_571_300_000, "accepted": 1_761_571_200_000, "of-another-version": 1}
    fact = OPENED.fact.model_copy(update={"milestones": milestones})
    made = task(replace(OPENED, fact=fact, pack=pack), COUNCIL)
    assert outputs(made) == [
        ("accepted", "2025-10-27T13:20:00Z"), ("triaged", "2025-10-27T13:21:40Z"), ("information-present", "summary"),
        ("information-waived", "needs"), ("information-missing", "medicines-checked"),
        ("receipt-asked", "2025-10-27T13:20:00Z"),
    ]  # fmt: skip
    check(made)


def test_a_task_that_is_handed_over_names_the_council_or_that_nobody_knows_it() -> None:
    def council(**said):
        made = task(replace(OPENED, fact=OPENED.fact.model_copy(update=said)), COUNCIL)
        return [
            each["valueString"]
            for each in made.get("input", [])
            if each["type"]["coding"][0]["code"] == "responsible-council"
        ]

    assert council(hand_over="named", hand_over_to="Warwickshire") == ["Warwickshire"]
    assert council(hand_over="unknown") == ["Not known which"]
    assert council() == []
