"""What is written at the desk about safeguarding: it goes behind the wall, and leaves nothing here.

No act, no version, no audit entry, no wake, no word in an address: whoever looks at the task afterwards sees what they
saw before. What stands behind the wall audits itself.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ascbridge.discharge.acts.delays import delay_reasons
from ascbridge.people.behind_wall import NoWall, ToldApart
from ascbridge.web.doorbook import where_from
from ascbridge.web.refusals import LONGEST_TEXT, NothingChosen

if TYPE_CHECKING:
    from fastapi import Request

    from ascbridge.web.discharge.task_shown import TaskShown
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor


def offered(parts: WebParts) -> bool:
    """Whether there is a wall to put a note behind; where there is none, people are told whom to ring."""
    return not isinstance(parts.behind_wall, NoWall)


async def put_delay(request: Request, visitor: Visitor, shown: TaskShown, code: str, text: str) -> None:
    """Put a reason for delay that is withheld behind the wall, where there is one; any other reason goes nowhere.

    Raises `WallShut` where there is one that takes nothing now.
    """
    parts: WebParts = request.app.state.parts
    reasons = delay_reasons(parts.reference.lists, parts.clock.now_ms())
    words = next((one.words for one in reasons if one.code == code and one.reads_other), "")
    if words and offered(parts):
        await put(request, visitor, shown, f"Reason for delay: {words}. {text.strip()}")


async def put(request: Request, visitor: Visitor, shown: TaskShown, text: str) -> None:
    """Put a note behind the wall. Raises `NothingChosen` for an empty one, and `WallShut`: then it is kept nowhere."""
    parts: WebParts = request.app.state.parts
    written = text.strip()[:LONGEST_TEXT]
    if not written:
        raise NothingChosen("Write the note", "text")
    family, _, given = shown.person.name.partition(", ")
    words = hashlib.sha256(written.encode()).hexdigest()[:16]
    # The task's version does not move by such a note, so only other words make it another one.
    await parts.behind_wall.put(
        ToldApart(
            person_id=shown.story.row.person_id,
            who=visitor.name,
            role=visitor.role,
            once=f"{shown.story.row.fact.task}.{words}",
            text=written,
            nhs_number=shown.person.number.replace(" ", ""),
            family_name=family if shown.person.known else "",
            given_names=given if shown.person.known else "",
            birth_date=shown.person.born,
            where_from=where_from(request, visitor),
        )
    )
