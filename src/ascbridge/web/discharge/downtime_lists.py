"""Lists for the hours when nothing works: a printable file a team, written anew every so often into a protected folder.

A desk that has lost the bridge, its network or its machine opens the last file and goes on by telephone. Each page that
is printed says of what time it is and which feeds had been silent by then. What stands there is what the discharge team
sees on its worklist and no more; a restricted person's place stands nowhere. (DCB0160: continuity; hazards.toml.)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
from functools import partial
from typing import TYPE_CHECKING, Any

from ascbridge import telemetry
from ascbridge.access import Access
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.operations.flowing import flows
from ascbridge.people.actor import Actor
from ascbridge.web.discharge.holds_shown import holds_shown
from ascbridge.web.layout import render
from ascbridge.web.people.alike import alike
from ascbridge.web.people.people_shown import people_shown

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import View, WorklistRow
    from ascbridge.web.parts import WebParts

_log = telemetry.log("downtime_lists")
SECTIONS: tuple[tuple[View, str], ...] = (
    ("open", "Open, soonest due first"),
    ("paused", "Paused, by the hospital or the team"),
)
_AT_ONCE = 200


class UnsafeFolder(Exception):
    """A folder that must not hold people's names; the text says why, and what to do."""


class DowntimeLists:
    """Keeps one file a team in `folder` (none: nothing is written), no older than `every_s` seconds.

    `trouble` says in words why the files are not being written; empty while they are.
    """

    def __init__(self, folder: Path | None, every_s: float) -> None:
        self.trouble = ""
        self._folder = folder
        self._every_s = every_s

    async def run(self, parts: WebParts, stop: asyncio.Event) -> None:
        """Write now and every so often, until told to stop. What goes wrong is told, and tried again."""
        while not stop.is_set():
            if self._folder is not None:
                await self._try(parts, self._folder)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every_s)

    async def _try(self, parts: WebParts, folder: Path) -> None:
        try:
            await write(parts, folder)
        except (OSError, UnsafeFolder) as fault:
            self._failed(str(fault) if isinstance(fault, UnsafeFolder) else f"{folder}: {fault.strerror}")
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            self._failed(reason_of(fault))
        else:
            self.trouble = ""

    def _failed(self, why: str) -> None:
        self.trouble = f"the lists for downtime are not written: {why}"
        _log.error("downtime lists not written", reason=why)


async def write(parts: WebParts, folder: Path) -> list[Path]:
    """Write every team's list and say so in the audit. Returns the files. Raises `UnsafeFolder` or `OSError`."""
    await asyncio.to_thread(_see_that_it_is_safe, folder)
    written = []
    lists = await parts.database.read(parts.desk.reference_now)
    for team in lists.working_teams(parts.clock.now_ms()):
        page, count = await parts.database.read(partial(_page, parts=parts, team=team))
        path = folder / file_name(team)
        await asyncio.to_thread(_put, path, page)
        written.append(path)
        told = f"{count} tasks in {path.name}"
        await parts.database.write(partial(_tell, parts=parts, told=told))
    return written


def file_name(team: str) -> str:
    """Return what a team's file is called: ``community-discharge-team.html``."""
    return re.sub(r"[^a-z0-9]+", "-", team.lower()).strip("-") + ".html"


def _page(connection: Connection, parts: WebParts, team: str) -> tuple[str, int]:
    now_ms = parts.clock.now_ms()
    lists = Lists(now_ms, team)
    sections = [(title, _every(connection, view, lists)) for view, title in SECTIONS]
    rows = [row for _, some in sections for row in some]
    keys = [row.patient_key for row in rows]
    people = people_shown(connection, parts.data_keys, keys, Access.full, now_ms)
    values: dict[str, Any] = {
        "team": team,
        "now_ms": now_ms,
        "council": parts.settings.council.name,
        "invented": parts.settings.invented_people,
        "sections": sections,
        "words": parts.reference.words,
        "late_feeds": [one for one in flows.heard(connection, parts.feeds, now_ms) if one.late],
        "people": people,
        "holds": holds_shown(connection, parts.data_keys, [row.fact for row in rows], Access.full),
        "alike": alike(people, [(row.patient_key, row.person_id) for row in rows]),
    }
    return render("downtime.html", **values), len(rows)


def _every(connection: Connection, view: View, lists: Lists) -> list[WorklistRow]:
    rows: list[WorklistRow] = []
    while more := worklist.rows(connection, view, lists, limit=_AT_ONCE, after=len(rows)):
        rows += more
    return rows


def _tell(connection: Connection, parts: WebParts, told: str) -> None:
    process = Actor("ascbridge", "", parts.writer)
    process.did(connection, "downtime list written", "", told, parts.clock.now_ms())


def _see_that_it_is_safe(folder: Path) -> None:
    if not folder.is_dir():
        raise UnsafeFolder(f"{folder}: there is no such folder; make it, for this service alone to write to")
    if folder.stat().st_mode & stat.S_IRWXO:
        raise UnsafeFolder(f"{folder}: everybody on this machine may look into it: chmod o-rwx {folder}")


def _put(path: Path, page: str) -> None:
    """Replace the file whole or not at all: a list that was cut short would pass for all there is."""
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(page)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
