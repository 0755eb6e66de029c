"""The referral: it lives and ends with its task."""

from dataclasses import replace
from typing import get_args

import pytest

from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.record.mapping.service_request import STATUSES, service_request
from tests.record.samples import BY_HAND, COUNCIL, OPENED, PERSON, SPELL

TASK_STATUSES = get_args(TaskFact.model_fields["status"].annotation)


@pytest.mark.parametrize("status", TASK_STATUSES)
def test_every_task_status_has_a_referral_status(status: str) -> None:
    view = replace(OPENED, fact=OPENED.fact.model_copy(update={"status": status}))
    assert service_request(view, COUNCIL)["status"] == STATUSES[status]


def test_it_says_what_is_asked_for_whom_by_whom_and_of_whom() -> None:
    made = service_request(OPENED, COUNCIL)
    assert made["code"]["coding"][0]["code"] == "715591000000108"
    assert made["subject"]["reference"] == f"Patient/{PERSON}"
    assert made["encounter"]["reference"] == f"Encounter/{SPELL}"
    assert made["requester"]["reference"] == "Organization/RKB"
    assert made["performer"] == [{"reference": "Organization/COVASC"}]


def test_a_task_opened_by_hand_refers_to_no_stay_that_is_not_published() -> None:
    made = service_request(BY_HAND, COUNCIL)
    assert "encounter" not in made
    assert "requester" not in made
