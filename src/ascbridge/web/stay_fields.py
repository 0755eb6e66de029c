"""The fields of facts about a stay: what people call them, where an HL7 message keeps each, and how a value reads.

This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.web.wording import moment, written_date

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile

# Where HL7 v2.4 keeps what the facts say, for what no profile moves elsewhere.
_PLACES = {
    "ward": "PV1-3",
    "facility": "PV1-3.4",
    "patient_class": "PV1-2",
    "admitted_ms": "PV1-44",
    "discharged_ms": "PV1-45",
    "admission_method": "PV1-4",
    "admission_source": "PV1-14",
    "discharge_method": "PV1-36",
    "discharge_destination": "PV1-37",
    "expected_discharge": "PV2-9",
    "ready": "ZU1-22",
    "ready_on": "ZU1-24",
    "died": "PID-30",
    "died_on": "PID-29",
}
WHEREABOUTS = frozenset({"ward", "facility", "residence", "team"})
"""Fields that may tell where somebody is."""
FIELD_NAMES = {
    "ward": "Ward, room, bed",
    "facility": "Hospital site",
    "patient_class": "Patient class",
    "admitted_ms": "Admitted",
    "discharged_ms": "Discharged",
    "admission_method": "How admitted",
    "admission_source": "Admitted from",
    "discharge_method": "How discharged",
    "discharge_destination": "Discharged to",
    "expected_discharge": "Estimated discharge",
    "planned_discharge": "Planned discharge",
    "ready": "Ready to leave",
    "ready_on": "Ready since",
    "expected_admission": "Expected admission",
    "died": "Died",
    "died_on": "Died on",
    "known": "Known to social care",
    "status": "Package of care",
    "kind": "Kind of care",
    "team": "Team that looks after the person",
    "level": "Restriction",
    "age_band": "Age band",
    "residence": "Lives",
}
"""What people call the fields of facts about a stay, in the order in which they are read."""


def place_of(field: str, profile: Profile | None) -> str:
    """Return where this feed keeps it; nothing for a feed that does not speak HL7."""
    if profile is None or profile.feed.source != "hospital_adt":
        return ""
    places: tuple[str, ...] = getattr(profile.where, field, ())
    return " or ".join(places) or _PLACES.get(field, "")


def read_value(field: str, value: Any) -> str:
    """Say a value of a fact in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "source_code" in value:
        meaning = f", read as {value['code']}" if value["code"] not in {None, value["source_code"]} else ""
        return (
            f"{value['source_code']}{meaning}"
            if value["code"] is not None
            else f"{value['source_code']}, not understood"
        )
    if isinstance(value, dict):
        return ", ".join(str(value[part]) for part in ("ward", "room", "bed") if value.get(part))
    if field.endswith("_ms"):
        return moment(int(value))
    if field.endswith(("discharge", "_on", "admission")):
        return written_date(str(value))
    return str(value)
