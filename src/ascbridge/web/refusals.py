"""What is said where an act on any kind of work cannot be: to programs a status with its reason, on pages plain words.

Nobody's typing is lost: a page shows it again beside what is said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import HTTPException

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, PersonErased, SpeakFirst, StaleTask, UnknownTask

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    Given = TypeVar("Given")

CHOOSE = "Choose one of the list"
ERASED = "This person is erased: nothing can be written about them any more"
LONGEST_TEXT = 2_000
"""How much of what somebody writes is kept, in characters."""
STALE = "It changed while you had it open. Nothing of yours was saved: look at it as it is now, then decide"


class NothingChosen(ValueError):
    """An act that must name a choice or hold a text, and does not; the text says what to do. `field`: where."""

    def __init__(self, said: str, field: str = "choice") -> None:
        super().__init__(said)
        self.field = field


async def answered(doing: Awaitable[Given], work: str = "task or stay") -> Given:
    """Return what an act on some kind of work gives; where it cannot be, raise what a program is answered."""
    try:
        return await doing
    except UnknownTask:
        raise HTTPException(404, f"There is no such {work}.") from None
    except StaleTask as fault:
        raise HTTPException(409, f"It changed since it was shown: {fault}. Read it again.") from None
    except NotNow as fault:
        raise HTTPException(409, str(fault)) from None
    except PersonErased:
        raise HTTPException(409, f"{ERASED}.") from None
    except SpeakFirst:
        said = "There is a hold: give spoken_ms, when whom it names was spoken to, and not a time to come."
        raise HTTPException(422, said) from None
    except (NothingChosen, NotAChoice) as fault:
        raise HTTPException(422, str(fault)) from None


async def tried(doing: Awaitable[object], choose: str = CHOOSE) -> tuple[str, int]:
    """Do an act, and return for its page what is wrong with it, in words, and the status; no words where it was done.

    `choose` is said where something was chosen that there is not; empty: what the act itself says, where that is in
    words for people. Raises 404 where there is no such work.
    """
    said, status, _ = await tried_at(doing, choose)
    return said, status


async def tried_at(doing: Awaitable[object], choose: str = CHOOSE) -> tuple[str, int, str]:
    """Do an act as `tried` does, and return also at which field of its form that stands."""
    try:
        await doing
    except UnknownTask:
        raise HTTPException(404) from None
    except NothingChosen as fault:
        return str(fault), 422, fault.field
    except NotAChoice as fault:
        return choose or str(fault), 422, "choice"
    except StaleTask:
        return STALE, 409, "choice"
    except PersonErased:
        return ERASED, 409, "text"
    except NotNow as fault:
        return str(fault), 409, "choice"
    return "", 303, ""
