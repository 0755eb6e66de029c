"""The words of a reply: why, and what comes next, as a person at the hospital reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.replies.reply_store import Queued

_OVER = frozenset({"rejected", "closed"})


def words_of(queued: Queued, reference: Reference) -> tuple[str, str]:
    """Return the words of the reason and of what comes next, each empty where there is none."""
    return _reason(queued, reference), _next(queued)


def _reason(queued: Queued, reference: Reference) -> str:
    code = queued.reason
    if code in reference.outcomes:
        return reference.outcomes[code].words
    return reference.reason_words(queued.since_ms).get(code) or reference.words.signal.get(code, "")


def _next(queued: Queued) -> str:
    if queued.progress in _OVER or queued.due_ms is None:
        return ""
    due = datetime.fromtimestamp(queued.due_ms / 1000, UTC).astimezone(LONDON)
    return f"Next step due by {due:%d/%m/%Y %H:%M}"
