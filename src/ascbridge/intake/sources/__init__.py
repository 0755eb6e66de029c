"""The source systems that the bridge understands, one module each: `check` reads, and its `Door` translates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ascbridge.intake.sources import council_facts, desk_entries, hospital_adt

if TYPE_CHECKING:
    from ascbridge.intake.sources.door import Door
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.intake.sources.sifted import Sifted


class Source(Protocol):
    """What a source module offers: what follows from bytes and profile alone."""

    def check(self, raw: bytes, profile: Profile) -> Door:
        """Let a message in, ready to say what it means, or raise `SourceFault` or `UnreadableMessage`."""

    def sift(self, raw: bytes, profile: Profile) -> Sifted | None:
        """Take out what is about safeguarding and goes behind its wall; None where nothing is."""


SOURCES: dict[str, Source] = {
    "hospital_adt": hospital_adt,
    "council_facts": council_facts,
    "desk_entries": desk_entries,
}
"""Every source by the name that a feed profile gives it."""
