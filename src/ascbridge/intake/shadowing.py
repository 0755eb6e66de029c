"""What of a council message is heard, while one case system takes over from another, and what goes into shadow.

Of each event type one feed of the pair is heard (`events.switches`). What the other says of it is published on the
topic `shadow` and teaches nobody anything. Decided in the translator's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.events import switches
from ascbridge.events.catalogue import fact_name
from ascbridge.people.membership import person_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.events.switches import Pair, Switches
    from ascbridge.people.release import KnownDraft

IN_SHADOW = "in shadow: another case system is heard"
"""The note of a message of which nothing is heard."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one message says, and on which feed.

    `known` says that it was understood before: then what was heard of it then is heard of it again.
    """

    feed: str
    kept_ms: int
    known: bool
    drafts: Sequence[KnownDraft]


class Shadowing:
    """Says of every draft whether it is heard. `pair` is the cut-over that the settings name, if any."""

    def __init__(self, pair: Pair | None) -> None:
        self._pair = pair

    def place(self, connection: Connection, spoken: Sequence[Spoken]) -> list[list[KnownDraft]]:
        """Return the drafts of each message, those in shadow marked as such."""
        made = self._switches(connection, spoken)
        if made is None:
            return [list(one.drafts) for one in spoken]
        known = person_of(connection, {draft.patient_key for one in spoken for draft in one.drafts})
        return [
            [
                replace(draft, shadow=True, walled=draft.patient_key not in known)
                if self._in_shadow(made, one, draft)
                else draft
                for draft in one.drafts
            ]
            for one in spoken
        ]

    def _switches(self, connection: Connection, spoken: Sequence[Spoken]) -> Switches | None:
        """Read the switches where a message may be of a cut-over, and keep them as they are; None where none is."""
        feeds = {one.feed for one in spoken if any(_may_switch(draft) for draft in one.drafts)}
        if not feeds:
            return None
        switches.hold_still(connection)
        made = switches.load(connection, self._pair)
        return made if any(made.concern(feed) for feed in feeds) else None

    def _in_shadow(self, made: Switches, one: Spoken, draft: KnownDraft) -> bool:
        return made.in_shadow(one.feed, fact_name(type(draft.fact)), one.kept_ms if one.known else None)


def _may_switch(draft: KnownDraft) -> bool:
    return fact_name(type(draft.fact)) in switches.WORDS
