"""What a person needs so that one can speak to them, and they can come in, as UKCore-Flag: one for each need.

No flag tells of safeguarding, ever (`record.barred` refuses it too). What somebody wrote beside it stays sealed.
Source: domain.md 6, "communication need". This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.care import CircumstancesRecorded, CommunicationNeedsRecorded
from ascbridge.own_codes import FLAG_CATEGORY, PERSONS_NEED
from ascbridge.record.mapping.care_mapping import CareMapping, resource_of
from ascbridge.uk_core import DISPLAYS, Json, coding, fhir_id, reference, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council

ACCESS = {
    "visual_impairment": "visual-impairment",
    "hearing_impairment": "hearing-impairment",
    "autism": "autism",
}


def flags(view: CareView, council: Council) -> Iterator[Json]:
    """Give a Flag for each need; a word that our list has not is none that anybody may act on, so it gives none."""
    fact = view.fact
    if isinstance(fact, CommunicationNeedsRecorded):
        if fact.interpreter == "yes":
            language = words(fact.language)
            text = f"Needs an interpreter, language {language}" if language else ""
            yield _flag(view, council, "communication", "interpreter", text)
        for need in dict.fromkeys(fact.needs):
            if need in DISPLAYS[PERSONS_NEED]:
                yield _flag(view, council, "communication", need)
    elif isinstance(fact, CircumstancesRecorded):
        for field, need in ACCESS.items():
            if getattr(fact, field) == "yes":
                yield _flag(view, council, "access", need)


def _flag(view: CareView, council: Council, category: str, need: str, text: str = "") -> Json:
    return resource_of(
        view,
        "Flag",
        need,
        status="inactive" if view.died else "active",
        category=[{"coding": [coding(FLAG_CATEGORY, category)]}],
        code={"coding": [coding(PERSONS_NEED, need)], "text": text or DISPLAYS[PERSONS_NEED][need]},
        subject=reference("Patient", fhir_id(view.person_id)),
        author=reference("Organization", fhir_id(council.ods_code)),
    )


MAPPING = CareMapping("flag", 1, "Flag", (CommunicationNeedsRecorded, CircumstancesRecorded), flags)
