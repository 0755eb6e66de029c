"""What the page of each act asks for, and whether the act still makes sense on the task as it is now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.pathway import MAY
from ascbridge.discharge.lists import colleagues
from ascbridge.reference.reason_lists import DROP, PAUSE, REJECT
from ascbridge.web.discharge.stage_forms import Item, choices

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.web.discharge.desk_acts import ActName
    from ascbridge.web.discharge.task_shown import TaskShown


@dataclass(frozen=True, slots=True)
class Asked:
    """A form. Empty words mean that it asks for no such thing; `note` labels the text that is sealed, `why` the
    reasons, of which a choice may need one. `usual` is ticked.
    """

    title: str
    button: str
    legend: str = ""
    note: str = "Note (optional)"
    who: str = ""
    phone: str = ""
    explains: str = ""
    warning: bool = False
    spoken: bool = False
    items: tuple[Item, ...] = ()
    usual: str = ""
    why: str = ""
    reasons: tuple[Item, ...] = ()
    sensible: bool = True


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that a form may rest on; `shown` is None where it is for several tasks."""

    connection: Connection
    reference: Reference
    shown: TaskShown | None
    now_ms: int
    actor: str

    @property
    def holder(self) -> str:
        """Who has the task."""
        return self.shown.story.row.claimed_by if self.shown is not None else ""

    @property
    def team(self) -> str:
        """Whose the task is."""
        return self.shown.story.row.fact.owner_team if self.shown is not None else ""


_FORMS: dict[ActName, Asked] = {
    "claim": Asked("Claim this task", "Claim it", note=""),
    "release": Asked("Put this task back", "Put it back", note=""),
    "note": Asked("Write a note", "Save the note", note="Note"),
    "accept": Asked("Accept this task", "Accept it", note=""),
    "stage": Asked("How far is the work?", "Save", "The work is now"),
    "propose-pathway": Asked("Propose the pathway", "Propose it", "Which way out of hospital? Home comes first"),
    "confirm-pathway": Asked("Confirm the pathway", "Confirm it", "Which way out of hospital? Home comes first"),
    "source": Asked("How is the search for support?", "Save", "What became of the search for a package or bed?"),
    "delay": Asked("Why is there a delay?", "Save", "Why is somebody who is ready not leaving?"),
    "delay-over": Asked("Nothing delays any longer", "Save", note=""),
    "complete": Asked("Complete the task", "Complete the task", "What is the outcome?"),
    "drop": Asked("Drop the task", "Drop the task", "Why is the task not needed?", warning=True),
    "settle-look": Asked("I have looked into it", "Save", "What did you look into?"),
    "undo": Asked("Take it back", "Take it back", note=""),
    "assign": Asked("Assign the task", "Assign it", "To whom?"),
    "hand-over": Asked(
        "Hand the task over", "Hand it over", "To which team?", note="What the other team must know",
        explains="The task goes to the other team's list, with your note. Nobody has it until one of them claims it.",
    ),
    "pause": Asked(
        "Pause the task", "Pause it", "Why does it wait?",
        explains="It stands under Paused until somebody goes on with it, or until the hospital says something else.",
    ),
    "resume": Asked("Go on with the task", "Go on with it", note=""),
    "ask": Asked(
        "Ask the ward", "Save the question", note="What did you ask?", who="Who was asked?",
        explains="Ring the ward, then write it down. The task shows since when the question waits for an answer.",
    ),
    "answer": Asked("The ward's answer", "Save the answer", "Which question?", note="What was the answer?"),
    "reject": Asked(
        "Give the referral back to the hospital", "Give it back", "Why?", warning=True,
        explains="The task is closed here, and the hospital is told the reason that you choose. Your note stays here.",
    ),
    "hold": Asked(
        "Somebody must be spoken to before discharge", "Set the hold", note="", who="Whom to speak to",
        phone="Telephone",
        explains="The task, the lists and the lists on paper say: speak to them first. They do not say why, nor who "
        "set this. Who completes the task must say when they spoke to them.",
    ),
    "lift-hold": Asked("Lift the hold", "Lift the hold", note=""),
}  # fmt: skip


def asked_for(
    connection: Connection, reference: Reference, act: ActName, shown: TaskShown, now_ms: int, actor: str
) -> Asked:
    """Return what an act asks for on this task, with what can be chosen."""
    seen = _Seen(connection, reference, shown, now_ms, actor)
    choose = _ITEMS.get(act)
    on_the_way = choices(act, shown.story.row.fact, reference, now_ms)
    if on_the_way is not None:
        asked = replace(_FORMS[act], items=on_the_way.items, usual=on_the_way.usual, why=on_the_way.why)
        fits = bool(asked.items) and sensible(act, shown)
        return replace(asked, reasons=on_the_way.reasons, sensible=fits)
    return replace(
        _FORMS[act],
        spoken=act == "complete" and shown.story.row.fact.speak_first,
        items=tuple(choose(seen)) if choose is not None else (),
        sensible=sensible(act, shown),
    )


def asked_of_several(
    connection: Connection, reference: Reference, act: ActName, now_ms: int, actor: str
) -> Asked:
    """Return what an act asks for that is to be done to several tasks at once."""
    choose = _ITEMS.get(act)
    seen = _Seen(connection, reference, None, now_ms, actor)
    return replace(_FORMS[act], items=tuple(choose(seen)) if choose is not None else ())


def sensible(act: ActName, shown: TaskShown) -> bool:
    """Whether the desk may do this on the task as it now is."""
    row, standing = shown.story.row, shown.standing
    if act == "undo":
        return shown.undoable is not None
    if act == "claim" and row.claimed_by:
        return False
    if act == "release" and not row.claimed_by:
        return False
    paused = standing.waits(row.fact.signal)
    if act in {"pause", "resume"} and paused != (act == "resume"):
        return False
    if act == "lift-hold":
        return standing.hold_version > 0
    if act == "answer":
        return bool(standing.questions)
    if act in {"note", "settle-look"}:
        return True
    fits = act not in {"delay", "delay-over"} or row.fact.signal == "ready"
    return fits and act.replace("-", "_") in MAY.get(row.fact.status, frozenset())


def _outcomes(seen: _Seen) -> list[Item]:
    pathways = seen.reference.pathways
    return [
        Item(code, one.words, f"Pathway {one.pathway}: {pathways[one.pathway]}" if one.pathway is not None else "")
        for code, one in seen.reference.outcomes.items()
    ]  # fmt: skip


def _reasons(name: str) -> Callable[[_Seen], list[Item]]:
    def of(seen: _Seen) -> list[Item]:
        return [Item(code, text) for code, text in seen.reference.reasons_for(name, seen.now_ms)[0].items()]

    return of


def _looks(seen: _Seen) -> list[Item]:
    found = []
    for code in seen.shown.story.row.fact.needs_a_look if seen.shown is not None else ():
        said = seen.reference.words.look.get(code)
        found.append(Item(code, said.title if said else code, said.what_to_do if said else ""))
    return found


def _people_and_teams(seen: _Seen) -> list[Item]:
    names = colleagues.known(seen.connection, seen.now_ms)
    people = [
        Item(f"person:{name}", f"{name} (you)" if name == seen.actor else name)
        for name in names
        if name != seen.holder
    ]
    return people + [Item(f"team:{one.value}", one.text) for one in _teams(seen)]


def _teams(seen: _Seen) -> list[Item]:
    return [Item(team, team) for team in seen.reference.desk_teams(seen.now_ms)]


def _other_teams(seen: _Seen) -> list[Item]:
    return [one for one in _teams(seen) if one.value != seen.team]


def _questions(seen: _Seen) -> list[Item]:
    if seen.shown is None:
        return []
    texts = {one.version: one.text for one in seen.shown.acts}
    return [
        Item(str(one.version), texts.get(one.version) or "A question to the ward")
        for one in seen.shown.standing.questions
    ]


_ITEMS: dict[ActName, Callable[[_Seen], list[Item]]] = {
    "complete": _outcomes,
    "drop": _reasons(DROP),
    "pause": _reasons(PAUSE),
    "reject": _reasons(REJECT),
    "settle-look": _looks,
    "assign": _people_and_teams,
    "hand-over": _other_teams,
    "answer": _questions,
}
