"""The ledger as people read it: for each feed, that nothing was lost, as two sums that must come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.ledgers import ledger
from ascbridge.storage.tables import intake_count

if TYPE_CHECKING:
    from sqlalchemy import Connection

MEANINGS = {
    "received": "Messages that reached this bridge whole, whatever became of them.",
    "refused": "Messages refused at the door with a negative answer that says why; the sender has them.",
    "duplicate": "Messages that had been kept before; the sender got the stored answer again.",
    "kept": "Messages written to disk before they were acknowledged.",
    "delivered": "Kept messages whose every event every reader has handled, the shared record included.",
    "no_effect": "Kept messages that say nothing for us, such as an unsupported trigger; the note says why.",
    "waiting": "Kept messages not yet translated, or with events that a reader has still to handle.",
    "held": "Kept messages that failed and are being tried again.",
    "parked": "Kept messages that wait behind a held message about the same person.",
    "dead": "Kept messages given up on after the last try; a person must look at them.",
}
"""What each word of the ledger means; the published interface description carries the same sentences."""


@dataclass(frozen=True, slots=True)
class FeedLedger:
    """One feed's ledger: ``received = refused + duplicate + kept`` and
    ``kept = delivered + no_effect + waiting + held + parked + dead``.
    """

    feed: str
    received: int
    refused: int
    duplicate: int
    kept: int
    delivered: int
    no_effect: int
    waiting: int
    held: int
    parked: int
    dead: int

    @property
    def adds_up(self) -> bool:
        """Whether both sums come out."""
        came = self.refused + self.duplicate + self.kept
        went = self.delivered + self.no_effect + self.waiting + self.held + self.parked + self.dead
        return self.received == came and self.kept == went


def ledgers(connection: Connection, feeds: tuple[str, ...] = ()) -> tuple[FeedLedger, ...]:
    """Return the ledger of every feed that ever spoke, and of `feeds` whether they did or not."""
    # Where messages stand is read before how many came: one kept in between waits, and both sums still hold.
    standing = ledger.balance(connection)
    counted: dict[str, dict[str, int]] = {}
    for feed, name, n in connection.execute(select(intake_count)):
        counted.setdefault(feed, {})[name] = n
    return tuple(
        _one(feed, counted.get(feed, {}), standing.get(feed))
        for feed in sorted({*feeds, *counted, *standing})
    )


def _one(feed: str, came: dict[str, int], stands: ledger.Balance | None) -> FeedLedger:
    kept = came.get("kept", 0)
    here = stands or ledger.Balance(0, 0, 0, 0, 0, 0, 0)
    return FeedLedger(
        feed=feed,
        received=came.get("received", 0),
        refused=came.get("refused", 0),
        duplicate=came.get("duplicate", 0),
        kept=max(kept, here.kept),
        delivered=here.delivered,
        no_effect=here.no_effect,
        waiting=here.waiting + max(0, kept - here.kept),
        held=here.held,
        parked=here.parked,
        dead=here.dead,
    )
