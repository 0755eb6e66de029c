"""A task of the front door opened for a page: the person, what people did, and why it stands as it does, in words.

Of a restricted person it says nothing that could tell where they are: not who looks after them, nor by which route or
why they came. Why somebody came is free text of the council's, so a role which sees no names does not see it either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.desk_state import Act, undoable
from ascbridge.frontdoor.front_list import door_story
from ascbridge.people.membership import keys_of
from ascbridge.web.discharge.notes_shown import texts_of
from ascbridge.web.discharge.task_shown import ActShown
from ascbridge.web.people.people_shown import UNKNOWN, people_shown
from ascbridge.web.record.case_shown import CaseShown, case_shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.access import Access
    from ascbridge.events.facts.front_door import FrontDoorTask
    from ascbridge.frontdoor.front_list import DoorStory
    from ascbridge.web.parts import WebParts
    from ascbridge.web.people.people_shown import PersonShown
    from ascbridge.web.visitors import Visitor

DOOR_ACT_WORDS = {
    "claim": "took the task",
    "release": "put the task back",
    "note": "wrote a note",
    "spoke": "spoke with the person",
    "complete": "completed the task",
    "open_by_hand": "opened the task again",
    "undo": "took that back",
}
SHOWN_AT_THE_DOOR = (
    "communication", "contact", "referral", "self_assessment", "assessment", "short_term", "interim_support",
    "support_plan", "review", "placement", "carer", "legal_power",
)  # fmt: skip

WITH_FREE_TEXT = frozenset({"contact", "referral"})
"""Sections that say why and by which route somebody came: see above who is not shown those."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """What came in and how, in codes of the council's contract; empty where nothing was said or may be shown."""

    channel: str = ""
    made_by: str = ""
    client: str = ""
    route: str = ""
    asked_for: str = ""
    allocated_team: str = ""


@dataclass(frozen=True, slots=True)
class DoorShown:
    """All that a task's page shows; `case` is what the council said of the person, `undoable` what this reader may take
    back now.
    """

    story: DoorStory
    person: PersonShown
    came: CameIn
    acts: tuple[ActShown, ...]
    undoable: ActShown | None
    case: CaseShown


def came_in(fact: FrontDoorTask, person: PersonShown) -> CameIn:
    """Return what may be shown of what came in, to a reader who sees this of the person."""
    hidden = person.restricted
    return CameIn(
        channel=fact.channel,
        made_by=fact.made_by,
        client=fact.client,
        route="" if hidden else fact.route,
        asked_for="" if _withheld(person) else fact.asked_for,
        allocated_team="" if hidden else fact.allocated_team,
    )


def door_shown(
    connection: Connection, parts: WebParts, task_id: str, now_ms: int, visitor: Visitor
) -> DoorShown | None:
    """Open a task, or None where there is no such task."""
    story = door_story(connection, task_id, now_ms)
    if story is None:
        return None
    key, access = story.row.patient_key, visitor.may("front-door")
    person = people_shown(connection, parts.data_keys, [key], access, now_ms).get(key, UNKNOWN)
    acts = _acts(connection, parts, story, person, access)
    done = [Act(one.version, one.act, one.actor, one.at_ms, one.detail) for one in story.acts]
    last = undoable(done, visitor.name, now_ms)
    person_id = story.row.person_id
    keys = keys_of(connection, [person_id]).get(person_id, (key,))
    kinds = [one for one in SHOWN_AT_THE_DOOR if one not in WITH_FREE_TEXT or not _withheld(person)]
    return DoorShown(
        story=story,
        person=person,
        came=came_in(story.row.fact, person),
        acts=acts,
        undoable=next((one for one in acts if last is not None and one.version == last.version), None),
        case=case_shown(connection, parts.data_keys, keys, access, parts.door.rules.review_years, kinds),
    )


def _withheld(person: PersonShown) -> bool:
    return person.restricted or person.masked or person.erased


def _acts(
    connection: Connection, parts: WebParts, story: DoorStory, person: PersonShown, access: Access
) -> tuple[ActShown, ...]:
    texts = texts_of(connection, parts, story.acts, person, access)
    words = {code: text for own in parts.door.rules.outcomes.values() for code, text in own.items()}
    shown = []
    for one in story.acts:
        code = one.detail.get("outcome", "")
        what = DOOR_ACT_WORDS.get(one.act, one.act)
        shown.append(
            ActShown(
                one.version, one.actor, what, words.get(code, code), texts.get(one.act_id, ""), one.at_ms
            )
        )
    return tuple(shown)
