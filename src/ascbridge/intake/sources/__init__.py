"""The source systems that the bridge understands, one module each: `check` at the door, `translate` into our words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ascbridge.intake.sources import council_facts, hospital_adt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.events.envelope import Ref
    from ascbridge.intake.sources.door import Door, Translation
    from ascbridge.intake.sources.profile import Profile


class Source(Protocol):
    """What a source module offers. Both functions follow from bytes and profile alone."""

    def check(self, raw: bytes, profile: Profile) -> Door:
        """Let a message in, or raise `SourceFault`."""

    def translate(self, raw: bytes, profile: Profile, keys: Mapping[Ref, str]) -> Translation:
        """Say what a message that was let in means."""


SOURCES: dict[str, Source] = {
    "hospital_adt": hospital_adt,
    "council_facts": council_facts,
}
"""Every source by the name that a feed profile gives it."""
