"""What the council told of a person, as pages show it: known or not, packages of care, and who looks after
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.access import Access
from ascbridge.events.facts.catalogue import SealedWorker
from ascbridge.people.membership import restricted
from ascbridge.people.opening import Erased, open_sealed
from ascbridge.relationship.grounds import is_theirs
from ascbridge.storage.tables import care
from ascbridge.web.record.case_shown import anchor_of, read_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys
    from ascbridge.relationship.grounds import Reader


@dataclass(frozen=True, slots=True)
class Package:
    """One package of care; dates as exact as the council gave them. One that went on until a death is *stopped*."""

    kind: str
    status: str
    started_on: str
    ended_on: str
    since_ms: int
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class CareShown:
    """`known` is None where the council never said. `changed_ms` is the last change (UTC ms), or None.

    `withheld`: somebody looks after them, and who does is told to nobody else: they are restricted.
    """

    known: bool | None = None
    packages: tuple[Package, ...] = ()
    team: str = ""
    worker: str = ""
    worker_phone: str = ""
    role: str = ""
    changed_ms: int | None = None
    known_anchor: str = ""
    worker_anchor: str = ""
    withheld: bool = False

    @property
    def anything(self) -> bool:
        """Whether the council said anything at all."""
        return self.changed_ms is not None


def care_shown(
    connection: Connection,
    data_keys: DataKeys,
    patient_keys: Sequence[str],
    access: Access,
    review_years: int,
    reader: Reader | None = None,
) -> CareShown:
    """Return what the council said of a person, whichever of their patient keys it said it of, the newest
    winning; `review_years` as in `case_view`. Of a restricted person only a reader to whom they are allocated, or to
    whose team, is told by whom they are looked after: a team's base tells in which third of the city they are.
    """
    case = read_case(connection, patient_keys, review_years)
    known = next(iter(case.of("known")), None)
    packages = [
        Package(
            one.says("kind"),
            "stopped" if one.stopped else one.says("status"),
            one.says("started_on"),
            one.says("ended_on"),
            one.value.get("since_ms", 0),
            anchor_of(one),
        )
        for one in case.of("package")
    ]
    worker = next(iter(case.of("worker")), None)
    named = SealedWorker(worker_name="")
    hidden = worker is not None and bool(restricted(connection, [worker.patient_key]))
    if worker is not None and worker.row.sealed is not None and access is Access.full and worker.says("team"):
        row = worker.row
        opened = open_sealed(
            connection, data_keys, worker.row.sealed, row.key_id, row.sealed_event, restricted=hidden,
            model=SealedWorker,
        )  # fmt: skip
        named = SealedWorker(worker_name="Erased") if isinstance(opened, Erased) else opened
        if hidden:
            named = named.model_copy(
                update={"worker_phone": ""}
            )  # an office's number tells a third of the city
    live_first = sorted(packages, key=lambda one: (one.status != "live", -one.since_ms))
    changed = connection.scalar(
        select(func.max(care.c.changed_ms)).where(care.c.patient_key.in_(patient_keys))
    )
    withheld = hidden and worker is not None and bool(worker.says("team"))
    if withheld and worker is not None and reader is not None:
        withheld = not is_theirs(reader, worker.says("team"), named.worker_name)
    if withheld:
        named, worker = SealedWorker(worker_name=""), None
    return CareShown(
        withheld=withheld,
        known=bool(known.value["known"]) if known is not None else None,
        packages=tuple(live_first),
        team=worker.says("team") if worker is not None else "",
        worker=named.worker_name,
        worker_phone=named.worker_phone,
        role=worker.says("role") if worker is not None and worker.says("team") else "",
        changed_ms=changed,
        known_anchor=anchor_of(known) if known is not None else "",
        worker_anchor=anchor_of(worker) if worker is not None else "",
    )
