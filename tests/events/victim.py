"""A process that kills itself at the worst moment. Run as a program: victim.py ORDER, a JSON object."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ascbridge.config_sections import KafkaSettings
from ascbridge.events.handlers.delivery import Delivery
from ascbridge.events.logs.kafka_log import KafkaEventLog
from ascbridge.events.logs.log import Record
from ascbridge.events.logs.relay import Relay
from ascbridge.events.logs.sqlite_log import SqliteEventLog
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.events.machines import PREFIX, HandClock, Machine, Noting

ROOT = Path(__file__).resolve().parents[2]


def order(machine: Machine, part: str, after: int, handler: Noting | None = None) -> str:
    """Write the order to be `part` ("delivery" or "relay") and to die after so many records."""
    told: dict[str, Any] = {"part": part, "after": after}
    if machine.kind == "sqlite":
        told["file"] = str(machine.database.path)
    else:
        told["url"] = machine.database._engine.url.render_as_string(hide_password=False)
        told["bootstrap"] = machine.log._connection["bootstrap_servers"]  # type: ignore[attr-defined]  # Kafka's
    if handler is not None:
        told |= {"name": handler.name, "topics": handler.topics}
    return json.dumps(told)


async def dies(told: str) -> None:
    """Run a victim and see that it was killed, by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.events.victim", told, cwd=ROOT, stderr=subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == -signal.SIGKILL, said.decode()


class Dying(Noting):
    """Notes events until it has had so many, and dies with the rows written and nothing committed."""

    after: int = 0

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        super().handle(connection, records)
        if sum(map(len, self.batches)) >= self.after:
            os.kill(os.getpid(), signal.SIGKILL)


def dying_append(log: Any, after: int) -> Any:
    """Let the log die after so many records were acknowledged, before anybody was told."""
    append, sent = log.append, [0]

    async def appended(records: Sequence[Record]) -> None:
        await append(records)
        sent[0] += len(records)
        if sent[0] >= after:
            os.kill(os.getpid(), signal.SIGKILL)

    log.append = appended
    return log


async def main(told: dict[str, Any]) -> None:
    clock = HandClock()
    database: Any
    log: Any
    if "file" in told:
        database = SqliteDatabase(Path(told["file"]))
        log = SqliteEventLog(database, clock=clock, prefix=PREFIX, partitions=2)
    else:
        database = PostgresDatabase(told["url"])
        log = KafkaEventLog(
            KafkaSettings(bootstrap=told["bootstrap"], partitions=2), session_timeout_ms=2_000
        )
    if told["part"] == "relay":
        await Relay(database, dying_append(log, told["after"]), clock=clock, batch=20).run()
        return
    handler = Dying(told["name"], tuple(told["topics"]))
    handler.after = told["after"]
    await Delivery(handler, log, database, clock=clock, member="one", batch=7, pause_ms=0).run()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
