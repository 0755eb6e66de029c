"""Makes a council fact of a JSON object of the sender's own making, as its feed's profile says what the members hold.

The object is known by some of its members (`when`), and what the profile does not name of it is left alone. What it
becomes is judged by the contract like any other fact. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.intake.hl7v2.hl7_errors import ErrorCode
from ascbridge.intake.rows.columns import BadValue, numbered, put
from ascbridge.intake.sources.door import SourceFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.intake.sources.profile import Column, ObjectSection


def contract_form(raw: bytes, sections: Sequence[ObjectSection]) -> bytes:
    """Return the fact that an object states, as the contract writes it. Raises `SourceFault`."""
    try:
        sent = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _fault("$", "the line is not JSON") from None
    section = next((one for one in sections if _is(sent, one)), None)
    if section is None:
        raise _fault("$", "an object that the profile does not know", ErrorCode.TABLE_VALUE_NOT_FOUND)
    fact: dict[str, Any] = {"fact": section.fact, "person": {}}
    if section.fact != "known":
        fact[section.fact] = {}
    for path, column in section.members.items():
        _put(fact, sent, path, column)
    if any(column.to == "id" for column in section.members.values()):
        return orjson.dumps(fact)  # without the id that it should have, the contract refuses it
    return numbered(fact)


def _put(fact: dict[str, Any], sent: Any, path: str, column: Column) -> None:
    """Put one member into a fact; one that is not there, or is empty, says nothing."""
    found = _at(sent, path)
    if found is None or found == "":
        return
    if isinstance(found, dict):
        raise _fault(f"$.{path}", "not of the kind that the profile asks for")
    try:
        put(fact, path, found, column)
    except BadValue as fault:
        _, _, words = str(fault).partition(": ")
        raise _fault(f"$.{path}", words, ErrorCode.TABLE_VALUE_NOT_FOUND) from None


def _is(sent: Any, section: ObjectSection) -> bool:
    return all(_at(sent, path) == value for path, value in section.when.items())


def _at(sent: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(sent, dict):
            return None
        sent = sent.get(step)
    return sent


def _fault(place: str, text: str, code: ErrorCode = ErrorCode.DATA_TYPE) -> SourceFault:
    return SourceFault(text, segment=place, field=0, code=code)
