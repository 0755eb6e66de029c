"""Looks whether anything is missing between two hops, and makes sure of it before it says so. Changes nothing.

What is in this database is judged at once. Whether Kafka has a record is not asked: what has left the outbox is missing
where its reader has since read all that its topics held, and the effect is still owed.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.events.ledgers import hour_count, hour_gaps
from ascbridge.events.ledgers.hour_gaps import Look, Missing, Span, Unsure
from ascbridge.events.logs.envelope import first_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ascbridge.events.ledgers.hour_count import Counted
    from ascbridge.events.logs.log import EventLog
    from ascbridge.storage.database import Database

SURE_AFTER_S = 0.25
"""What is suspected is looked at again after this."""
LEAVES_TO_OTHERS = 19
"""How many times as long as a portion took is waited after it: no more than a twentieth of a processor is taken, also
where weeks of hours are to be counted.
"""
REMEMBERED = 500


class HourWatch:
    """Looks at messages, kept or not. It remembers of which a reader on Kafka was still on its way."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        readers: Mapping[str, tuple[str, ...]],
        translator: str,
        *,
        leaves_to_others: float = LEAVES_TO_OTHERS,
    ) -> None:
        """Look at what `readers` (by name, and which topics each reads) and the translator have made of messages."""
        self._database, self._log = database, log
        self._readers, self._translator = readers, translator
        self._rests = leaves_to_others
        self._on_its_way: dict[tuple[str, str], tuple[Unsure, Mapping[str, Mapping[int, int]]]] = {}

    async def missing(self, since_ms: int, until_ms: int) -> list[Missing]:
        """Return what is missing of the messages of a time (UTC ms), and of those to which most has been owed."""
        spans = [Span(ids=ids)] if (ids := await self._database.read(hour_gaps.oldest_owed)) else []
        suspects = await self._suspects([*spans, Span(first_id(since_ms), first_id(max(since_ms, until_ms)))])
        return await self.sure_of(suspects)

    async def sure_of(self, suspects: Iterable[Missing]) -> list[Missing]:
        """Return which of these are missing after a moment too."""
        ids = tuple(sorted({one.message_id for one in suspects if one.message_id}))
        if not ids:
            return []
        await asyncio.sleep(SURE_AFTER_S)
        still: set[Missing] = set()
        for start in range(0, len(ids), 200):
            still |= set(await self._suspects([Span(ids=ids[start : start + 200])]))
        gone = [one for one in suspects if one.hop == "kept" and one.message_id]
        if gone:  # nothing but the mark of its retransmission may be left of it
            known = await self._suspects([Span(one.message_id, one.message_id + "~") for one in gone])
            still |= {one for one in known if one.hop == "kept"}
        return sorted(
            set(suspects) & still, key=lambda one: (one.hour_ms, one.message_id, one.hop, one.reader)
        )

    async def count(self, hour_ms: int) -> dict[str, Counted]:
        """Count an hour anew, in portions after each of which others have their turn."""
        tally = await self._database.read(partial(hour_count.begin, hour_ms=hour_ms))
        while tally.after is not None:
            begun = asyncio.get_running_loop().time()
            await self._database.read(partial(hour_count.count_some, tally=tally))
            await asyncio.sleep((asyncio.get_running_loop().time() - begun) * self._rests)
        return tally.counted()

    async def _suspects(self, spans: Iterable[Span]) -> list[Missing]:
        found: list[Missing] = []
        for span in spans:
            rest: Span | None = span
            while rest is not None:
                looked = await self._look(rest)
                found += looked.missing
                found += await self._gone_past(looked)
                rest = None if looked.upto is None else Span(looked.upto + "~", rest.before)
        return found

    async def _look(self, span: Span) -> Look:
        return await self._database.read(lambda c: hour_gaps.look(c, span, self._readers, self._translator))

    async def _gone_past(self, looked: Look) -> list[Missing]:
        """Return what left the outbox and whose reader has read everything since; remember the rest."""
        found = []
        fresh = []
        for one in looked.unsure:
            key = (one.what.event_id or one.what.message_id, one.what.reader)
            before = self._on_its_way.pop(key, None)
            if before is not None and hour_gaps.passed(one, looked.positions, before[1]):
                found.append(one.what)
            if before is not None:
                self._on_its_way[key] = before
            else:
                fresh.append((key, one))
        topics = {topic for _, one in fresh for topic in one.topics}
        # Asked for after the look: whatever had left the outbox by then is before these ends.
        ends = {
            topic: {part: end for part, (_, end) in (await self._log.bounds(topic)).items()}
            for topic in sorted(topics)
        }
        for key, one in fresh:
            self._on_its_way[key] = (one, ends)
        while len(self._on_its_way) > REMEMBERED:
            self._on_its_way.pop(next(iter(self._on_its_way)))
        return found
