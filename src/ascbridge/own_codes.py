"""Code systems of our own for discharge work, work split off it, the front door and what the council says of care.

Each is published in `contracts/fhir/CodeSystem-*.json`; `uk_core.DISPLAYS` holds them beside UK Core's. This module
thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_SYSTEMS = "https://fhir.coventry.gov.uk/CodeSystem/"
"""What the address of each code system of our own begins with."""
CARE_ACT_OUTCOME = OWN_SYSTEMS + "care-act-outcome"
SELF_ASSESSMENT_LEVEL = OWN_SYSTEMS + "self-assessment-level"
TASK_PROGRESS = OWN_SYSTEMS + "discharge-task-progress"
SUB_TASK_CODE = OWN_SYSTEMS + "discharge-sub-task"
SUB_TASK_DETAIL = OWN_SYSTEMS + "discharge-sub-task-detail"
DOOR_TASK_CODE = OWN_SYSTEMS + "front-door-task"
DOOR_TASK_DETAIL = OWN_SYSTEMS + "front-door-task-detail"
CARE_PLAN_KIND = OWN_SYSTEMS + "care-plan"
COUNCIL_TASK = OWN_SYSTEMS + "council-task"
COUNCIL_TASK_DETAIL = OWN_SYSTEMS + "council-task-detail"
DEVICE_CATEGORY = OWN_SYSTEMS + "device-category"
EPISODE_KIND = OWN_SYSTEMS + "care-episode"
HOSPITAL_ASSESSMENT = OWN_SYSTEMS + "hospital-assessment"
FLAG_CATEGORY = OWN_SYSTEMS + "flag-category"
LEGAL_POWER = OWN_SYSTEMS + "legal-power"
PERSONS_NEED = OWN_SYSTEMS + "persons-need"

CARE_DISPLAYS: Mapping[str, Mapping[str, str]] = {
    # Regulations 2 and 3 of the Care and Support (Eligibility Criteria) Regulations 2015 (SI 2015/313).
    CARE_ACT_OUTCOME: {
        "nutrition": "Managing and maintaining nutrition",
        "hygiene": "Maintaining personal hygiene",
        "toilet": "Managing toilet needs",
        "clothing": "Being appropriately clothed",
        "safe-at-home": "Being able to make use of the home safely",
        "upkeep-of-home": "Maintaining a habitable home environment",
        "relationships": "Developing and maintaining family or other personal relationships",
        "work-and-learning": "Accessing and engaging in work, training, education or volunteering",
        "community": "Making use of necessary facilities or services in the local community",
        "caring-for-a-child": "Carrying out any caring responsibilities for a child",
        "caring-for-others": "Providing care to other persons",
        "recreation": "Engaging in recreational activities",
    },
    SELF_ASSESSMENT_LEVEL: {
        "manages": "Manages",
        "manages-with-difficulty": "Manages with difficulty",
        "needs-help": "Needs help",
        "not-answered": "Not answered",
    },
    TASK_PROGRESS: {
        "received": "Received",
        "accepted": "Accepted",
        "rejected": "Not accepted",
        "allocated": "Somebody has taken it",
        "planned": "Support is arranged",
        "closed": "Closed",
    },
    SUB_TASK_CODE: {
        "brokerage": "Find a package or a bed",
        "equipment": "Equipment",
        "transport": "Transport home",
        "therapy": "Therapy after discharge",
        "interpreter": "Interpreter",
        "dementia-ot": "Dementia: occupational therapist at home",
        "dementia-locksmith": "Dementia: locksmith",
        "dementia-carers-trust": "Dementia: Carers Trust support at home",
    },
    SUB_TASK_DETAIL: {
        "needed-before-discharge": "Needed before discharge",
        "offers": "Offers received",
        "offers-lost": "Offers that fell through",
        "finished": "Done or failed at",
    },
    DOOR_TASK_CODE: {"triage": "Looking into a contact or referral", "review": "Review of care and support"},
    DOOR_TASK_DETAIL: {"since": "Waiting or due since", "last-contact": "Last contact", "outcome": "Outcome"},
    CARE_PLAN_KIND: {
        "support-plan": "Care and support plan",
        "contingency": "Plan for when the carer cannot care",
    },
    COUNCIL_TASK: {"assessment": "Care Act assessment", "review": "Review of care and support"},
    COUNCIL_TASK_DETAIL: {"outcome": "Outcome", "last-contact": "Last contact"},
    DEVICE_CATEGORY: {
        "equipment": "Equipment",
        "telecare": "Telecare",
        "adaptation": "Adaptation to the home",
    },
    EPISODE_KIND: {
        "short-term": "Short-term support",
        "interim": "Support before an assessment",
        "package": "Package of care",
        "placement": "Place to live with care",
    },
    HOSPITAL_ASSESSMENT: {"trusted": "Trusted assessment", "contact": "Contact assessment"},
    FLAG_CATEGORY: {
        "communication": "Communication need",
        "access": "Access need",
        "safeguarding": "Safeguarding",  # only ever behind a switch that ships off: safeguarding/bare_flag.py
    },
    LEGAL_POWER: {
        "lasting-power-health": "Lasting power of attorney for health and welfare",
        "lasting-power-finance": "Lasting power of attorney for property and financial affairs",
        "deputy-health": "Deputy for personal welfare",
        "deputy-finance": "Deputy for property and affairs",
        "appointee": "Appointee for benefits",
        "guardianship": "Guardian",
        "advance-decision": "Holds an advance decision",
        "other": "Other legal power",
    },
    # What people need so that one can speak to them, and they can come in: the national return's and the council's.
    PERSONS_NEED: {
        "interpreter": "Needs an interpreter",
        "british-sign-language": "Uses British Sign Language",
        "hands-on-signing": "Uses hands-on signing",
        "deafblind-manual": "Uses the deafblind manual alphabet",
        "lip-reading": "Reads lips",
        "hearing-loop": "Needs a hearing loop",
        "braille": "Needs braille",
        "large-print": "Needs large print",
        "easy-read": "Needs easy read",
        "audio": "Needs audio",
        "symbols": "Uses symbols",
        "text-relay": "Uses text relay",
        "speaks-through-somebody": "Speaks through somebody",
        "visual-impairment": "Has a visual impairment",
        "hearing-impairment": "Has a hearing impairment",
        "autism": "Is autistic",
    },
}
"""The display of every code of these systems."""
