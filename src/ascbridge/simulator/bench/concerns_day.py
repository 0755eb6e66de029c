"""A day of safeguarding concerns at ten times the real rate, by every way in, until its owners' open pages show each.

The day is played in a minute (twenty times `--seconds`): the concerns come far closer together than any did. Behind
them stand the enquiries of some months, all of which are opened for each look at a list.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from ascbridge.simulator.bench import ceilings, memory
from ascbridge.simulator.bench.bench_bridge import LONGEST_S, TooSlow, running
from ascbridge.simulator.bench.fan_out import OpenPage
from ascbridge.simulator.bench.figures import Figure, latencies
from ascbridge.simulator.discharge_team import Desk, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

A_DAY = 187
"""6,800 concerns a year (the most that Coventry tells of), ten times as many, on one day."""
WHOLE_DAY_S = 3.0
STRETCH = 20
STANDING = 600
"""Enquiries that are open: one concern in three becomes one, and stays one for three months."""
PAGES = 3
OWNER, PROFESSIONAL = "safeguarding", "referring-professional"
_NAME = re.compile(r"INVENTED\d{5}")
_MARK = re.compile(r'data-mark="(\w+)"')
_FLAG = {"system": "http://snomed.info/sct", "code": "766561000000109"}


async def concerns_day(run: Run) -> list[Figure]:
    """From the moment somebody sends a concern until the last of its owners' open pages shows it; and its answer."""
    fsyncs = await asyncio.to_thread(ceilings.fsyncs_a_second, run.folder, min(1.0, run.seconds))
    share = min(1.0, run.seconds / WHOLE_DAY_S)
    many, folder = max(8, round(A_DAY * share)), run.folder / "concerns"
    async with running(run.folder / "safeguarding", {"ASCBRIDGE_SAFEGUARDING__FOLDER": str(folder)}) as bench:
        day = _Day(bench, folder, many)
        await day.stand(round(STANDING * share))
        taken = memory.processor_seconds(bench.pids())
        async with _open_pages(bench) as screens:
            await day.play(run.seconds * STRETCH)
            await _all_shown(screens, day.sent)
        each_ms = (memory.processor_seconds(bench.pids()) - taken) / many * 1000
        wrong = await day.wrong()
    return [
        Figure("safeguarding", f"concerns raised, {PAGES} open pages", many, "concerns"),
        *_waits(day, screens),
        *_answers(day, 1000 / fsyncs),
        Figure("safeguarding", "processor time a concern, the pages' questions included", each_ms, "ms"),
        Figure("safeguarding", "concerns lost or doubled", wrong, "concerns"),
    ]


@dataclass
class _Sent:
    """One concern: by which way, when it was sent and answered (monotonic seconds), and its reference, where told."""

    way: str
    began: float
    answered: float = 0.0
    reference: str = ""


@dataclass
class _Screen:
    """An owner's open list: told of a change it asks for itself again, as a browser does. `shown`: when each was."""

    client: httpx.AsyncClient
    page: OpenPage = field(default_factory=lambda: OpenPage("/live/safeguarding", b"concerns"))
    shown: dict[str, float] = field(default_factory=dict)
    mark: str = "none"

    async def run(self) -> None:
        """Look whenever something changed."""
        while True:
            await self.page.heard.wait()
            self.page.heard.clear()
            answer = await self.client.get("/safeguarding", headers={"X-Mark": self.mark})
            if answer.status_code == 200:
                self.mark = (_MARK.search(answer.text) or ["", "none"])[1]
            for name in set(_NAME.findall(answer.text)):
                self.shown.setdefault(name, time.perf_counter())


class _Day:
    """What is sent. `sent` holds each concern by the name of its adult."""

    def __init__(self, bench: BenchBridge, folder: Path, many: int) -> None:
        self._bench, self._folder, self._many = bench, folder, many
        self.sent: dict[str, _Sent] = {}

    async def stand(self, many: int) -> None:
        """Let so many enquiries be open already. Raises `TooSlow`."""
        at = "2026-01-05T09:00:00+00:00"
        decided = {"outcome": "s42-enquiry", "why": "Invented", "by": "Ann Lee", "at": at}
        lines = [
            line
            for n in range(many)
            for line in (
                {"id": f"S{n}", "concern": _concern(f"STANDING{n:05d}")},
                {"id": f"D{n}", "about": f"S{n}", "decision": decided},
            )
        ]
        receipt = _drop(self._folder, "standing", lines).with_suffix(".receipt.json")

        async def taken() -> bool:
            return receipt.exists()

        if not await wait_until(taken, most_s=LONGEST_S):
            raise TooSlow("the enquiries that were to stand were not taken")

    async def play(self, seconds: float) -> None:
        """Send them, evenly over so many seconds, by each way in turn, not waiting for one another."""
        token = await self._bench.bridge.token(PROFESSIONAL)
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx.AsyncClient(base_url=self._bench.bridge.url, timeout=60, headers=headers) as client,
            asyncio.TaskGroup() as sending,
        ):
            ways: dict[str, Callable[[str], Awaitable[str]]] = {
                "form": partial(_by_form, client), "interface": partial(_by_api, client),
                "FHIR flag": partial(_by_flag, client), "case system's folder": self._by_folder,
            }  # fmt: skip
            for number, way in enumerate(islice(cycle(ways), self._many)):
                sending.create_task(self._send(f"INVENTED{number:05d}", way, ways[way]))
                await asyncio.sleep(seconds / self._many)

    async def _send(self, name: str, way: str, send: Callable[[str], Awaitable[str]]) -> None:
        one = self.sent[name] = _Sent(way, time.perf_counter())
        one.reference = await send(name)
        one.answered = time.perf_counter()

    async def _by_folder(self, name: str) -> str:
        _drop(self._folder, name, [{"id": name, "concern": _concern(name)}])
        return ""

    async def wrong(self) -> int:
        """How many of them do not stand to be decided exactly once, under the reference that was answered."""
        desk = Desk(self._bench.bridge.url, partial(self._bench.bridge.token, OWNER))
        try:
            found = (await desk.get("/api/concerns", view="to-decide"))["concerns"]
        finally:
            await desk.close()
        standing = [(one["concern"]["adult"]["family_name"], one["concern"]["reference"]) for one in found]
        told = {name: one.reference for name, one in self.sent.items()}
        right = {name for name, reference in standing if told.get(name) in {"", reference}}
        return len(told.keys() - right) + len(standing) - len({name for name, _ in standing})


def _concern(name: str) -> dict[str, Any]:
    adult = {"family_name": name, "council_id": name}
    return {
        "origin": "asc-direct",
        "account": f"Invented: somebody worries about {name}. " * 8,
        "adult": adult,
    }


def _drop(folder: Path, name: str, lines: list[dict[str, Any]]) -> Path:
    """Write a file into the folder as a case system does: under another name, then renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.part"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return path.rename(folder / f"{name}.jsonl")


async def _by_api(client: httpx.AsyncClient, name: str) -> str:
    return _reference(await client.post("/api/concerns", json=_concern(name)))


async def _by_flag(client: httpx.AsyncClient, name: str) -> str:
    flag = {
        "resourceType": "Flag", "status": "active", "code": {"coding": [_FLAG]}, "subject": {"reference": "#p"},
        "contained": [{"resourceType": "Patient", "id": "p", "name": [{"family": name, "given": ["Ada"]}]}],
    }  # fmt: skip
    return _reference(await client.post("/api/concerns/fhir", params={"origin": "gp"}, json=flag))


async def _by_form(client: httpx.AsyncClient, name: str) -> str:
    filled = {
        "once": name,
        "origin": "gp",
        "place": "community",
        "account": f"About {name}",
        "family_name": name,
    }
    answer = await client.post("/raise-concern", data=filled)
    if answer.status_code != 303:
        raise TooSlow(f"the form was answered {answer.status_code}")
    return answer.headers["location"].rpartition("/")[2]


def _reference(answer: httpx.Response) -> str:
    if answer.status_code != 201:
        raise TooSlow(f"a concern was answered {answer.status_code}: {answer.text[:200]}")
    return str(answer.json()["reference"])


@contextlib.asynccontextmanager
async def _open_pages(bench: BenchBridge) -> AsyncIterator[list[_Screen]]:
    token = await bench.bridge.token(OWNER)
    async with httpx.AsyncClient(
        base_url=bench.bridge.url, timeout=60, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        screens = [_Screen(client) for _ in range(PAGES)]
        looking: list[asyncio.Task[None]] = []
        try:
            for screen in screens:
                await screen.page.open(bench.bridge.url, token)
                looking.append(asyncio.create_task(screen.run()))
            yield screens
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
            await asyncio.gather(*(screen.page.close() for screen in screens))


async def _all_shown(screens: list[_Screen], sent: dict[str, _Sent]) -> None:
    async def shown() -> bool:
        return all(sent.keys() <= screen.shown.keys() for screen in screens)

    if not await wait_until(shown, most_s=LONGEST_S, longest_pause_s=0.05):
        raise TooSlow("a concern did not come onto its owners' list")


def _waits(day: _Day, screens: list[_Screen]) -> list[Figure]:
    last = {name: max(screen.shown[name] for screen in screens) - one.began for name, one in day.sent.items()}
    found = latencies("safeguarding", "sent until on the last open page, all ways", list(last.values()))
    for way in dict.fromkeys(one.way for one in day.sent.values()):
        mine = [last[name] for name, one in day.sent.items() if one.way == way]
        found += latencies("safeguarding", f"sent until on the last open page, {way}", mine)
    return found


def _answers(day: _Day, write_ms: float) -> list[Figure]:
    waits = [one.answered - one.began for one in day.sent.values() if one.reference]
    found = latencies("safeguarding", "answered with a reference", waits)
    return [
        Figure(one.scenario, one.what, one.value, one.unit, write_ms, "one write made to last")
        for one in found
    ]
