"""A task, and a stay without one, opened for a page: the person, the notes, the evidence, and why it
exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.access import Access
from ascbridge.discharge.acts.desk import UNSIGNED
from ascbridge.discharge.deciding.desk_state import Act, desk_state, undoable
from ascbridge.discharge.lists import task_story
from ascbridge.discharge.stay.date_histories import days_ready, histories
from ascbridge.discharge.urgent.urgent_store import of_spells
from ascbridge.events.facts.catalogue import SealedVisit, StayChanged
from ascbridge.people.membership import keys_of
from ascbridge.people.opening import Erased, open_sealed
from ascbridge.reference.reason_lists import Reasons
from ascbridge.reference.routes import Routes
from ascbridge.replies import reply_store
from ascbridge.storage.tables import spell as spell_table
from ascbridge.web.discharge.desk_acts import version_of_stay
from ascbridge.web.discharge.evidence_shown import Shown, evidence_shown
from ascbridge.web.discharge.holds_shown import HoldShown, holds_shown
from ascbridge.web.discharge.look_sides import sides
from ascbridge.web.discharge.night_shown import MatterShown, matters_shown
from ascbridge.web.discharge.notes_shown import texts_of
from ascbridge.web.discharge.pack_shown import PackShown, pack_shown
from ascbridge.web.discharge.prompts_shown import PromptShown, prompts_shown
from ascbridge.web.discharge.split_shown import SplitShown, split_shown
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, people_shown
from ascbridge.web.record.case_shown import AT_DISCHARGE, CaseShown, case_shown
from ascbridge.web.record.provider_shown import provider_marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.discharge.deciding.standing import Standing
    from ascbridge.discharge.lists.task_story import ActRow, Story
    from ascbridge.discharge.lists.worklist import Lists
    from ascbridge.discharge.stay.date_histories import Dated, Which
    from ascbridge.replies.reply_store import ReplyRow
    from ascbridge.web.parts import WebParts

ACT_WORDS = {
    "open_by_hand": "opened the task by hand",
    "claim": "claimed the task",
    "release": "put the task back",
    "accept": "accepted the task",
    "propose_pathway": "proposed the pathway",
    "confirm_pathway": "confirmed the pathway",
    "source": "said how the search for support goes",
    "stage": "said how far the work is",
    "note": "wrote a note",
    "delay": "said why there is a delay",
    "delay_over": "said that nothing delays any longer",
    "complete": "completed the task",
    "drop": "dropped the task",
    "look_settled": "looked into it",
    "undo": "took that back",
    "assign": "assigned the task",
    "hand_over": "handed the task over",
    "pause": "paused the task",
    "resume": "went on with the task",
    "ask": "asked the ward",
    "answer": "wrote down the ward's answer",
    "reject": "gave the referral back to the hospital",
    "hold": "set a hold: speak to somebody before discharge",
    "lift_hold": "lifted the hold",
    "join_stay": "said that another stay is the same",
    "keep_apart": "said that another stay is not the same",
}
INPUT_WORDS = {
    "entered": "Entered by hand",
    "ready": "Ready to leave",
    "discharged": "Left hospital",
    "destination": "Discharge destination",
    "patient_class": "Patient class",
    "contradiction": "Two things that cannot both be so",
    "died": "Death recorded",
    "age": "Age band",
    "residence": "Lives",
    "known_to_care": "Known to social care",
    "package": "Package of care",
    "allocated": "Has an allocated team",
    "need": "Need for support",
}


SOMEBODY = "Somebody"
"""Who sets or lifts a hold is not named: whoever they are would tell what it is about. The audit knows."""
_NAMED = ("delay", "stage", "route", "step", "outcome", "look", "to", "team")


@dataclass(frozen=True, slots=True)
class ActShown:
    """What somebody did, in words. `text` is their free text, or what stands in its place."""

    version: int
    actor: str
    what: str
    choice: str
    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One statement that the decision rests on; `message_id` leads to the message that made it."""

    what: str
    value: str
    at_ms: int
    message: Shown | None


@dataclass(frozen=True, slots=True)
class TaskShown:
    """All that a task's page shows; `case` is what the council said that whoever arranges a discharge looks for."""

    story: Story
    person: PersonShown
    visit: str
    acts: tuple[ActShown, ...]
    evidence: tuple[Shown, ...]
    reasons: tuple[Reason, ...]
    undoable: ActShown | None
    """The act that whoever looks may take back now."""
    case: CaseShown
    providers: tuple[str, ...]
    """What is to be said of providers who take no new work."""
    standing: Standing
    hold: HoldShown | None
    """Whom to speak to before discharge; who set that is told nobody here (the audit knows)."""
    told: tuple[ReplyRow, ...]
    """What the hospital was, or is to be, told of the work."""
    prompts: tuple[PromptShown, ...]
    """What is to be seen to that only hospital and council together tell."""
    dates: Mapping[Which, tuple[Dated, ...]]
    """How each of the four dates came to be what it is."""
    days_ready: int | None
    pack: PackShown
    urgent: tuple[MatterShown, ...]
    """What is urgent about this stay, or was."""
    split: SplitShown
    """The work that was split off, what is proposed, and what keeps the task from being completed."""
    sides: Mapping[str, tuple[Shown, ...]]
    """By what needs a look: what was said on each side."""


@dataclass(frozen=True, slots=True)
class StayShown:
    """A stay for which somebody may open a task by hand. `version` is that of its desk acts."""

    spell: str
    person_id: str
    person: PersonShown
    stay: StayChanged
    explanation: dict[str, Any]
    version: int


def show_task(
    connection: Connection,
    parts: WebParts,
    task_id: str,
    lists: Lists,
    access: Access,
    contact: Access = Access.none,
) -> TaskShown | None:
    """Open a task, or None where there is no such task. `contact` says whether addresses may be seen too."""
    story = task_story.story(connection, task_id, lists)
    if story is None:
        return None
    key = story.row.patient_key
    areas = parts.areas_for(contact)
    person = people_shown(connection, parts.data_keys, [key], access, lists.now_ms, areas).get(key, UNKNOWN)
    person_id = story.row.person_id
    marks = provider_marks(connection, [person_id], parts.reference.lists, lists.now_ms)
    evidence = evidence_shown(connection, story.evidence, parts.profiles, restricted=person.restricted)
    by_event = {one.event_id: one for one in evidence}
    acts = _acts(connection, parts, story.acts, person, access)
    done = [Act(one.version, one.act, one.actor, one.at_ms, one.detail) for one in story.acts]
    last = undoable(done, lists.actor, lists.now_ms)
    holds = holds_shown(connection, parts.data_keys, [story.row.fact], access)
    keys = keys_of(connection, [person_id]).get(person_id, (key,))
    return TaskShown(
        story=story,
        person=person,
        visit=_visit(connection, parts, story, person, access),
        acts=acts,
        evidence=evidence,
        reasons=tuple(
            Reason(
                INPUT_WORDS.get(one["input"], one["input"]),
                one["value"],
                one["at_ms"],
                by_event.get(one["event"]),
            )
            for one in story.explanation.get("because", ())
        ),
        undoable=next((one for one in acts if last is not None and one.version == last.version), None),
        case=case_shown(
            connection, parts.data_keys, keys, access, parts.door.rules.review_years, AT_DISCHARGE
        ),
        providers=marks.get(person_id, ()),
        standing=desk_state(done).standing,
        prompts=prompts_shown(
            connection,
            story.stay,
            keys,
            parts.door.rules.review_years,
            hidden=person.restricted,
        ),
        dates=histories(story.evidence),
        days_ready=days_ready(story.stay.ready_on, story.stay.discharged_ms, lists.now_ms),
        hold=holds.get(task_id),
        told=tuple(reply_store.of_task(connection, task_id)),
        pack=pack_shown(connection, parts, story.row.fact, person, access, lists.now_ms),
        urgent=_urgent(connection, parts, story.row.fact.spell, access, lists.now_ms),
        split=split_shown(connection, parts, story.row.fact.spell, key, lists.now_ms),
        sides={
            code: tuple(by_event[one.event_id] for one in sides(code, story.evidence))
            for code in story.row.fact.needs_a_look
        },
    )


def show_stay(
    connection: Connection, parts: WebParts, spell: str, access: Access, now_ms: int
) -> StayShown | None:
    """Open a stay, or None where nobody ever spoke of it."""
    s = spell_table.c
    row = connection.execute(
        select(s.patient_key, s.person_id, s.view, s.explanation).where(
            s.generation == parts.desk.generation, s.spell_key == spell
        )
    ).first()
    if row is None:
        return None
    people = people_shown(connection, parts.data_keys, [row.patient_key], access, now_ms)
    return StayShown(
        spell=spell,
        person_id=row.person_id,
        person=people.get(row.patient_key, UNKNOWN),
        stay=StayChanged.model_validate_json(row.view),
        explanation=orjson.loads(row.explanation),
        version=version_of_stay(connection, spell),
    )


def _urgent(
    connection: Connection, parts: WebParts, spell: str, access: Access, now_ms: int
) -> tuple[MatterShown, ...]:
    found = sorted(of_spells(connection, [spell]).values(), key=lambda one: (not one.stands, one.id))
    return matters_shown(connection, parts, found, access, now_ms)


def _visit(connection: Connection, parts: WebParts, story: Story, person: PersonShown, access: Access) -> str:
    if story.sealed_visit is None or access is not Access.full:
        return ""
    sealed, key_id, event_id = story.sealed_visit
    opened = open_sealed(
        connection, parts.data_keys, sealed, key_id, event_id, restricted=person.restricted, model=SealedVisit
    )
    return "Erased" if isinstance(opened, Erased) else opened.visit_number


def _acts(
    connection: Connection, parts: WebParts, acts: tuple[ActRow, ...], person: PersonShown, access: Access
) -> tuple[ActShown, ...]:
    texts = texts_of(connection, parts, acts, person, access)
    reference = parts.reference
    quiet = {one.version for one in acts if one.act in UNSIGNED}
    shown = []
    for one in acts:
        what, choice = ACT_WORDS.get(one.act, one.act), _chosen(one, reference)
        who = SOMEBODY if one.version in quiet or one.detail.get("undoes") in quiet else one.actor
        shown.append(ActShown(one.version, who, what, choice, texts.get(one.act_id, ""), one.at_ms))
    return tuple(shown)


def _chosen(one: ActRow, reference: Reference) -> str:
    """Say what was chosen, and for which reason, in the words of the lists that the act names."""
    words = reference.words
    codes = (
        {code: outcome.words for code, outcome in reference.outcomes.items()} | words.stage | words.sourcing
    )
    codes |= {code: look.title for code, look in words.look.items()}
    routes, reasons = (reference.lists.find(one.detail.get(name, "")) for name in ("routes", "list"))
    if routes is not None and isinstance(routes.data, Routes):
        codes |= {code: route.words for code, route in routes.data.of.items()}
    listed = reasons.data if reasons is not None else reference.lists.reasons(one.at_ms)
    if (delay := one.detail.get("delay")) and isinstance(listed, Reasons):
        codes |= {delay: listed.words_of(delay)}
    code = next((one.detail[name] for name in _NAMED if name in one.detail), "")
    found = [codes.get(code, code)] if code else []
    if why := one.detail.get("why", ""):
        found.append(listed.words_of(why) if isinstance(listed, Reasons) else why)
    return ", because: ".join(found)
