"""Builds a shadow: the bridge's derived state made again from what is kept, with other maps, rules or lists.

The shadow's folder has links to the messages and keys that `listen` writes, which are only read, and a database of its
own. It is built by a process of its own at the lowest priority, which gives way while the running bridge is behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import getpass
import os
import shutil
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ascbridge import __version__, telemetry
from ascbridge.bootstrap.parts import proving, settled
from ascbridge.bootstrap.parts.claims import claimed
from ascbridge.bootstrap.parts.ground import COLLECT_AFTER, READERS, open_ground
from ascbridge.bootstrap.shadow import candidates
from ascbridge.bootstrap.shadow.pacing import LOOK_EVERY_S, GivesWay, Meter
from ascbridge.events.logs.log import INBOUND, Assignment
from ascbridge.events.logs.log_table import LogTable
from ascbridge.events.logs.outbox import Outbox
from ascbridge.operations.finding.find_streams import Span, within_days
from ascbridge.operations.shadow import shadows
from ascbridge.operations.shadow.playing import MovingClock
from ascbridge.operations.shadow.rebuilding import CARRIED, Decided, PartOfLog, Rebuilding
from ascbridge.operations.shadow.shadows import NoShadow, Plan, Progress, Shadow
from ascbridge.people import links, membership, objections, ownership, restrictions
from ascbridge.people.actor import Actor
from ascbridge.storage import carrying, migration
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.files import sqlite_file
from ascbridge.storage.tables import link, message, people_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.bootstrap.shadow.pacing import Pace
    from ascbridge.config import Settings

_log = telemetry.log("time_machine")
LOWEST = 19
ROOM_TO_SPARE, ROOM_LEFT = 1.2, 256_000_000
"""A shadow takes about what it is derived again from; so many bytes must be free beside it, for the running bridge."""
_WHO = Actor("time machine", "it-operations", "shadow")


def plan(
    settings: Settings,
    name: str,
    files: Sequence[Path] = (),
    *,
    from_ms: int | None = None,
    to_ms: int | None = None,
    rate: int = 0,
) -> Shadow:
    """Take down what a shadow is to be made of. Raises `NoShadow`, `ConfigError` with every fault of the files."""
    _possible(settings)
    if from_ms is not None and to_ms is not None and to_ms <= from_ms:
        raise NoShadow("the period ends before it begins")
    read = candidates.read(files)
    told = tuple(one.told for one in read)
    made_ms = settled.clock_of(settings).now_ms()
    wanted = Plan(name, __version__, getpass.getuser(), made_ms, told, from_ms, to_ms, rate)
    with _live(settings) as live:
        _room(settings, live, wanted)
    shadows.begin(settings.data_dir, wanted, {one.told.file: one.text for one in read})
    return shadows.find(settings.data_dir, name)


def _possible(settings: Settings) -> None:
    if settings.on_postgres:
        raise NoShadow(
            "a shadow is built on the files of one machine. On PostgreSQL restore a copy beside it, and change the "
            "copy (docs/how-to/try-a-change.md)"
        )
    if settings.cutover.old:
        raise NoShadow(
            "a change of case systems is under way: which of the two is heard follows from switches by hand, which a "
            "shadow does not make again. Use `ascbridge cutover rehearse`"
        )
    proving.files_are_there(settings)


@contextlib.contextmanager
def _closing(database: SqliteDatabase) -> Iterator[SqliteDatabase]:
    try:
        yield database
    finally:
        asyncio.run(database.close())


def _live(settings: Settings) -> contextlib.AbstractContextManager[SqliteDatabase]:
    """The running bridge's database, to be read."""
    attached = {name: settled.file_of(settings, name) for name in ("kept", "keys")}
    return _closing(SqliteDatabase(settled.file_of(settings, "bridge"), attached=attached, writable=False))


def _room(settings: Settings, live: SqliteDatabase, wanted: Plan) -> None:
    """Refuse where there is no room for what would be made. Raises `NoShadow`."""
    size = settled.file_of(settings, "bridge").stat().st_size
    table = LogTable("", 1)
    every = live.read_now(lambda c: table.bounds(c, INBOUND))[0][1]
    end = _first_after(live, table, wanted.to_ms) if wanted.to_ms is not None else every
    needed = int(size * ROOM_TO_SPARE * end / max(1, every)) + ROOM_LEFT
    free = shutil.disk_usage(settings.data_dir).free
    if free < needed:
        raise NoShadow(
            f"{settings.data_dir} has {free // 1_000_000} MB free, and {needed // 1_000_000} MB are needed: make room, "
            "or bound the period (--to)"
        )


def _first_after(live: SqliteDatabase, table: LogTable, at_ms: int) -> int:
    return live.read_now(lambda c: table.first_at(c, Assignment(INBOUND, 0), at_ms))


def build(
    settings: Settings,
    shadow: Shadow,
    *,
    follow: bool = False,
    say: Callable[[Progress], None] = lambda _: None,
    pace: Callable[[SqliteDatabase, int], Pace] = GivesWay,
) -> Progress:
    """Build a shadow, or go on with it, to its end or until somebody asks it to stop. Returns how far it is.

    With `follow` it goes on with what comes in until it is asked to stop. Raises `NoShadow`, and `ConfigError` where
    the files it is made with no longer fit.
    """
    _possible(settings)
    os.nice(max(0, LOWEST - os.nice(0)))
    with claimed(shadow.folder, "shadow", patience_s=0), _live(settings) as live, _collecting_seldom():
        shadows.go_on(shadow.folder)
        _make_files(settings, shadow)
        clock = MovingClock()
        try:
            ground = _ground(settings, shadow, clock)
            try:
                return _built(settings, shadow, ground, live, clock, follow=follow, say=say, pace=pace)
            finally:
                asyncio.run(ground.database.close())
        except (SQLAlchemyError, OSError) as fault:
            before = shadows.progress_of(shadow.folder)
            if before is not None:
                now_ms = settled.clock_of(settings).now_ms()
                told = replace(before, state="failed", fault=type(fault).__name__, changed_ms=now_ms)
                with contextlib.suppress(OSError):  # the disk is full: that is said below
                    shadows.note(shadow.folder, told)
            raise NoShadow(
                f"the shadow could not be built: {type(fault).__name__}; go on with it later"
            ) from fault


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Look for garbage as seldom as a running bridge does: a batch makes much that is none, and is gone after it."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _make_files(settings: Settings, shadow: Shadow) -> None:
    """Make the shadow's own database with what is carried over, and links to what is only read."""
    for group in ("kept", "keys"):
        there = sqlite_file(shadow.folder, group)
        if not there.is_symlink():
            there.symlink_to(settled.file_of(settings, group).resolve())
    bridge = sqlite_file(shadow.folder, "bridge")
    if not bridge.exists():
        beside = bridge.with_name("new.db")
        for left in shadow.folder.glob("new.db*"):
            left.unlink()  # of a beginning that was cut off
        migration.upgrade_file(beside, "bridge")
        carrying.carry(settled.file_of(settings, "bridge"), beside, CARRIED)
        candidates.load_lists(beside, shadow)
        candidates.load_profiles(beside, settings, shadow)
        beside.rename(bridge)


def inside(settings: Settings, shadow: Shadow) -> Settings:
    """Return settings under which everything that is written is in the shadow's folder."""
    return settings.model_copy(
        update={
            "data_dir": shadow.folder,
            "master_key_file": settled.master_key_path(settings).resolve(),
            "erasures_file": None,
            "workers": 0,
        }
    )


def _ground(settings: Settings, shadow: Shadow, clock: MovingClock) -> Ground:
    ground = open_ground(inside(settings, shadow), clock)
    outbox = Outbox(1, ground.desk.prefix, READERS)  # no hospital is told anything by a shadow
    desk = replace(candidates.desk_with(ground.desk, settings, shadow), outbox=outbox)
    ground.desk, ground.door = desk, candidates.door_with(replace(ground.door, desk=desk), shadow)
    return ground


def _built(
    settings: Settings,
    shadow: Shadow,
    ground: Ground,
    live: SqliteDatabase,
    clock: MovingClock,
    *,
    follow: bool,
    say: Callable[[Progress], None],
    pace: Callable[[SqliteDatabase, int], Pace],
) -> Progress:
    bridge, real, wanted = ground.database, settled.clock_of(settings), shadow.plan
    assert isinstance(bridge, SqliteDatabase)
    table = LogTable(ground.desk.prefix, 1)
    to_ms = wanted.to_ms if wanted.to_ms is not None else real.now_ms() + 1
    only = (
        live.read_now(partial(_of_period, table=table, plan=wanted)) if wanted.from_ms is not None else None
    )
    translator, reception = ground.translator(), ground.engine()
    translator.readings.go_by(real.now_ms)
    translator.relearn(candidates.profiles_with(settings, shadow))
    first_after = partial(_first_after, live, table)
    end = first_after(wanted.to_ms) if wanted.to_ms is not None else live.read_now(partial(_end, table=table))
    rebuilding = Rebuilding(
        bridge=bridge,
        log=PartOfLog(table, end, only),
        clock=clock,
        translator=translator,
        reception=reception,
        handlers=(reception, ground.projection()),
        decided=[one for one in _decided(live, ground) if one.at_ms < to_ms],
        first_after=first_after,
        end=end,
        done=shadow.progress.decided if shadow.progress else 0,
    )
    meter = Meter(shadow, rebuilding, real.now_ms, only, say)
    pacing, played = pace(live, wanted.rate), 0
    while not shadows.asked_to_stop(shadow.folder):
        if rebuilding.step():
            meter.look()
            pacing.rest(rebuilding.messages - played)
            played = rebuilding.messages
        elif follow and wanted.to_ms is None:
            meter.look()
            time.sleep(LOOK_EVERY_S)
            rebuilding.lengthen(live.read_now(partial(_end, table=table)))
        else:
            rebuilding.finish(wanted.to_ms if wanted.to_ms is not None else real.now_ms())
            return meter.note("built")
    shadows.go_on(shadow.folder)
    return meter.note("stopped")


def _end(connection: Connection, table: LogTable) -> int:
    return table.bounds(connection, INBOUND)[0][1]


def _of_period(connection: Connection, table: LogTable, plan: Plan) -> list[int]:
    """Return the positions of all messages, up to the end, about people of whom one came in the period."""
    inbox = Assignment(INBOUND, 0)
    first = table.first_at(connection, inbox, plan.from_ms or 0)
    end = table.first_at(connection, inbox, plan.to_ms) if plan.to_ms is not None else _end(connection, table)
    rows = connection.execute(
        select(message.c.position, message.c.lane).where(
            message.c.position >= first, message.c.position < end
        )
    )
    found, lanes = set[int](), set[str]()
    for position, lane in rows:
        found.add(position)
        lanes.add(lane)
    people = set(membership.person_of(connection, lanes).values())
    keys = {key for each in membership.keys_of(connection, people).values() for key in each} | lanes
    days = within_days(connection, Span())
    for some in _chunks(sorted(keys)):
        wanted = select(message.c.position).where(days, message.c.lane.in_(some), message.c.position < end)
        found.update(connection.execute(wanted).scalars())
    return sorted(found)


def _chunks(keys: Sequence[str], most: int = 500) -> Iterator[Sequence[str]]:
    for first in range(0, len(keys), most):
        yield keys[first : first + most]


def _decided(live: SqliteDatabase, ground: Ground) -> list[Decided]:
    """Return what people decided about who is who, who is restricted and who objects, in the order of its time."""
    desk, keyring = ground.desk, ground.keyring

    def join(connection: Connection, low: str, high: str, joined: int, at_ms: int) -> None:
        decide = links.link if joined else links.unlink
        with contextlib.suppress(links.DecisionRefused):  # one of the two is not in this shadow
            events = decide(
                connection,
                keyring,
                low,
                [high],
                actor=_WHO,
                why="decided before",
                prefix=desk.prefix,
                now_ms=at_ms,
            )
            desk.outbox.emit(connection, events, at_ms)

    def lift(connection: Connection, request_id: str, person_id: str, at_ms: int) -> None:
        keys = membership.keys_of(connection, [person_id]).get(person_id, ())
        if keys:
            events = restrictions.lift(connection, request_id, keys, desk.data_keys, desk.prefix, at_ms)
            desk.outbox.emit(connection, events, at_ms)

    def wish(connection: Connection, one: objections.Stated) -> None:
        events = objections.say_again(connection, one, desk.data_keys, desk.prefix)
        desk.outbox.emit(connection, events, one.at_ms)

    said = select(link.c.low, link.c.high, link.c.joined, link.c.said_ms).where(link.c.statement == "decided")
    lifted = select(people_request.c.request_id, people_request.c.person_id, people_request.c.done_ms).where(
        people_request.c.kind == "lift-restriction", people_request.c.state == "done"
    )
    # First of one moment: what is told apart with them is worked out with the number withheld already.
    found = [
        Decided(one.at_ms, partial(ownership.say_again, one=one)) for one in live.read_now(ownership.standing)
    ]
    found += [
        Decided(row.said_ms, partial(join, low=row.low, high=row.high, joined=row.joined, at_ms=row.said_ms))
        for row in live.read_now(lambda c: list(c.execute(said)))
    ]
    found += [
        Decided(
            row.done_ms, partial(lift, request_id=row.request_id, person_id=row.person_id, at_ms=row.done_ms)
        )
        for row in live.read_now(lambda c: list(c.execute(lifted)))
        if row.done_ms is not None
    ]
    found += [Decided(one.at_ms, partial(wish, one=one)) for one in live.read_now(objections.stated_here)]
    return sorted(found, key=lambda one: one.at_ms)
