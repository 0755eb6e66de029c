"""What the built-in record held of a resource before: kept when a newer version comes, let go of when it is withheld.

A version stays only as long as nothing that it holds is withheld by now. Once somebody is restricted, objects, is
erased, or a source takes its word back, the versions that held more are gone in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from sqlalchemy import bindparam, delete, insert, select

from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import resource, resource_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_KEPT = (
    "resource_type", "resource_id", "version", "updated_ms", "person_id", "status", "withheld", "rule", "body",
)  # fmt: skip
_KEEP = Prepared.of(
    lambda one_of: insert(resource_version).from_select(
        list(_KEPT),
        select(*(resource.c[name] for name in _KEPT)).where(
            resource.c.resource_type == bindparam("of"),
            one_of(resource.c.resource_id, "ids"),
            resource.c.withheld >= bindparam("least"),
        ),
    )
)
_LET_GO = Prepared.of(
    lambda one_of: delete(resource_version).where(
        resource_version.c.resource_type == bindparam("of"),
        one_of(resource_version.c.resource_id, "ids"),
        resource_version.c.withheld < bindparam("least"),
    )
)
_OLDER = (
    select(*(resource_version.c[name] for name in ("version", "updated_ms", "status", "rule", "body")))
    .where(
        resource_version.c.resource_type == bindparam("of"),
        resource_version.c.resource_id == bindparam("id"),
        resource_version.c.version < bindparam("below"),
    )
    .order_by(resource_version.c.version.desc())
    .limit(bindparam("most"))
)


class Changing(Protocol):
    """A resource that is about to be put over an older version."""

    @property
    def key(self) -> tuple[str, str]: ...
    @property
    def withheld(self) -> int: ...


class Version(NamedTuple):
    """An older version of a resource; `updated_ms` is UTC."""

    version: int
    updated_ms: int
    status: str
    rule: str
    body: bytes


def keep_versions(connection: Connection, changes: Iterable[Changing]) -> None:
    """Keep what is there now of resources that are about to change, and nothing that is withheld from now on."""
    by_kind: dict[tuple[str, int], list[str]] = {}
    for change in changes:
        by_kind.setdefault((change.key[0], change.withheld), []).append(change.key[1])
    for (of, least), ids in by_kind.items():
        _KEEP.run(connection, [{"of": of, "ids": ids, "least": least}])
        if least:
            _LET_GO.run(connection, [{"of": of, "ids": ids, "least": least}])


def older_versions(
    connection: Connection, resource_type: str, resource_id: str, below: int, most: int
) -> list[Version]:
    """Return the versions before `below`, the newest first, at most so many."""
    asked = {"of": resource_type, "id": resource_id, "below": below, "most": most}
    return [Version(*row) for row in connection.execute(_OLDER, asked)]
