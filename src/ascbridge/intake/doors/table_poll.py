"""Reads one table of a council's database: what changed since the last time, and now and then all of it.

Nothing that was seen is lost: how far a table is read moves in the transaction in which what was read is kept, and
what is read twice is known by its row. Which rows a reading cannot see, and what finds them then, is decision 0023.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import orjson

from ascbridge import telemetry
from ascbridge.intake.databases import polled
from ascbridge.intake.databases.council_database import NoAnswer, missing_columns
from ascbridge.intake.databases.database_queries import (
    HIDDEN,
    After,
    any_time,
    as_column,
    as_moment,
    columns,
    now_and_floor,
    page,
)
from ascbridge.intake.databases.polled import FreshRow
from ascbridge.intake.databases.table_sweep import STALE_MS, Notes, Sweep, stored
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.intake.keeping.unmapped import note_columns
from ascbridge.intake.rows.database_rows import row_said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.intake.databases.council_database import CouncilDatabase
    from ascbridge.intake.databases.polled import Progress
    from ascbridge.intake.keeping.intake_desk import Beside
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.rows.database_rows import RowSaid
    from ascbridge.intake.sources.profile import Profile, TableSection

Found = TypeVar("Found")
_log = telemetry.log("table_poll")
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
"""Before the first row of any case system; SQL Server knows no time before 1753."""
CLOCKS_CHANGE = timedelta(hours=1)
LOOK_AGAIN_S = 900
"""After so long a table of which too much had gone is swept again."""
NOTE_EVERY_S = 10.0
"""How often it is written down how far a sweep has got: at the most so much of it is done again after a restart."""


class Shelf(Notes, Protocol):
    """Where what is read is kept, and how far it was read beside it."""

    async def keep(self, arrivals: Sequence[Arrival], beside: Beside) -> None:
        """Keep what arrived and do what is beside it in one transaction, whole or not at all."""

    async def read(self, question: Callable[[Connection], Found]) -> Found:
        """Look something up in what is kept."""

    async def write(self, work: Callable[[Connection], Found]) -> Found:
        """Note something in what is kept."""

    def digest(self, content: bytes) -> str:
        """The keyed hash by which this content is known again."""

    def now_ms(self) -> int:
        """Now, in UTC epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard a council's database is leaned on, and how many rows may vanish at once before we ask why."""

    rows: int = 200
    pause_s: float = 0.05
    sweep_s: float = 86_400
    gone_percent: float = 10


class TablePoll:
    """Reads one table of a profile."""

    def __init__(
        self, database: CouncilDatabase, profile: Profile, section: TableSection, shelf: Shelf, pace: Pace
    ) -> None:
        self._database, self._profile, self._section = database, profile, section
        self._shelf, self._pace = shelf, pace
        self._feed = profile.feed.name
        self._progress: Progress | None = None
        self._sweep: Sweep | None = None
        self._aware: bool | None = None
        self._told: tuple[str, ...] = ()
        self._now = FIRST
        self._look_again_s = self._noted_s = 0.0
        self.suspicion = ""
        """What the last sweep found that a person must look at; empty where it found nothing."""

    @property
    def name(self) -> str:
        """The table's name, as the profile has it."""
        return self._section.table

    def forget(self) -> None:
        """Begin again from what is stored: after a fault, or when another process read meanwhile."""
        self._progress = self._sweep = None

    # -- what changed -----------------------------------------------------------------------------------------------

    async def poll(self) -> None:
        """Read what changed since the last time. Raises `NoAnswer`, `Overtaken`, and what our own database raises."""
        await self._look_at_columns()
        progress = await self._load()
        if self._section.change is None:
            (now,) = await self._one(now_and_floor(self._section, self._database.dialect))
            self._now = as_moment(now)
            return
        begun = await self._begin(progress)
        if begun is None:
            return
        progress, lower = begun
        after: After | None = None
        while True:
            rows, more = await self._page(lower, after)
            if rows:
                last = self._after(rows[-1])
                if last == after:
                    raise NoAnswer("its changes are told finer than we can compare: round them in the view")
                after = last
                progress = await self._take(rows, replace(progress, reached=self._reached(after)))
            if not more:
                break
            await asyncio.sleep(self._pace.pause_s)
        done = replace(progress, since=progress.upto, reached="", upto="")
        self._progress = await self._move(progress, done)

    async def _begin(self, progress: Progress) -> tuple[Progress, Any] | None:
        """Take up what was begun, or begin anew; None where there is nothing to read."""
        change = self._section.change
        assert change is not None
        follows = f"{change.kind} {change.column}"
        if progress.follows != follows:
            progress = replace(progress, follows=follows, since="", reached="", upto="")
        now, *floor = await self._one(now_and_floor(self._section, self._database.dialect))
        self._now = as_moment(now)
        if change.kind == "time":
            if not await self._knows_zone():
                return None
            upto: Any = as_column(self._now, change.zone, aware=bool(self._aware))
        else:
            upto = int(floor[0])
        if progress.reached and progress.upto:
            return progress, self._of_text(progress.reached)
        lower = self._lower(self._of_text(progress.since), upto)
        return replace(progress, upto=_as_text(upto)), lower

    def _lower(self, since: Any, upto: Any) -> Any:
        """Where to begin: below it nothing can show any more that was not there the last time."""
        change = self._section.change
        assert change is not None
        if change.kind != "time":
            if since is not None and since > upto:
                _log.warning("its transactions are counted anew; everything is read again", feed=self._feed)
                return 0
            return since or 0
        if since is None:
            return as_column(FIRST, change.zone, aware=bool(self._aware))
        overlap = timedelta(minutes=change.overlap_minutes)
        if not self._aware and change.zone != "UTC":
            overlap += CLOCKS_CHANGE
        return min(since, upto) - overlap

    async def _knows_zone(self) -> bool:
        """See whether the column of changes has a zone; whether there is any row to tell by."""
        if self._aware is None:
            found = await self._database.ask(any_time(self._section))
            if not found:
                return False
            if not isinstance(found[0][0], datetime):
                raise NoAnswer("the column of changes holds no times")
            self._aware = found[0][0].tzinfo is not None
        return True

    def _of_text(self, text: str) -> Any:
        if not text:
            return None
        assert self._section.change is not None
        return datetime.fromisoformat(text) if self._section.change.kind == "time" else int(text)

    def _after(self, row: tuple[Any, ...]) -> After:
        return After(row[0], row[1 : 1 + len(self._section.key)])

    def _reached(self, after: After) -> str:
        """How far that is, without the key, which may be somebody's number; `xmin` is not read in its own order."""
        assert self._section.change is not None
        return "" if self._section.change.kind == "xmin" else _as_text(after.change)

    # -- all of it ----------------------------------------------------------------------------------------------------

    async def sweep(self, until_s: float) -> None:
        """Read the whole table where that is due, a page at a time until `until_s` (monotonic). Raises as `poll`."""
        progress = await self._load()
        self._sweep = self._sweep or await self._begun_now(progress)
        if self._sweep is None:
            return
        while not self._sweep.read_through:
            rows, more = await self._page(None, self._sweep.after)
            if rows:
                self._sweep.after = self._after(rows[-1])
                progress = await self._take(rows, progress, polled_now=False)
            self._sweep.read_through = not more
            if more and time.monotonic() >= until_s:
                if time.monotonic() - self._noted_s >= NOTE_EVERY_S:
                    await self._note(self._sweep, progress)
                return
            await asyncio.sleep(self._pace.pause_s)
        await self._finish(self._sweep, progress)

    async def _begun_now(self, progress: Progress) -> Sweep | None:
        if not self._due(progress):
            return None
        return Sweep(await self._shelf.read(polled.last_position), self._shelf.now_ms())

    async def _note(self, sweep: Sweep, progress: Progress) -> Progress:
        """Write down how far a sweep has got, and return how far the table is read. Raises `Overtaken`."""

        def work(connection: Connection) -> Progress:
            self._note_beside(connection, sweep)
            return polled.move(connection, self._feed, self.name, progress, progress)

        self._progress = await self._shelf.write(work)
        self._noted_s = time.monotonic()
        return self._progress

    def _note_beside(self, connection: Connection, sweep: Sweep) -> None:
        now = sweep.to_store(self.name, self._profile.text_sha256, self._shelf)
        if now is not None:
            polled.keep_sweep(connection, self._feed, self.name, now)

    def _due(self, progress: Progress) -> bool:
        """Whether a sweep is due: by time, or because the profile was mended and may understand more."""
        if time.monotonic() < self._look_again_s:
            return False
        if progress.swept_ms is None or progress.profile != self._profile.text_sha256:
            return True
        return self._shelf.now_ms() - progress.swept_ms >= self._pace.sweep_s * 1000

    async def _finish(self, sweep: Sweep, progress: Progress) -> None:
        """Note the rows that the sweep no longer found; where they are too many a person is asked first."""
        known, missing = await self._shelf.read(lambda c: sweep.compare(c, self._feed, self.name))
        self._sweep = None
        if len(missing) > max(sweep.FEW, known * self._pace.gone_percent / 100):
            await self._shelf.write(lambda c: polled.end_sweep(c, self._feed, self.name))
            self.suspicion = f"{len(missing)} of {known} rows have gone at once: is it being loaded anew?"
            self._look_again_s = time.monotonic() + LOOK_AGAIN_S
            _log.error("rows gone, not noted", feed=self._feed, count=len(missing))
            return
        self.suspicion = ""
        now_ms = self._shelf.now_ms()

        def work(connection: Connection) -> Progress:
            if missing:
                polled.mark_gone(connection, [position for position, _ in missing], now_ms)
            polled.end_sweep(connection, self._feed, self.name)
            now = replace(progress, swept_ms=now_ms, profile=self._profile.text_sha256)
            return polled.move(connection, self._feed, self.name, progress, now)

        self._progress = await self._shelf.write(work)
        for _, message_id in missing:
            _log.warning("row gone", feed=self._feed, message_id=message_id)
        telemetry.polled_rows.labels(self._feed, "gone").inc(len(missing))

    # -- rows ---------------------------------------------------------------------------------------------------------

    async def _look_at_columns(self) -> None:
        """Hold the table to the profile; tell once of columns that the profile does not know. Raises `NoAnswer`."""
        section = self._section
        found = await self._database.names(columns(section))
        change = [section.change.column] if section.change is not None else []
        wanted = [name for name in (*section.key, *change, *section.columns) if name != HIDDEN]
        if missing := missing_columns(found, wanted):
            raise NoAnswer(f"columns are missing: {', '.join(missing)}")
        new = tuple(name for name in found if name not in wanted)
        if new != self._told:
            self._told = new
            _log.warning(
                "table has columns that the profile does not know", feed=self._feed, count=len(new),
                reason=f"{self.name}: {', '.join(new)}",
            )  # fmt: skip
            told = [(f"{self.name}: {name}", "", 1) for name in new]
            await self._shelf.write(lambda c: note_columns(c, self._feed, told, self._shelf.now_ms()))

    async def _page(self, lower: Any, after: After | None) -> tuple[list[tuple[Any, ...]], bool]:
        """Return the next rows, and whether there are more. Raises `NoAnswer` where the key tells no rows apart."""
        limit, keys = self._pace.rows, len(self._section.key)
        rows = await self._database.ask(page(self._section, limit + 1, lower=lower, after=after))
        marks = [row[1 : 1 + keys] for row in rows]
        if any(value is None for mark in marks for value in mark):
            raise NoAnswer("a row has no key: name columns that are never empty")
        if len(set(marks)) < len(marks):
            raise NoAnswer("two rows have one key: name the columns that tell rows apart")
        return rows[:limit], len(rows) > limit

    async def _take(
        self, rows: Sequence[tuple[Any, ...]], reached: Progress, *, polled_now: bool = True
    ) -> Progress:
        """Keep what is new of some rows, and with it how far the table is read; return that.

        A poll may meet a row that came back where the sweep under way has been already, and meets it once: so that it
        was seen is written down before the poll goes on, or after a restart it would be taken for gone.
        """
        keys = len(self._section.key)
        names = [
            self._shelf.digest(b"row " + orjson.dumps([str(one) for one in row[1 : 1 + keys]]))
            for row in rows
        ]
        known = await self._shelf.read(lambda c: polled.known(c, self._feed, self.name, names))
        news = self._sweep is not None and self._sweep.saw(one.position for one in known.values())
        seen = self._sweep if news and polled_now else None
        fresh = []
        for name, row in zip(names, rows, strict=True):
            said, before = row_said(self._section, row[1 + keys :]), known.get(name)
            if before is None or before.gone or before.digest not in self._digests(said):
                fresh.append(FreshRow(name, said, before))
        telemetry.polled_rows.labels(self._feed, "unchanged").inc(len(rows) - len(fresh))
        if not fresh:
            return reached if seen is None else await self._note(seen, reached)
        moved = await self._keep(fresh, reached, seen)
        telemetry.polled_rows.labels(self._feed, "changed").inc(len(fresh))
        return moved

    def _digests(self, said: RowSaid) -> tuple[str, str]:
        """By what a row is known again: as one that was kept, and as one that this very profile refused."""
        content = said.content
        refused = b"refused " + self._profile.text_sha256.encode() + content
        return self._shelf.digest(content), self._shelf.digest(refused)

    async def _keep(self, fresh: Sequence[FreshRow], reached: Progress, seen: Sweep | None) -> Progress:
        read_ms = round(self._now.timestamp() * 1000) if self._section.recorded == "when-read" else None
        recorded = [one.recorded_ms(read_ms) for one in fresh]
        arrivals = [
            Arrival(one.said.payload(recorded_ms=at), self.name, refused=one.said.fault)
            for one, at in zip(fresh, recorded, strict=True)
        ]
        moved = reached

        def beside(connection: Connection, results: Sequence[Kept]) -> None:
            nonlocal moved
            moved = polled.move(connection, self._feed, self.name, reached, reached)
            rows = [
                one.kept(result, at, self._digests(one.said))
                for one, at, result in zip(fresh, recorded, results, strict=True)
            ]
            polled.note(connection, self._feed, self.name, rows)
            if seen is not None:
                self._note_beside(connection, seen)

        await self._shelf.keep(arrivals, beside)
        self._progress = moved
        return moved

    # -- how far ------------------------------------------------------------------------------------------------------

    async def _load(self) -> Progress:
        """How far the table is read; with it comes the sweep that was under way when somebody stopped."""
        if self._progress is None:
            oldest_ms = self._shelf.now_ms() - STALE_MS
            found = await self._shelf.write(lambda c: polled.sweep(c, self._feed, self.name, oldest_ms))
            self._sweep = stored(found, self.name, self._profile.text_sha256, self._shelf)
            self._noted_s = time.monotonic()
            self._progress = await self._shelf.read(lambda c: polled.progress(c, self._feed, self.name))
        return self._progress

    async def _move(self, was: Progress, now: Progress) -> Progress:
        return await self._shelf.write(lambda c: polled.move(c, self._feed, self.name, was, now))

    async def _one(self, question: Any) -> tuple[Any, ...]:
        (row,) = await self._database.ask(question)
        return row


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
