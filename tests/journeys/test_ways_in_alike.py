"""A day of the council comes in by each way in, and comes to the same events and the same shared record.

What may differ is said here and nowhere else: ids that are drawn or follow from the message (`DRAWN`), what says from whom
it came (`PROVENANCE`), and when we wrote it down (`OURS`).
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from sqlalchemy import select

from ascbridge.events.logs.log import TASK
from ascbridge.events.logs.log_table import as_record
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.agreed.profiles import parse, read
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.opening import Erased, SealedValue, open_bytes
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.simulator import new_case_system, old_case_system
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.council import contract_line
from ascbridge.simulator.discharge_team import Desk, wait_until
from ascbridge.simulator.new_case_system import Post
from ascbridge.simulator.running_bridge import RunningBridge, free_port
from ascbridge.simulator.sender_forms import as_sent
from ascbridge.simulator.verdict import ledgers
from ascbridge.simulator.webhook_sender import WebhookSender
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.files import sqlite_file
from ascbridge.storage.tables import event_log, resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DAY = date(2026, 6, 15)
SECRET = b"0123456789abcdef0123456789abcdef"
LONGEST_S = 240.0
AT_ONCE = 8

DRAWN = re.compile(
    r"\b[a-z]*[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b"
)
"""Keys and ids: of patients, persons, events and resources. The sender's own numbers are no such."""
PROVENANCE = {"source_name", "source"}
"""`source_name` of an event that says who somebody is; `meta.source` of a resource."""
AUTHORITIES = ("COVASC-NEW", "COVASC")
"""Who gives local numbers: each case system says so of itself, and it stands in a number's system."""
OURS = {"lastUpdated", "versionId", "recordedtime"}
"""When the bridge wrote it down, and how often a resource changed on the way to its present state."""


def facts() -> list[dict[str, Any]]:
    """The day as facts of the contract, to the second: not every sender writes more."""
    said = (one for case in Caseload(1, City(1, DAY)).on(DAY) for one in case)
    return [
        contract_line(replace(one, at_ms=one.at_ms // 1000 * 1000), f"F-{number:05d}")
        for number, one in enumerate(said)
    ]


class Way:
    """One way in: the settings that open it, its feed's name, and how facts go down it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "facts"
        self.secret = folder / "secret"
        self.port = free_port()

    feed = "council-facts"

    def settings(self) -> dict[str, str]:
        return {"ASCBRIDGE_COUNCIL__FOLDERS__CITY__FOLDER": str(self.folder)}

    async def before(self, facts: Sequence[dict[str, Any]]) -> None:
        """What must be there when the bridge starts."""

    async def send(self, facts: Sequence[dict[str, Any]]) -> None:
        """Send the facts to the bridge that runs."""

    def drop(self, name: str, content: bytes) -> None:
        self.folder.mkdir(exist_ok=True)
        beside = self.folder / f"{name}.tmp"
        beside.write_bytes(content)
        beside.replace(self.folder / name)


class JsonLines(Way):
    async def send(self, facts: Sequence[dict[str, Any]]) -> None:
        self.drop("day.jsonl", b"".join(json.dumps(fact).encode() + b"\n" for fact in facts))


class Csv(Way):
    """In the old case system's columns; as UTF-8, for its code page lacks letters."""

    feed = "old-case-system"

    def settings(self) -> dict[str, str]:
        profile = {"ASCBRIDGE_COUNCIL__FOLDERS__CITY__PROFILE": str(old_case_system.PROFILE)}
        return super().settings() | profile

    async def send(self, facts: Sequence[dict[str, Any]]) -> None:
        for section in read(str(old_case_system.PROFILE)).files.csv:
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, list(section.columns), restval="")
            writer.writeheader()
            for fact in facts:
                if fact["fact"] == section.fact:
                    writer.writerow(as_sent(fact, section.columns))
            self.drop(section.files.replace("*", "day"), text.getvalue().encode("utf-8-sig"))


class Posted(Way):
    feed = "council-webhook"

    def settings(self) -> dict[str, str]:
        self.secret.write_bytes(SECRET)
        self.secret.chmod(0o600)
        return super().settings() | {
            "ASCBRIDGE_WEBHOOK__ADDRESS": json.dumps({"host": "127.0.0.1", "port": self.port}),
            "ASCBRIDGE_WEBHOOK__SECRET_FILES": json.dumps([str(self.secret)]),
        }

    def body(self, fact: dict[str, Any]) -> bytes:
        return json.dumps(fact).encode()

    async def send(self, facts: Sequence[dict[str, Any]]) -> None:
        posts = [Post(0, fact["id"], self.body(fact)) for fact in facts]
        gate = asyncio.Semaphore(AT_ONCE)

        async def post(sender: WebhookSender, one: Post) -> None:
            async with gate:
                await sender.send(one)

        async with WebhookSender(f"http://127.0.0.1:{self.port}", SECRET) as sender:
            await asyncio.gather(*(post(sender, one) for one in posts))
            assert sender.kept == len(posts)


class PostedObjects(Posted):
    """As the new case system posts it."""

    feed = "new-case-system"

    def settings(self) -> dict[str, str]:
        return super().settings() | {"ASCBRIDGE_WEBHOOK__FEED": str(new_case_system.PROFILE)}

    def body(self, fact: dict[str, Any]) -> bytes:
        section = next(one for one in read(str(new_case_system.PROFILE)).objects if one.fact == fact["fact"])
        return json.dumps(new_case_system.nested(dict(section.when), as_sent(fact, section.members))).encode()


class Polled(Way):
    """From tables of a database in which every row is one statement, with the old case system's columns and codes."""

    feed = "council-tables"

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.url, self.url_file = url, folder / "url"
        self.profile = folder / "tables.toml"
        self.sections = {one.fact: one.columns for one in read(str(old_case_system.PROFILE)).files.csv}

    def settings(self) -> dict[str, str]:
        self.url_file.write_text(self.url)
        self.url_file.chmod(0o600)
        self.profile.write_text(self.signed())
        database = "ASCBRIDGE_COUNCIL__DATABASES__CITY__"
        return super().settings() | {
            f"{database}PROFILE": str(self.profile),
            f"{database}URL_FILE": str(self.url_file),
            f"{database}POLL_SECONDS": "1",
        }

    def signed(self) -> str:
        text = (
            '[feed]\nname = "council-tables"\ntitle = "Tables"\nsource = "council_facts"\n'
            'source_name = "Tables"\nauthority = "COVASC"\n'
        )
        for fact, columns in self.sections.items():
            text += (
                f'\n[[database.tables]]\ntable = "council.{fact}"\nfact = "{fact}"\nkey = ["row_no"]\n'
                'change = { kind = "time", column = "Last Modified" }\n\n[database.tables.columns]\n'
                'row_no = { to = "id" }\n"Last Modified" = { to = "recorded" }\n'
            )
            for name, column in columns.items():
                if column.to != "recorded":
                    text += f"{json.dumps(name)} = {in_toml(column.model_dump(exclude_defaults=True))}\n"
        seal = parse(text, "tables").text_sha256
        return f'{text}\n[signed_off]\nby = "the tests"\non = "2026-11-22"\nsha256 = "{seal}"\n'

    async def before(self, facts: Sequence[dict[str, Any]]) -> None:
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        await connection.execute("CREATE SCHEMA council")
        for fact, columns in self.sections.items():
            names = [name for name, column in columns.items() if column.to != "recorded"]
            typed = ", ".join(f'"{name}" text' for name in names)
            await connection.execute(
                f'CREATE TABLE council.{fact} (row_no text PRIMARY KEY, "Last Modified" timestamptz NOT NULL, {typed})'
            )
            rows = []
            for one in facts:
                if one["fact"] == fact:
                    sent = as_sent(one, columns)
                    rows.append((one["id"], datetime.fromisoformat(one["recorded"]), *map(sent.get, names)))
            places = ", ".join(f"${place}" for place in range(1, len(names) + 3))
            await connection.executemany(f"INSERT INTO council.{fact} VALUES ({places})", rows)  # ours
        await connection.close()


def in_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {in_toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


WAYS = (JsonLines, Csv, Posted, PostedObjects)


async def played(way: Way, folder: Path, day: Sequence[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    """Let a bridge of its own take the day by one way; return its events and its resources, as texts."""
    await way.before(day)
    async with AsyncExitStack() as stack:
        bridge = await stack.enter_async_context(
            RunningBridge(
                folder / "data", http_port=free_port(), mllp_port=free_port(), settings=way.settings()
            )
        )
        await way.send(day)
        operations = Desk(bridge.url, partial(bridge.token, "it-operations"))
        stack.push_async_callback(operations.close)

        async def done() -> bool:
            one = (await ledgers(operations)).get(way.feed, {})
            return one.get("kept", 0) == len(day) and not one["waiting"]

        assert await wait_until(done, most_s=LONGEST_S), await ledgers(operations)
    return Counter(events(folder / "data")), Counter(resources(folder / "data"))


def events(data_dir: Path) -> Iterator[str]:
    """Every event, opened, about the person whose number the council gave."""
    bridge = SqliteDatabase(sqlite_file(data_dir, "bridge"), writable=False)
    keys = SqliteDatabase(sqlite_file(data_dir, "keys"), writable=False)
    data_keys = DataKeys(Keyring.load(data_dir / "master.key"))
    # Not what is made of the facts: how often a task changes on its way depends on which of them comes first.
    wanted = select(event_log).where(event_log.c.topic != TASK).order_by(event_log.c.position)
    records = [as_record(row) for row in bridge.read_now(lambda c: list(c.execute(wanted)))]
    heads = [record.headers for record in records]
    opened = []
    for record in records:
        data = json.loads(record.value)
        if sealed := data.pop("sealed", None):
            value = SealedValue(sealed, record.headers["ce_keyid"], record.event_id)
            (plain,) = keys.read_now(lambda c, value=value: open_bytes(c, data_keys, [value]))
            assert not isinstance(plain, Erased)
            data["opened"] = json.loads(plain)
        opened.append(data)
    who = {
        head["ce_subject"]: data["opened"]["local_id"]
        for head, data in zip(heads, opened, strict=True)
        if "local_id" in data.get("opened", {})
    }
    for head, data in zip(heads, opened, strict=True):
        said = {"type": head["ce_type"], "time": head["ce_time"], "of": who[head["ce_subject"]], "data": data}
        yield plainly(said)


def resources(data_dir: Path) -> Iterator[str]:
    """Every resource but what is left of somebody who objects, and work that is over.

    That is there only if they were published, or the work was begun, before the fact that ended it came.
    """
    bridge = SqliteDatabase(sqlite_file(data_dir, "bridge"), writable=False)
    stored = bridge.read_now(lambda c: list(c.execute(select(resource.c.body))))
    bodies = [
        body for body in (json.loads(body) for (body,) in stored) if not withdrawn(body) and not over(body)
    ]
    who = {
        f"Patient/{one['id']}": one["identifier"][-1]["value"]
        for one in bodies
        if one["resourceType"] == "Patient"
    }
    for body in bodies:
        text = json.dumps(body)
        for reference, number in who.items():
            text = text.replace(f'"{reference}"', f'"Patient {number}"')
        yield plainly(json.loads(text))


def over(body: dict[str, Any]) -> bool:
    return body["resourceType"] == "Task" and body["status"] in {"completed", "cancelled"}


def withdrawn(body: dict[str, Any]) -> bool:
    if body["resourceType"] == "Consent":  # why somebody's resources went, where there were any
        return True
    if body["resourceType"] == "Patient":
        return body.get("active") is False and "identifier" not in body
    left = RESOURCE_TYPES[body["resourceType"]].withdrawn
    return bool(left) and left.items() <= body.items()


def plainly(value: Any) -> str:
    """A value as a text, without what may differ."""
    text = json.dumps(_without(value), sort_keys=True).replace(*AUTHORITIES)
    return DRAWN.sub("*", text)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without(v) for k, v in value.items() if k not in PROVENANCE | OURS}
    return [_without(one) for one in value] if isinstance(value, list) else value


@pytest.mark.slow
@pytest.mark.timeout(1_200)
async def test_a_day_comes_to_the_same_events_and_the_same_record_by_every_way_in(tmp_path: Path) -> None:
    day = facts()
    found = {}
    for make in WAYS:
        folder = tmp_path / make.__name__
        folder.mkdir()
        found[make.__name__] = await played(make(folder), folder, day)
    assert_alike(found, len(day))


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(1_200)
async def test_a_day_read_from_a_database_comes_to_the_same(tmp_path: Path, postgres_url: str) -> None:
    day = facts()
    found = {}
    for name, make in (("JsonLines", JsonLines), ("Polled", partial(Polled, url=postgres_url))):
        folder = tmp_path / name
        folder.mkdir()
        found[name] = await played(make(folder), folder, day)
    assert_alike(found, len(day))


def assert_alike(found: dict[str, tuple[Counter[str], Counter[str]]], lines: int) -> None:
    first_events, first_resources = found.pop("JsonLines")
    assert first_events.total() == 2 * lines
    assert first_resources
    for name, (said, shown) in found.items():
        assert said - first_events == first_events - said == Counter(), name
        assert shown - first_resources == first_resources - shown == Counter(), name
