"""Reads what a sender wrote under its own names, codes and dates as members of a council fact, as the profile says.

Nothing is guessed: a code that the profile does not list, or a day that is not written as it says, is refused. Times
are Coventry's unless the profile says UTC: of an hour that comes twice the first, and one that never was is refused.
This module thinks; it does no input or output.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Column

MOMENT = "recorded"
"""The one member of a fact that is a moment; all others are days."""
_STEPS = re.compile(r"(?:(\w+)\.)?(\w+)(?:\[(\w+)=([\w-]+)\]\.(\w+))?")


class BadValue(ValueError):
    """What cannot be read as the profile says; the text names the column and quotes nothing."""


def put(fact: dict[str, Any], name: str, sent: Any, column: Column) -> None:
    """Put what was sent under `name` where it goes in a fact. Raises `BadValue`."""
    found = _STEPS.fullmatch(column.to)
    assert found is not None, "a profile holds to the form"
    part, member, key, wanted, inner = found.groups()
    place = fact.setdefault(part, {}) if part else fact
    said = _value(name, sent, column)
    if key is None:
        place[member] = said
        return
    entries = place.setdefault(member, [])
    entry = next((one for one in entries if one[key] == wanted), None)
    if entry is None:
        entries.append(entry := {key: wanted})
    entry[inner] = said


def numbered(fact: dict[str, Any]) -> bytes:
    """Return a fact as JSON.

    One without an ``id`` gets one that follows from its content, so that the same row or object is the same fact.
    """
    if "id" not in fact:
        content = orjson.dumps(fact, option=orjson.OPT_SORT_KEYS)
        fact = fact | {"id": "row-" + hashlib.sha256(content).hexdigest()[:32]}
    return orjson.dumps(fact)


def _value(name: str, sent: Any, column: Column) -> Any:
    if column.split and isinstance(sent, str):
        sent = [part for part in (one.strip() for one in sent.split(column.split)) if part]
    if isinstance(sent, list):
        return [_one(name, one, column) for one in sent]
    return _one(name, sent, column)


def _one(name: str, sent: Any, column: Column) -> Any:
    if column.values:
        code = _code(sent)
        if code not in column.values:
            raise BadValue(f"{name}: a code that the profile does not list")
        return column.values[code]
    if column.date:
        return _date(name, sent, column)
    return sent


def _code(sent: Any) -> str:
    """A code as the profile writes it: JSON's true is written so."""
    return str(sent).lower() if isinstance(sent, bool) else str(sent)


def _date(name: str, sent: Any, column: Column) -> str:
    zone = UTC if column.zone == "UTC" else LONDON
    try:
        found = datetime.strptime(str(sent), column.date).replace(tzinfo=zone)
    except ValueError:
        raise BadValue(f"{name}: not written as {column.date}") from None
    if "%H" not in column.date:
        return found.date().isoformat()
    if found.astimezone(UTC).astimezone(zone).replace(fold=0) != found:
        raise BadValue(f"{name}: the clocks went forward over that time")
    return found.isoformat() if column.to == MOMENT else found.astimezone(LONDON).date().isoformat()
