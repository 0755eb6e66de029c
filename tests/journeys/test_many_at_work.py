"""Fifty people at work at once, two on each task, over real HTTP: no update is lost, nothing fails, each act is audited.

On one machine with a session for each, on Kafka and PostgreSQL with a token for each. A minute here; `AT_WORK_S=600` for
the ten minutes that the work order asks for.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import text as statement_of

from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from ascbridge.operations import tokens
from ascbridge.simulator.running_bridge import RunningBridge
from ascbridge.storage.database import PostgresDatabase
from ascbridge.web.discharge.desk_acts import HOLDING, UNNAMED
from tests.intake.messages import adt
from tests.journeys.bridge import on_kafka
from tests.journeys.conftest import BOTH
from tests.needs import require
from tests.servers import kafka
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

AT_WORK_S = float(os.environ.get("AT_WORK_S") or 60)
PEOPLE, TASKS = 50, 25
pytestmark = [pytest.mark.timeout(1_200 + AT_WORK_S), pytest.mark.slow]
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass
class Worker:
    """One person with a session of their own. `done` is what they were told was done: task, version, act."""

    name: str
    task: str
    client: httpx.AsyncClient
    token: str
    luck: random.Random
    done: list[tuple[str, int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    async def read(self) -> dict[str, Any]:
        """Their task as it is now."""
        answer = await self.client.get(f"/api/tasks/{self.task}")
        self.answers[answer.status_code] += 1
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["task"])

    async def act(self, act: str, version: int, **more: Any) -> int:
        """Act on the version that was read; note what was done. Returns the status."""
        answer = await self.client.post(
            f"/api/tasks/{self.task}/{act}",
            json={"version": version, **more},
            headers={"X-Form-Token": self.token},
        )
        self.answers[answer.status_code] += 1
        if answer.status_code == 200:
            self.done.append((self.task, answer.json()["version"], act))
            self.notes += [more["text"]] if more.get("text") else []
        return answer.status_code

    async def work(self, until: float, colleagues: list[str]) -> None:
        """Read, think of something to do, do it; again and again."""
        while time.monotonic() < until:
            seen = await self.read()
            act, more = self._wish(seen, colleagues)
            await self.act(act, seen["version"], **more)

    def _wish(self, seen: dict[str, Any], colleagues: list[str]) -> tuple[str, dict[str, Any]]:
        text = f"{self.name} {len(self.done)} {self.luck.random()}"
        wishes: list[tuple[str, dict[str, Any]]] = [
            ("note", {"text": text}),
            ("release" if seen["claimed_by"] else "claim", {}),
            ("assign", {"choice": f"person:{self.luck.choice(colleagues)}", "text": text}),
            ("resume" if seen["status"] == "on-hold" else "pause", {"choice": "funding"}),
            ("ask", {"who": "ward clerk", "text": text}),
            ("lift-hold" if seen["speak_first"] else "hold", {"who": "Sol Grey", "phone": "1"}),
            ("undo", {}),
        ]
        return self.luck.choice(wishes)


@dataclass
class Place:
    """Where they work. `enter` lets somebody in under a name and gives a client with the token of its forms; `ask` runs a
    statement on the database. `walled`: who sets a hold stands behind safeguarding's wall, and nobody's name here.
    """

    url: str
    mllp: int
    enter: Callable[[str], Awaitable[tuple[httpx.AsyncClient, str]]]
    ask: Callable[[str], Awaitable[Sequence[Any]]]
    walled: bool


@asynccontextmanager
async def on_one_machine(folder: Path) -> AsyncIterator[Place]:
    """Everybody has a session: whoever opened the one-time link says who they are and in which role."""
    async with (
        RunningBridge(folder, http_port=free_port(), mllp_port=free_port()) as bridge,
        httpx.AsyncClient(timeout=180) as first,
    ):
        assert (await first.get(bridge.link)).status_code == 303

        async def enter(name: str) -> tuple[httpx.AsyncClient, str]:
            client = httpx.AsyncClient(base_url=bridge.url, cookies=first.cookies, timeout=180)
            page = await client.get("/sign-in/role")
            token = FORM_TOKEN.search(page.text)
            assert token, page.text
            fields = {"form_token": token[1], "role": "discharge-team", "name": name}
            assert (await client.post("/sign-in/role", data=fields)).status_code == 303
            token = FORM_TOKEN.search((await client.get("/people")).text)
            assert token
            return client, token[1]

        async def ask(statement: str) -> Sequence[Any]:
            database = sqlite3.connect(f"file:{folder / 'bridge.db'}?mode=ro", uri=True)
            try:
                return database.execute(statement).fetchall()
            finally:
                database.close()

        yield Place(bridge.url, bridge.mllp_port, enter, ask, walled=True)


@asynccontextmanager
async def on_many(folder: Path, broker: kafka.KafkaServer, url: str) -> AsyncIterator[Place]:
    """Everybody has a token under their own name."""
    bridge = on_kafka(folder, broker.bootstrap, url)
    keyring, database = Keyring.load(folder / "data" / "master.key"), PostgresDatabase(url)

    async def enter(name: str) -> tuple[httpx.AsyncClient, str]:
        token, slip = tokens.mint(keyring, "discharge-team", name, "test")
        tokens.leave_slip(folder / "data", slip)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{bridge.http}", headers=headers, timeout=180), ""

    async def ask(statement: str) -> Sequence[Any]:
        return await database.read(lambda connection: connection.execute(statement_of(statement)).all())

    try:
        bridge.start()
        await bridge.ready()
        yield Place(f"http://127.0.0.1:{bridge.http}", bridge.mllp, enter, ask, walled=False)
    finally:
        bridge.kill()
        await database.close()


@pytest.fixture(params=BOTH)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as ends:
        if request.param == "sqlite":
            yield await ends.enter_async_context(on_one_machine(tmp_path / "work"))
            return
        require(not kafka.missing(), kafka.missing())
        url = request.getfixturevalue("postgres_url")
        broker = ends.enter_context(kafka.KafkaServer())
        yield await ends.enter_async_context(on_many(tmp_path, broker, url))


async def ready_people(place: Place, client: httpx.AsyncClient) -> list[str]:
    """Bring so many people to the point where they are ready to leave; return their tasks."""
    async with await MllpClient.connect("127.0.0.1", place.mllp) as line:
        for number in range(TASKS):
            who = {"local_id": f"W-{number}", "visit": f"W-{number}", "nhs_number": ""}
            await line.send(adt("A01", control_id=f"W{number:03d}A", sent="202610021015", **who))
            ready = ("ZU1||||||||||||||||||||||Y||20261006",)
            await line.send(adt("A16", control_id=f"W{number:03d}B", sent="202610061130", extra=ready, **who))
    end = time.monotonic() + 300
    while True:
        tasks = [one["task_id"] for one in (await client.get("/api/tasks?limit=200")).json()["tasks"]]
        if len(tasks) == TASKS:
            return tasks
        assert time.monotonic() < end, f"{len(tasks)} tasks"
        await asyncio.sleep(0.2)


async def both_at_the_same_moment(pair: list[Worker]) -> None:
    """Both have the page of one act open and send it: one is done; the other sees who was quicker, has lost no typing,
    and does it all the same by the one button.
    """
    pages = [await one.client.get(f"/tasks/{one.task}/note") for one in pair]
    texts = [f"typed by {one.name}" for one in pair]
    forms = [
        {**dict(HIDDEN.findall(page.text)), "text": text} for page, text in zip(pages, texts, strict=True)
    ]
    answers = await asyncio.gather(
        *(
            one.client.post(f"/tasks/{one.task}/note", data=form)
            for one, form in zip(pair, forms, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    slower = next(number for number, answer in enumerate(answers) if answer.status_code == 409)
    page = answers[slower].text
    assert texts[slower] in page
    assert pair[1 - slower].name in page
    assert "Do it all the same" in page
    again = {**dict(HIDDEN.findall(page)), "text": texts[slower]}
    done = await pair[slower].client.post(f"/tasks/{pair[slower].task}/note", data=again)
    assert done.status_code == 303, done.text
    for version, number in enumerate((1 - slower, slower), start=1):
        pair[number].done.append((pair[number].task, version, "note"))
        pair[number].notes.append(texts[number])


async def stored(place: Place) -> tuple[dict[str, list[tuple[int, str, str]]], Counter[tuple[str, str]]]:
    """Every act by its task, and how often each person was audited for which."""
    acts = defaultdict(list)
    for task, version, act, actor in await place.ask(
        "SELECT task_id, version, act, actor FROM desk_act ORDER BY task_id, version"
    ):
        acts[task].append((version, act, actor))
    rows = await place.ask("SELECT who, what, count(*) FROM audit GROUP BY who, what")
    return acts, Counter({(who, what): count for who, what, count in rows})


async def test_fifty_people_at_work_two_on_each_task(place: Place) -> None:
    async with AsyncExitStack() as ends:
        names = [f"Worker {number:02d}" for number in range(PEOPLE)]
        entered = [await place.enter(name) for name in names]
        for client, _ in entered:
            ends.push_async_callback(client.aclose)
        tasks = await ready_people(place, entered[0][0])
        people = [
            Worker(name, tasks[number % TASKS], client, token, random.Random(number))
            for number, (name, (client, token)) in enumerate(zip(names, entered, strict=True))
        ]
        await asyncio.gather(
            *(both_at_the_same_moment([people[number], people[number + TASKS]]) for number in range(TASKS))
        )
        until = time.monotonic() + AT_WORK_S
        await asyncio.gather(*(one.work(until, names) for one in people))
        answers = sum((one.answers for one in people), Counter())
        stories = {task: (await people[0].client.get(f"/api/tasks/{task}")).json() for task in tasks}
        acts, audited = await stored(place)
    print(f"{PEOPLE} people, {AT_WORK_S:.0f} s: {sum(map(len, acts.values()))} acts; answers {dict(answers)}")

    assert set(answers) <= {200, 409, 422}, answers  # nothing failed
    told: defaultdict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for one in people:
        for task, version, act in one.done:
            hides = place.walled and act in HOLDING
            told[task].append((version, act.replace("-", "_"), UNNAMED if hides else one.name))
    for task in tasks:  # what people were told was done is what was done, each on a version of its own
        assert sorted(told[task]) == acts[task]
        assert [version for version, _, _ in acts[task]] == list(range(1, len(acts[task]) + 1))
        assert stories[task]["task"]["version"] == len(acts[task])
    kept = {one["text"] for story in stories.values() for one in story["acts"]}
    for note in (text for one in people for text in one.notes):
        assert any(note in text for text in kept), note
    did = Counter((actor, f"task {act}") for some in acts.values() for _, act, actor in some)
    assert {key: audited[key] for key in did} == dict(did)
