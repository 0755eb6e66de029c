"""What of an event, a task or a FHIR resource is shown on a trace: the names of its fields, and of some their codes.

Without a right to open it, a field whose value is not one of our own codes is told by its name alone. Opened, it is
shown as it is in an event's open part, and by its shape in a resource, which may name somebody. What may say that
somebody must be spoken to first stands on no trace. Thinks only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ascbridge.intake.hl7v2.message_parts import shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ascbridge.operations.tracing.trace import Reading

HIDDEN = "not shown"
_CODES = frozenset(
    {
        "status", "stage", "signal", "reason", "kind", "revision", "rule", "owner_team", "outcome", "needs_a_look",
        "not_confirmed", "not_understood", "patient_class", "facility", "code", "list", "progress", "pathway",
        "setting", "sourcing", "statement", "translation", "number_state", "escalates_to", "system", "intent",
        "use", "versionId", "resourceType", "class", "businessStatus", "priority", "clinicalStatus",
    }
)  # fmt: skip
"""Fields that hold codes and counts of our own lists or of a standard's, and nobody's name."""
_NEVER = frozenset({"sealed", "speak_first", "hold", "security", "tag"})
"""What no trace tells: sealed parts, that somebody must be spoken to first, and who is restricted."""
_WHERE = frozenset({"ward", "hand_over_to", "location", "locality"})
"""Where somebody is: of a restricted person nobody is told."""
_OPEN_LEAVES = frozenset(
    {"start", "end", "authoredOn", "lastModified", "lastUpdated", "display", "version", "type", "mode"}
)
"""Leaves of a FHIR resource that, once opened, are shown as they are: times and words of a code."""
_NO_VALUES = frozenset({"Flag"})
"""Resources of which not even codes are shown."""
MOST = 80


@dataclass(frozen=True, slots=True)
class Value:
    """One field: what it is called, and what of it may be shown. `before` is empty where there is nothing to compare.

    `changed` says whether it differs from what was before.
    """

    name: str
    now: str
    before: str = ""
    changed: bool = False


Kind = Literal[
    "received", "answered", "understood", "event", "decision", "task", "resource", "sent", "reply", "stuck"
]  # fmt: skip
ORDER: tuple[Kind, ...] = (
    "received", "answered", "understood", "event", "decision", "task", "resource", "sent", "reply", "stuck",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hop:
    """One step. Times are UTC epoch milliseconds; `after_ms` since the first hop, `since_ms` since the one before.

    `codes` holds what a program may be told of it: codes and names of ours alone. `values` are its fields, or what
    they were and are. `caused_by` is the id of the hop that it follows from.
    """

    kind: Kind
    at_ms: int
    title: str
    words: str = ""
    ident: str = ""
    caused_by: str = ""
    link: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    values: tuple[Value, ...] = ()
    readers: tuple[Reading, ...] = ()
    after_ms: int = 0
    since_ms: int = 0


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a message is about, by our keys, and what of it may be shown."""

    subjects: frozenset[str]
    persons: frozenset[str]
    hidden: bool
    opened: bool


def of_event(
    now: Mapping[str, Any], before: Mapping[str, Any] | None, *, opened: bool, restricted: bool
) -> tuple[Value, ...]:
    """Return the fields of an event's open part; beside an earlier one, those alone that differ."""
    never = _NEVER | _WHERE if restricted else _NEVER
    return _compared(
        dict(_leaves(now, never)), before and dict(_leaves(before, never)), _event_rule(opened=opened)
    )


def of_resource(
    now: Mapping[str, Any], before: Mapping[str, Any] | None, *, opened: bool, restricted: bool
) -> tuple[Value, ...]:
    """Return the fields of a FHIR resource; beside an older version, those alone that differ."""
    never = _NEVER | _WHERE if restricted else _NEVER
    kept = {name: value for name, value in now.items() if name != "meta"}
    was = None if before is None else {name: value for name, value in before.items() if name != "meta"}
    blind = str(now.get("resourceType", "")) in _NO_VALUES
    rule = _hide if blind else _resource_rule(opened=opened)
    return _compared(dict(_leaves(kept, never)), was and dict(_leaves(was, never)), rule)


def _compared(now: Mapping[str, str], before: Mapping[str, str] | None, shown: _Rule) -> tuple[Value, ...]:
    if before is None:
        found = [Value(name, shown(name, value)) for name, value in now.items()]
    else:
        names = dict.fromkeys([*before, *now])
        found = [
            Value(
                name,
                shown(name, now[name]) if name in now else "gone",
                shown(name, before[name]) if name in before else "none",
                changed=True,
            )
            for name in names
            if now.get(name) != before.get(name)
        ]
    return tuple(found[:MOST])


class _Rule:
    """What of a field's value may be shown."""

    def __init__(self, opened: bool, leaves: frozenset[str] | None) -> None:  # noqa: FBT001  # two words, one caller
        self._opened, self._leaves = opened, leaves

    def __call__(self, name: str, value: str) -> str:
        words = {step.partition("[")[0] for step in name.split(".")}
        last = name.rpartition(".")[2].partition("[")[0]
        if last in _CODES or (last == "" and words & _CODES):
            return value
        if not self._opened:
            return HIDDEN
        return value if self._leaves is None or last in self._leaves else shape(value)


class _Blind(_Rule):
    def __call__(self, name: str, value: str) -> str:  # noqa: ARG002  # nothing of it is shown
        return HIDDEN


def _event_rule(*, opened: bool) -> _Rule:
    return _Rule(opened, None)


def _resource_rule(*, opened: bool) -> _Rule:
    return _Rule(opened, _OPEN_LEAVES)


_hide = _Blind(opened=False, leaves=None)


def _leaves(value: Any, never: frozenset[str], path: str = "") -> Iterator[tuple[str, str]]:
    """Give every field with its value as a text. What is empty is left out."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in never:
                yield from _leaves(inner, never, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _leaves(inner, never, f"{path}[{number}]")
    elif value not in (None, "", False):
        yield path, "yes" if value is True else str(value)
