"""What of a message its source did not use, thing by thing. What is used, the readers say themselves. Thinks only.

Of JSON the contract's own models are what is read (`contract_members.Member` leaves alone what it does not know), or
the members that a feed's profile names. Of HL7 see `hospital_unread`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args

import orjson

from ascbridge.intake.sources.contract_members import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ascbridge.intake.sources.profile import ObjectSection

Thing = tuple[str | int, ...]
"""A kind and where it stands: ``("field", "PV2", 3)``, ``("member", "$", "package", "colour")``."""


def unread_members(raw: bytes, model: type[Member], tell: Callable[[Thing, str], None]) -> None:
    """Tell of each member of a JSON object that the contract's model does not have."""
    _walk(orjson.loads(raw), model, ("member", "$"), tell)


def unnamed_members(
    raw: bytes, sections: Sequence[ObjectSection], tell: Callable[[Thing, str], None]
) -> None:
    """Tell of each member of an object of the sender's own making that no part of the profile names."""
    sent = orjson.loads(raw)
    for section in sections:
        if all(_at(sent, path) == value for path, value in section.when.items()):
            _leaves(sent, "", frozenset(section.members) | frozenset(section.when), tell)
            return


def _walk(sent: Any, model: type[Member], place: Thing, tell: Callable[[Thing, str], None]) -> None:
    inside = _members(model)
    for name, value in sent.items() if isinstance(sent, dict) else ():
        if name not in inside:
            if value is not None and value not in ("", [], {}):
                tell((*place, name), _text(value))
        elif (within := inside[name]) is not None:
            for one in value if isinstance(value, list) else (value,):
                _walk(one, within, (*place, name), tell)


@cache
def _members(model: type[Member]) -> dict[str, type[Member] | None]:
    """The members that a model reads, and of those that are objects themselves their models."""
    return {name: _model_in(field.annotation) for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[Member] | None:
    if isinstance(annotation, type) and issubclass(annotation, Member):
        return annotation
    found = (_model_in(one) for one in get_args(annotation))
    return next((one for one in found if one is not None), None)


def _leaves(sent: Any, path: str, named: frozenset[str], tell: Callable[[Thing, str], None]) -> None:
    for name, value in sent.items() if isinstance(sent, dict) else ():
        here = f"{path}.{name}" if path else name
        if here in named or value is None or value in ("", [], {}):
            continue
        if isinstance(value, dict):
            _leaves(value, here, named, tell)
        else:
            tell(("member", "$", here), _text(value))


def _at(sent: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(sent, dict):
            return None
        sent = sent.get(step)
    return sent


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
