"""What the interface says of the hourly ledger."""

from __future__ import annotations

from pydantic import Field

from ascbridge.web.api_models import Model


class HourEntryOut(Model):
    """One feed's hour as it was closed or corrected.

    `chain` is SHA-256 of `previous` and of the fields before it but that, as JSON with sorted keys and no spaces.
    """

    number: int
    feed: str
    hour_ms: int = Field(description="When the hour began, UTC epoch milliseconds")
    kind: str = Field(description="closed or correction")
    corrects: int = Field(description="The number of the entry of that hour that it corrects, or 0")
    sealed_ms: int
    counts: dict[str, int] = Field(description="How many messages, by word; the ledger page defines each")
    digests: dict[str, str] = Field(description="SHA-256 over the ids that were counted, sorted, one a line")
    previous: str
    chain: str


class HoursOut(Model):
    """Entries, and where the chain ends."""

    entries: list[HourEntryOut]
    number: int = Field(description="The number of the last entry there is")
    head: str = Field(description="Its hash; empty where there is none")
    signature: str = Field(description="Of the head, with the bridge's master key")


class MissingOut(Model):
    """Something that was dropped between two hops."""

    hop: str = Field(description="kept, understood, log, read, record or entry")
    feed: str = Field(description="Empty where it came from no feed")
    hour_ms: int
    message_id: str = Field(description="Empty where only a count tells of it")
    reader: str = Field(description="Who owes the effect; of hop entry the entry's number")
    count: int
    found_ms: int
    said: str = Field(description="What is missing, in words")
