"""A stay that no hospital sent anything about, as a discharge worker or a program enters it: what is wrong with it, who
may be meant already, and the message that it becomes.

What was entered is kept as messages are, before anybody is answered; the task follows from it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel
from sqlalchemy import select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.deciding.decision import task_id as task_of
from ascbridge.discharge.keeping.possible_stays import Look
from ascbridge.discharge.stay.joining import JOINED
from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.events.logs.envelope import Ref
from ascbridge.people import identities
from ascbridge.people.nhs_numbers import checks, standard
from ascbridge.storage.tables import spell, task
from ascbridge.web.discharge.joining_shown import PossibleShown, local_refs, possible_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.wording import iso

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

FEED = "desk"
LIVES = {
    "": "Not known",
    "here": "In Coventry",
    "elsewhere": "In another council's area",
    "no-fixed-address": "They have no fixed address",
}
_DAYS = {
    "birth_date": "the date of birth",
    "admitted_on": "the day since when they are in hospital",
    "expected_on": "the day on which they are expected to leave",
}
_STALE_MS = 12 * 3_600_000
_LONGEST = 200
_TAKEN_BEFORE_MS = 60_000


class EnterForm(BaseModel):
    """What the form sends. `once` is its own number, `at` when it was made (UTC ms): sent twice, it is one."""

    once: str = ""
    at: int = 0
    nhs_number: str = ""
    checked: str = ""
    family_name: str = ""
    given_names: str = ""
    birth_date: str = ""
    local_number: str = ""
    postcode: str = ""
    lives: str = ""
    council: str = ""
    site: str = ""
    ward: str = ""
    admitted_on: str = ""
    ready: str = ""
    expected_on: str = ""
    other: bool = False


def tidy(form: EnterForm, now_ms: int) -> EnterForm:
    """Return what was sent without needless blanks, cut to what is kept, dated by when it was made, if that can be."""
    texts = {
        name: " ".join(value.split())[:_LONGEST]
        for name, value in form.model_dump().items()
        if isinstance(value, str)
    }
    fresh = now_ms - _STALE_MS <= form.at <= now_ms + _TAKEN_BEFORE_MS
    texts["nhs_number"] = standard(texts["nhs_number"])
    return form.model_copy(update={**texts, "at": form.at if fresh else now_ms})


def faults(form: EnterForm, parts: WebParts) -> dict[str, str]:
    """Return what is wrong, by field."""
    wrong: dict[str, str] = {}
    if not form.once:
        wrong["once"] = "This form was not made here: open it again"
    if form.nhs_number and not checks(form.nhs_number):
        wrong["nhs_number"] = "This is no NHS number: its check digit is wrong. Look again, or leave it empty"
    elif not form.nhs_number and not (form.family_name and form.birth_date and form.local_number):
        wrong["nhs_number"] = "Write the NHS number, or name, date of birth and the hospital's own number"
    for name, what in _DAYS.items():
        said = getattr(form, name)
        if said and not _is_day(said):
            wrong[name] = f"Write {what} as 1941-03-14"
    if form.nhs_number and form.checked not in {"yes", "no"}:
        wrong["checked"] = "Say whether the NHS number was checked"
    if form.checked == "yes" and not form.birth_date and "birth_date" not in wrong:
        wrong["birth_date"] = "A number is checked against a date of birth: write it"
    if form.lives not in LIVES:
        wrong["lives"] = "Choose where they live from the list"
    if form.site not in parts.reference.lists.hospitals(form.at).by_site:
        wrong["site"] = "Choose the hospital from the list"
    if form.ready not in {"yes", "no"}:
        wrong["ready"] = "Say whether they are ready to leave"
    return wrong


async def there_already(parts: WebParts, visitor: Visitor, form: EnterForm) -> list[PossibleShown]:
    """Return the stays that may be meant already."""
    refs = local_refs(parts, form.site, form.local_number)
    who = SealedPatient(
        nhs_number=form.nhs_number,
        family_name=form.family_name,
        given_names=tuple(form.given_names.split()),
        birth_date=form.birth_date,
    )
    days = day_bounds(form.at)

    def read(connection: Connection) -> list[PossibleShown]:
        return possible_shown(connection, parts, visitor, Look(who, local=refs), days)

    return await parts.database.read(read)


async def enter(request: Request, visitor: Visitor, form: EnterForm, why: str) -> None:
    """Have it kept, and write down who entered it. Raises `NotKept`, with the reason in words."""
    parts: WebParts = request.app.state.parts
    await write_down(request, visitor, "stay entered by hand", whom=form.once, why=why)
    await parts.enter(_entry_of(form))
    parts.wake()


def _entry_of(form: EnterForm) -> bytes:
    """Return the entry as the source `desk_entries` reads it: the same bytes for the same form."""
    said: dict[str, Any] = {
        "id": form.once,
        "entered": iso(form.at),
        "person": {
            "nhs_number": form.nhs_number,
            "checked": form.checked == "yes",
            "family_name": form.family_name,
            "given_names": form.given_names.split(),
            "birth_date": form.birth_date,
            "local_number": form.local_number,
            "postcode": form.postcode.upper()[:10],
            "lives": form.lives,
            "council": form.council,
        },
        "site": form.site,
        "ward": form.ward,
        "admitted_on": form.admitted_on,
        "ready": form.ready == "yes",
        "expected_on": form.expected_on,
    }
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def task_entered(connection: Connection, parts: WebParts, once: str) -> str | None:
    """Return the id of the task of what was entered; empty: not there yet; None: nothing was entered so."""
    profile = parts.profiles[FEED]
    ref = Ref("spell", profile.feed.authority, once)
    key = identities.known(connection, parts.keyring, [ref]).get(ref)
    if key is None:
        return None
    s, generation = spell.c, parts.desk.generation
    row = connection.execute(
        select(s.decision, s.explanation).where(s.generation == generation, s.spell_key == key)
    ).first()
    if row is not None and row.decision == JOINED:
        key = str(orjson.loads(row.explanation)["into"])
    wanted = select(task.c.task_id).where(task.c.generation == generation, task.c.task_id == task_of(key))
    return connection.scalar(wanted) or ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
