"""One piece of split-off work opened for a page: the person, how far it is, and what people did, in words.

What people typed may say where somebody will be: it is opened as the notes of a discharge task are, and withheld alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.acts.sub_desk import sub_undoable
from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.sub_tasks.sub_list import sub_story
from ascbridge.discharge.sub_tasks.sub_state import state_words
from ascbridge.discharge.sub_tasks.sub_work import kinds_of
from ascbridge.web.discharge.notes_shown import texts_of
from ascbridge.web.discharge.task_shown import ActShown
from ascbridge.web.people.people_shown import UNKNOWN, people_shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.sub_tasks.sub_list import SubStory
    from ascbridge.reference.sub_task_kinds import SubTaskKind, SubTasks
    from ascbridge.web.parts import WebParts
    from ascbridge.web.people.people_shown import PersonShown
    from ascbridge.web.visitors import Visitor

SUB_ACT_WORDS = {
    "split": "split this off",
    "claim": "took it",
    "release": "gave it back",
    "state": "said how far it is",
    "note": "wrote a note",
    "stop": "stopped it",
    "reopen": "opened it again",
    "need": "said whether it is needed before discharge",
    "seen": "has seen what to do",
    "undo": "took that back",
}
STOP_WORDS = {
    "died": "the person has died",
    "self-discharged": "the person left hospital on their own",
    "moved-hospital": "the person went to another hospital",
    "plan-cancelled": "the hospital stay will not be",
    "entered-in-error": "the hospital stay was recorded in error",
    "withdrawn": "nothing asks for the discharge task any longer",
    "dropped": "the team dropped the discharge task",
    "joined": "the stay was joined with another, which has a task of its own",
    "not-wanted": "the council says that it is returned or cancelled",
    "delivered": "the council says that it is delivered",
}


@dataclass(frozen=True, slots=True)
class SubShown:
    """All that a sub-task's page shows; `undoable` is what this reader may take back now."""

    story: SubStory
    person: PersonShown
    acts: tuple[ActShown, ...]
    undoable: ActShown | None
    kind: SubTaskKind | None
    kinds: SubTasks


def sub_shown(
    connection: Connection, parts: WebParts, sub_id: str, now_ms: int, visitor: Visitor
) -> SubShown | None:
    """Open a sub-task, or None where there is no such one."""
    story = sub_story(connection, sub_id, now_ms)
    if story is None:
        return None
    key, access = story.row.patient_key, visitor.may("worklist")
    areas = parts.areas_for(visitor.may("contact"))
    person = people_shown(connection, parts.data_keys, [key], access, now_ms, areas).get(key, UNKNOWN)
    kinds = kinds_of(parts.reference, story.row.fact.list_version, now_ms)
    kind = kinds.by_code.get(story.row.fact.kind)
    texts = texts_of(connection, parts, story.acts, person, access)
    acts = tuple(
        ActShown(
            one.version, one.actor, SUB_ACT_WORDS.get(one.act, one.act), _chosen(one.act, one.detail, kind, kinds),
            texts.get(one.act_id, ""), one.at_ms,
        )
        for one in story.acts
    )  # fmt: skip
    done = [Act(one.version, one.act, one.actor, one.at_ms, one.detail) for one in story.acts]
    last = sub_undoable(done, visitor.name, now_ms)
    undoable = next((one for one in acts if last is not None and one.version == last.version), None)
    return SubShown(story, person, acts, undoable, kind, kinds)


def _chosen(act: str, detail: dict[str, object], kind: SubTaskKind | None, kinds: SubTasks) -> str:
    """Say in words what was chosen with an act: a state, a reason, yes or no."""
    reason = str(detail.get("reason", ""))
    if act == "split":
        return str(detail.get("what", ""))
    if act in {"state", "reopen"}:
        words = state_words(kind, str(detail["state"]))
        because = kind.reasons.get(reason, reason) if kind is not None else reason
        return f"{words}, {because}" if because else words
    if act == "stop":
        return kinds.stop_reasons.get(reason, reason)
    if act == "need":
        return "needed" if detail["before_discharge"] else "not needed"
    return {"stop": "to stop", "go-on": "it goes on"}.get(str(detail.get("tell", "")), "")
