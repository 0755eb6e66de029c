"""How a person's equipment stands by the council's last word: read for the work that waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.keeping import store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.discharge.keeping.store import CareRow

SLOT = "equipment:"


@dataclass(frozen=True, slots=True)
class Thing:
    """One piece of equipment: its status by the council, what it is in words, and whether going home needs it."""

    status: str
    words: str
    needed: bool

    @property
    def outstanding(self) -> bool:
        """Whether somebody cannot go home because it is not there yet."""
        return self.needed and self.status in {"ordered", "failed"}


def things_of(connection: Connection, patient_keys: Iterable[str]) -> dict[str, dict[str, Thing]]:
    """Return, for each patient key, the equipment of that person by the council's slot of it."""
    wanted = set(patient_keys)
    patients = store.read_patients(connection, wanted)
    said = store.read_care(connection, patients.keys() | wanted)

    def person(key: str) -> str:
        return patients[key].person_id if key in patients else key

    newest: dict[str, dict[str, CareRow]] = {}
    for key, slots in sorted(said.items()):
        known = newest.setdefault(person(key), {})
        for slot, row in slots.items():
            if slot.startswith(SLOT) and (slot not in known or row.stamp > known[slot].stamp):
                known[slot] = row
    return {key: {slot: _thing(row) for slot, row in newest.get(person(key), {}).items()} for key in wanted}


def _thing(row: CareRow) -> Thing:
    words = str(row.value.get("kind") or row.value.get("category") or "").replace("-", " ")
    return Thing(
        status=str(row.value.get("status", "")),
        words=words[:1].upper() + words[1:],
        needed=bool(row.value.get("needed_for_discharge")),
    )
