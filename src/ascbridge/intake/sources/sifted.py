"""What a message leaves for its feed once all that is about safeguarding was taken out of it. Thinks only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ascbridge.people.stray import Stray

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile


@dataclass(frozen=True, slots=True)
class Sifted:
    """What goes behind the wall, and what is left (None: nothing that the feed is for)."""

    stray: Stray
    rest: bytes | None


def all_of(raw: bytes, profile: Profile) -> Stray:
    """Everything that came, where it cannot be told what of it is meant."""
    return Stray(profile.feed.name, sender_of(profile), raw, (), whole=True)


def sender_of(profile: Profile) -> Literal["hospital", "council"]:
    """Who sends on this feed."""
    return "hospital" if profile.feed.source == "hospital_adt" else "council"
