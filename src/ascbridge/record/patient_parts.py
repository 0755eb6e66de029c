"""Who somebody is, of all that their sources say of them: the last word of each part of it, and what is verified first.

This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.events.logs.envelope import DESK
from ascbridge.people.opening import Erased
from ascbridge.record.views import LocalNumber, PatientView

if TYPE_CHECKING:
    from collections.abc import Sequence

SAID_TOGETHER = (
    ("family_name", "given_names", "prefix"),
    ("birth_date",),
    ("address_lines", "postcode"),
    ("phones",),
    ("gp_name", "gp_practice"),
    ("next_of_kin", "next_of_kin_phone"),
)
"""Details that belong to one another: none of them is taken from another source than the rest."""


class PatientRow(NamedTuple):
    """What the record reads of one source's patient."""

    patient_key: str
    person_id: str
    authority: str
    number_state: str
    restricted: int
    details: str
    sealed: bytes | None
    sealed_event: str
    key_id: str
    stamp: str
    died: int
    died_on: str
    death_stamp: str


class Known(NamedTuple):
    """One source's patient: its row, and what opened; `sealed` is None where nothing was ever sealed."""

    row: PatientRow
    sealed: SealedPatient | Erased | None

    @property
    def erased(self) -> bool:
        """Whether nothing may be kept of this patient."""
        return isinstance(self.sealed, Erased)

    @property
    def details(self) -> SealedPatient:
        """What the source said of the patient, or nothing."""
        return self.sealed if isinstance(self.sealed, SealedPatient) else SealedPatient()


def patient_view(person: str, group: Sequence[Known], successor: str, sources: dict[str, str]) -> PatientView:
    here = [each for each in group if not each.erased]
    restricted = any(each.row.restricted for each in group)
    if not here:
        return PatientView(
            person, "merged" if successor else "erased", successor=successor, restricted=restricted
        )
    newest = here[0]
    opened = [orjson.loads(each.row.details or b"{}") for each in here]
    number, status = _nhs_number(here)
    died, died_on = _death(here)
    return PatientView(
        person_id=person,
        restricted=restricted,
        details=_details(here),
        nhs_number=number,
        number_status=status,
        local_numbers=tuple(
            LocalNumber(each.row.authority, each.details.local_id)
            for each in here
            if each.details.local_id and each.row.authority != DESK
        ),
        gender=next(
            (one["gender"] for one in opened if one.get("gender", "unknown") != "unknown"), "unknown"
        ),
        ethnic_category=next((one["ethnic_category"] for one in opened if one.get("ethnic_category")), ""),
        died=died,
        died_on=died_on,
        source=sources.get(newest.row.patient_key, ""),
    )


def _details(here: Sequence[Known]) -> SealedPatient:
    """Return each part of the details as the source said it that spoke last of just that part.

    A council line without an address takes nothing away from the address that the hospital gave.
    """
    if len(here) == 1:
        return here[0].details
    found: dict[str, object] = {}
    for names in SAID_TOGETHER:
        for each in here:
            part = {name: getattr(each.details, name) for name in names}
            if any(part.values()):
                found |= part
                break
    return here[0].details.model_copy(update=found)


def _nhs_number(here: Sequence[Known]) -> tuple[str, str]:
    """Return the number that is worth most and its status: verified before unverified, then the last said."""
    for wanted in ("verified", "unverified"):
        for each in here:
            if each.row.number_state == wanted and each.details.nhs_number:
                status = orjson.loads(each.row.details or b"{}").get("number_status", "")
                return each.details.nhs_number, status
    return "", ""


def _death(here: Sequence[Known]) -> tuple[bool | None, str]:
    said = [each.row for each in here if each.row.death_stamp]
    if not said:
        return None, ""
    last = max(said, key=lambda row: (row.death_stamp, row.patient_key))
    return bool(last.died), last.died_on
