"""What is said when a duty worker writes down that somebody got in touch about a person.

This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from ascbridge.events.facts.fact import Fact, Part

Caller = Literal["self", "family", "carer", "provider", "health", "emergency", "other"]


class SealedDutyContact(Part):
    """Who took it, and who it was and what about in that worker's own words. Never in an open part."""

    contact_taken_by: str
    contact_words: str = ""

    withheld: ClassVar[frozenset[str]] = frozenset({"contact_words"})


class DutyContactTaken(Fact):
    """Somebody got in touch about a person, and a duty worker wrote it down. It is said once and not again.

    `caller` is who got in touch, `role` the role of whoever took it, who has to do with the person until `until_ms`
    (the end of their shift, UTC epoch milliseconds). It opens no work: what follows is recorded in the case system.
    """

    family = "care"
    seals = SealedDutyContact
    contact: str
    caller: Caller
    role: str
    until_ms: int
