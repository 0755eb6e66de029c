"""A feed profile backwards: writes a fact under the names, codes and dates of the sender that the profile is about."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.intake.sources.profile import Column

_ENTRY = re.compile(r"(\w+)\[(\w+)=([\w-]+)\]")


def as_sent(fact: Mapping[str, Any], columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return what a sender writes of a fact, by its own names; what the fact does not say is left out."""
    sent = {}
    for name, column in columns.items():
        value = _at(fact, column.to)
        if value is not None and value not in ("", []):
            sent[name] = _written(value, column)
    return sent


def _at(fact: Any, path: str) -> Any:
    """What stands at a place of a fact, or None."""
    for step in path.split("."):
        entry = _ENTRY.fullmatch(step)
        if fact is None:
            return None
        fact = fact.get(entry[1] if entry else step)
        if entry:
            fact = next((one for one in fact or () if one[entry[2]] == entry[3]), None)
    return fact


def _written(value: Any, column: Column) -> Any:
    if isinstance(value, list | tuple):
        written = [_written(one, column) for one in value]
        return column.split.join(written) if column.split else written
    if column.values:
        return next(sent for sent, meant in column.values.items() if meant == value)
    if column.date:
        return _dated(value, column)
    return value


def _dated(value: str, column: Column) -> str:
    """A day begins at midnight in Coventry, whatever clock the sender goes by."""
    moment = datetime.fromisoformat(value)
    zone = UTC if column.zone == "UTC" else LONDON
    return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(zone).strftime(column.date)
