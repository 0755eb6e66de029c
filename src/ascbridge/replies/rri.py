"""Writes what a hospital is told as RRI^I12, a referral's answer (HL7 v2.4 chapter 11). Pure.

Sent unasked, so without MSA. It names the patient by the numbers that the hospital gave, and says no address and no
ward: only how the work stands, whose it is and what comes next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_text import STANDARD, escape
from ascbridge.intake.hl7v2.hl7_time import format_ts
from ascbridge.own_codes import TASK_PROGRESS
from ascbridge.uk_core import DISPLAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.events.facts.task_progress import Progress

REFERRAL_STATUS: dict[Progress, tuple[str, str]] = {
    "received": ("P", "Pending"),
    "accepted": ("A", "Accepted"),
    "rejected": ("R", "Rejected"),
    "allocated": ("A", "Accepted"),
    "planned": ("A", "Accepted"),
    "closed": ("E", "Expired"),
}
"""RF1-1 by table 0283, which has four words for our six: ours stand beside them, as the alternate coding."""
TITLES: Mapping[str, str] = DISPLAYS[TASK_PROGRESS]
"""Our six, as FHIR has them too."""
OURS = "ASCBRIDGE"
"""The name of our own codes and of who gave a referral's number."""
CONTROL_ID_LENGTH = 20
"""The longest MSH-10."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom: MSH-3 to MSH-6, MSH-9 and MSH-11. `message` is RRI^I12 unless the trust agreed another."""

    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    message: str = "RRI^I12"
    processing: str = "P"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told. Times are UTC epoch ms; names and numbers are the hospital's own, empty where it gave none."""

    control_id: str
    task: str
    progress: Progress
    since_ms: int
    team: str
    reason: str = ""
    reason_words: str = ""
    next_words: str = ""
    authority: str = ""
    local_id: str = ""
    nhs_number: str = ""
    visit_number: str = ""
    family_name: str = ""
    given_names: tuple[str, ...] = ()
    birth_date: str = ""


def write(told: Told, envelope: Envelope, now_ms: int) -> bytes:
    """Return the message, in UTF-8, segments ended by CR."""
    code, title = REFERRAL_STATUS[told.progress]
    status = _components(code, title, "HL70283", told.progress, TITLES[told.progress], OURS)
    kind, _, trigger = envelope.message.partition("^")
    segments = [
        _segment("MSH", {
            3: envelope.sending_application, 4: envelope.sending_facility,
            5: envelope.receiving_application, 6: envelope.receiving_facility,
            7: format_ts(now_ms), 9: "^".join([kind, trigger, f"{kind}_{trigger}"]), 10: told.control_id,
            11: envelope.processing, 12: "2.4", 17: "GBR", 18: "UNICODE UTF-8",
        }),
        _segment("RF1", {
            1: status, 6: _components(told.task, OURS), 7: format_ts(told.since_ms),
            10: _components(told.reason, told.reason_words, OURS) if told.reason else "",
        }),
        _segment("PRD", {1: _components("RT", "Referred to Provider", "HL70286"), 2: _text(told.team)}),
        _segment("PID", {3: _numbers(told), 5: _name(told), 7: _text(told.birth_date.replace("-", ""))}),
        _segment("PV1", {2: "U", 19: _components(told.visit_number, "", "", told.authority)}),
        _segment("NTE", {1: "1", 3: _text(_words(told))}),
    ]  # fmt: skip
    return "".join(f"{segment}\r" for segment in segments).encode()


def _numbers(told: Told) -> str:
    found = [_components(told.nhs_number, "", "", "NHS")] if told.nhs_number else []
    if told.local_id:
        found.append(_components(told.local_id, "", "", told.authority))
    return "~".join(found)


def _words(told: Told) -> str:
    said = f"{TITLES[told.progress]}: {told.team}" if told.team else TITLES[told.progress]
    more = [text for text in (told.reason_words, told.next_words) if text]
    return ". ".join([said, *more])


def _name(told: Told) -> str:
    return _components(told.family_name, *told.given_names)


def _components(*parts: str) -> str:
    return "^".join(_text(part) for part in parts).rstrip("^")


def _text(text: str) -> str:
    return escape(text, STANDARD)


def _segment(name: str, fields: Mapping[int, str]) -> str:
    """Write one segment by the numbers of its fields; the header's first two are the separators themselves."""
    last = max((number for number, text in fields.items() if text), default=0)
    head, first = ("MSH|^~\\&", 3) if name == "MSH" else (name, 1)
    return "|".join([head, *(fields.get(number, "") for number in range(first, last + 1))])
