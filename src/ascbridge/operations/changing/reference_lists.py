"""Loads lists of reference data and takes them back: by whom and when is kept, and each act stands in the audit.

Nothing that was loaded is changed or removed. A list is refused where it has a fault, or where after it things would
not fit together, at once or at any later moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ascbridge.calendars import london_day
from ascbridge.discharge.deciding.reference import misfits
from ascbridge.events.ledgers import audit
from ascbridge.reference import known_lists
from ascbridge.reference.differences import Difference, differences
from ascbridge.reference.in_force import ReferenceLists, version_of
from ascbridge.reference.list_files import KINDS, BadList, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.discharge.folding.stays import Desk
    from ascbridge.events.ledgers.audit import AuditEntry
    from ascbridge.reference.agreement import ListFile, NotAgreed
    from ascbridge.reference.in_force import Version

State = Literal["in force", "to come", "behind another", "ended", "taken back"]


class CannotLoad(Exception):
    """A list that is not taken, or not taken back; `lines` say why."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True, slots=True)
class Plan:
    """What loading a list would do, or did: the version it becomes, what holds before it, and what differs."""

    version: Version
    before: Version
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    @property
    def summary(self) -> str:
        """How much differs: ``1 added, 2 changed``."""
        counted = [
            (sum(one.how == how for one in self.differences), how) for how in ("added", "removed", "changed")
        ]
        return ", ".join(f"{n} {how}" for n, how in counted if n) or "nothing differs"


@dataclass(frozen=True, slots=True)
class Listed:
    """One version of a list, and how it stands now."""

    version: Version
    state: State


def checked(text: str) -> ListFile:
    """Read a list as the desk could use it. Raises `BadList` with every fault."""
    found = read(text)
    if wrong := tuple(misfits(found)):
        raise BadList(wrong)
    return found


def plan(connection: Connection, desk: Desk, text: str, who: str, now_ms: int) -> Plan:
    """Say what loading a list now would do. Raises `CannotLoad`."""
    lists = desk.known_lists.read(connection)
    try:
        data = checked(text)
    except BadList as fault:
        raise CannotLoad(fault.lines) from None
    newest = max(one.data.version for one in lists.versions[data.kind])
    if data.version <= newest:
        raise CannotLoad(
            [f"version: {data.ident} is known already, or older; the next number is {newest + 1}"]
        )
    version = version_of(data, who, now_ms)
    if version.ends_ms is not None and version.ends_ms <= now_ms:
        raise CannotLoad([f"effective_to: {data.effective_to} has passed, so it would never hold"])
    _must_fit(lists.with_version(version), desk, now_ms)
    before = lists.at(data.kind, version.begins_ms)
    return Plan(version, before, differences(before.data, data), tuple(_notes(version, now_ms)))


def load(connection: Connection, desk: Desk, text: str, who: AuditEntry, now_ms: int) -> Plan:
    """Load a list, in the caller's transaction; `who.why` says why. Raises `CannotLoad`."""
    planned = plan(connection, desk, text, who.who, now_ms)
    ident = planned.version.data.ident
    if not known_lists.save(connection, planned.version, text):
        raise CannotLoad([f"version: somebody else loaded {ident} at this moment"])
    done = replace(who, what="reference data loaded", whom=ident, result=planned.summary)
    audit.record(connection, done, now_ms)
    return planned


def take_back(
    connection: Connection, desk: Desk, kind: str, number: int, who: AuditEntry, now_ms: int
) -> Version:
    """Let a loaded version hold no longer; what was decided by it stays. Returns what holds now.

    Raises `CannotLoad`.
    """
    lists = desk.known_lists.read(connection)
    wanted = (one for one in lists.versions.get(kind, ()) if one.loaded_ms is not None)
    version = next((one for one in wanted if one.data.version == number), None)
    if version is None:
        raise CannotLoad([f"nobody loaded {kind}@{number}"])
    if version.until_ms is not None and version.until_ms <= now_ms:
        raise CannotLoad([f"{kind}@{number} holds no longer as it is"])
    left = lists.with_version(replace(version, taken_back_by=who.who, taken_back_ms=now_ms))
    _must_fit(left, desk, now_ms)
    known_lists.save_taken_back(connection, kind, number, who.who, now_ms)
    audit.record(connection, replace(who, what="reference data taken back", whom=version.data.ident), now_ms)
    return left.at(kind, now_ms)


def listed(lists: ReferenceLists, now_ms: int) -> list[Listed]:
    """Return every version of every list, the newest of each kind first."""
    return [
        Listed(one, _state(lists, one, now_ms))
        for kind in KINDS
        for one in sorted(
            lists.versions[kind], key=lambda one: (one.loaded_ms or 0, one.data.version), reverse=True
        )
    ]


def not_agreed(lists: ReferenceLists, now_ms: int) -> list[NotAgreed]:
    """Return every value in force that nobody agreed to, and what nobody told us, list by list."""
    return [value for version in lists.all_at(now_ms).values() for value in version.data.not_agreed()]


def fits(files: Iterable[ListFile], owner_team: str, now_ms: int) -> list[str]:
    """Say what would not fit together, were these lists loaded beside what ships, each in force from its day."""
    lists = ReferenceLists()
    for one in files:
        lists = lists.with_version(version_of(one, "", 0))
    return list(lists.faults(owner_team, now_ms))


def _must_fit(lists: ReferenceLists, desk: Desk, now_ms: int) -> None:
    if wrong := list(lists.faults(desk.reference.owner_team, now_ms)):
        raise CannotLoad(wrong)


def _notes(version: Version, now_ms: int) -> Iterable[str]:
    data = version.data
    if data.effective_from < london_day(now_ms):
        yield f"{data.effective_from} has passed: it holds from when it is loaded, and changes nothing before"
    if data.effective_to is not None:
        yield f"it ends after {data.effective_to}; then holds what held before"
    if values := len(list(data.not_agreed())):
        yield f"{values} of its values are not agreed or not known"


def _state(lists: ReferenceLists, version: Version, now_ms: int) -> State:
    if version.taken_back_ms is not None:
        return "taken back"
    if version.begins_ms > now_ms:
        return "to come"
    if not version.holds(now_ms):
        return "ended"
    return "in force" if lists.at(version.kind, now_ms) == version else "behind another"
