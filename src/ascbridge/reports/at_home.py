"""Whether people are still at home 91 days after a discharge with short-term support (ASCOF), as the council says."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import literal_column, select

from ascbridge.calendars import moment
from ascbridge.reports.small_numbers import counted
from ascbridge.storage.tables import care

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

CHECKED_AFTER = timedelta(days=91)
ANSWERS = ("at-home", "not-at-home", "died", "not-known", "")
"""What was found; empty: the day has come, and nobody has asked yet."""
MOST = 20_000
_FROM: object = literal_column("'short_term:'")  # in the words of the index
_TO: object = literal_column("'short_term;'")


@dataclass(frozen=True, slots=True)
class AtHome:
    """Those who were discharged in a month and whose 91st day has come, by what was found. None is withheld."""

    month: str
    due: int | None
    found: Mapping[str, int | None]


def at_home(connection: Connection, months: Sequence[str], today: str) -> list[AtHome]:
    """Return the checks of those discharged in these months, in their order."""
    first = date.fromisoformat(f"{min(months)}-01")
    wanted = (
        select(care.c.value)
        .where(care.c.slot >= _FROM, care.c.slot < _TO, care.c.changed_ms >= moment(first))
        .order_by(care.c.changed_ms.desc())
        .limit(MOST)
    )
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for (value,) in connection.execute(wanted):
        said = orjson.loads(value)
        discharged_on = str(said.get("discharged_on") or "")
        if len(discharged_on) != len(today) or discharged_on > today:
            continue
        if (date.fromisoformat(discharged_on) + CHECKED_AFTER).isoformat() <= today:
            check = str(said.get("check") or "")
            groups[discharged_on[:7]][check if check in ANSWERS else "not-known"] += 1
    found = []
    for month in months:
        shown = counted({answer: groups[month][answer] for answer in ANSWERS})
        found.append(AtHome(month, shown.total, shown.groups))
    return found
