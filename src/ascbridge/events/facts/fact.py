"""What every fact is made of: parts, the fact itself, its stamp, and a code as somebody sent it.

This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Family = Literal["person", "referral", "discharge", "care", "task", "safeguarding"]


class Part(BaseModel):
    """A piece of a fact. Readers ignore fields they do not know; writers are held to the fields by mypy."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fact(Part):
    """One thing that is so, in the past tense. `withheld` names what a restricted person's event never carries."""

    family: ClassVar[Family]
    version: ClassVar[int] = 1
    withheld: ClassVar[frozenset[str]] = frozenset()
    seals: ClassVar[type[Part] | None] = None


class Stamp(Part):
    """What decides which of two statements is the later one; time of receipt is never in it.

    `recorded_ms` is EVN-2, else MSH-7; `sequence` is MSH-13 where the profile trusts it, else 0; `sent_ms` is
    MSH-7; `rank` puts a cancellation after what it cancels. The message id breaks the last tie. `translation` is no
    part of the order: a later translation of one message replaces all that its earlier ones said.
    """

    recorded_ms: int
    sequence: int = 0
    sent_ms: int = 0
    rank: int = 0
    translation: int = 0


class Coded(Part):
    """A code as the source sent it, and the NHS Data Dictionary code that the signed-off map gives for it.

    `code` is None where the map does not know `source_code`: the value is parked, the fact is not.
    """

    source_code: str
    code: str | None


class CouncilFact(Fact):
    """One thing that the council's case system said of a person; of two about the same thing the later one holds.

    Each says the whole of its thing as it is at `stamp`. `slot` names the kind of thing, and `about` the field that
    tells one thing of that kind from another (empty where a person has one). Dates are ISO text, as short as they came.
    """

    slot: ClassVar[str]
    about: ClassVar[str] = ""
    stamp: Stamp
    marks: tuple[str, ...] = ()
