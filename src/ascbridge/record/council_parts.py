"""Reads back what the record shows of the council's side: requests, answers, objections, and the front door's tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.events.facts.referral import ContactRecorded, ReferralRecorded, SelfAssessmentAnswered
from ascbridge.record.views import AnswersView, DoorTaskView, RequestView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.record.views import PatientView


def request_view(part_id: str, data: bytes, source: str, about: PatientView) -> RequestView:
    """Return a contact or a referral as it was last said."""
    said = orjson.loads(data)
    kind = ReferralRecorded if "referral" in said else ContactRecorded
    return RequestView(about.person_id, part_id, kind.model_validate(said), about.restricted, source)


def answers_view(
    part_id: str, data: bytes, source: str, about: PatientView, requests: Sequence[RequestView]
) -> AnswersView:
    """Return a self-assessment, with the request among those of its person that it belongs to."""
    fact = SelfAssessmentAnswered.model_validate_json(data)
    mine = (each.request_id for each in requests if fact.request and each.number == fact.request)
    return AnswersView(about.person_id, part_id, fact, about.restricted, next(mine, ""), source)


def door_task_view(
    data: bytes, source: str, about: PatientView, requests: Sequence[RequestView]
) -> DoorTaskView:
    """Return a task of the front door, with the request among those of its person that it is about."""
    fact = FrontDoorTask.model_validate_json(data)
    mine = (each.request_id for each in requests if fact.about == f"{each.fact.slot}:{each.number}")
    return DoorTaskView(about.person_id, fact, about.restricted, next(mine, ""), source)


def objects(data: bytes) -> bool:
    """Whether this is an objection that stands."""
    return ObjectionRecorded.model_validate_json(data).objects
