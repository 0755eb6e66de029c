"""Two case systems of one council in one bridge: the old one is heard with all its faults, the new one is in shadow.

What the record shows in the end is what was so, and nothing of what the new system posted has been done.
"""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ascbridge.simulator import new_case_system, old_case_system
from ascbridge.simulator.case_verdict import expected, judge_case, look, sample
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.crosswalk import old_number
from ascbridge.simulator.discharge_team import Desk, wait_until
from ascbridge.simulator.new_case_system import NewCaseSystem
from ascbridge.simulator.old_case_system import OldCaseSystem
from ascbridge.simulator.running_bridge import RunningBridge, free_port
from ascbridge.simulator.verdict import ledgers
from ascbridge.simulator.webhook_sender import WebhookSender

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.simulator.new_case_system import Post
    from ascbridge.simulator.old_case_system import CsvFile

DAY = date(2026, 6, 19)
SCALE = 0.3
SECRET = b"0123456789abcdef0123456789abcdef"
OLD, NEW = "old-case-system", "new-case-system"
LONGEST_S = 240.0


def settings(folder: Path, port: int) -> dict[str, str]:
    secret = folder / "secret"
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    return {
        "ASCBRIDGE_COUNCIL__FOLDERS__OLD__FOLDER": str(folder / "extracts"),
        "ASCBRIDGE_COUNCIL__FOLDERS__OLD__PROFILE": str(old_case_system.PROFILE),
        "ASCBRIDGE_WEBHOOK__ADDRESS": json.dumps({"host": "127.0.0.1", "port": port}),
        "ASCBRIDGE_WEBHOOK__FEED": str(new_case_system.PROFILE),
        "ASCBRIDGE_WEBHOOK__SECRET_FILES": json.dumps([str(secret)]),
        "ASCBRIDGE_CUTOVER__OLD": OLD,
        "ASCBRIDGE_CUTOVER__NEW": NEW,
    }


def drop(folder: Path, files: list[CsvFile]) -> None:
    folder.mkdir(exist_ok=True)
    for file in files:
        beside = folder / f"{file.name}.tmp"
        beside.write_bytes(file.content)
        beside.replace(folder / file.name)


async def post(port: int, posts: list[Post]) -> WebhookSender:
    async with WebhookSender(f"http://127.0.0.1:{port}", SECRET) as sender:
        for one in posts:
            await sender.send(one)
        return sender


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_the_old_system_is_heard_with_its_faults_and_the_new_one_changes_nothing(
    tmp_path: Path,
) -> None:
    said = [one for case in Caseload(5, City(5, DAY)).on(DAY, SCALE) for one in case]
    files, posts = OldCaseSystem(5).files(said), NewCaseSystem(5).posts(said)
    port = free_port()
    async with AsyncExitStack() as stack:
        bridge = await stack.enter_async_context(
            RunningBridge(
                tmp_path / "data",
                http_port=free_port(),
                mllp_port=free_port(),
                settings=settings(tmp_path, port),
            )
        )
        desk = Desk(bridge.url, partial(bridge.token, "discharge-team"))
        operations = Desk(bridge.url, partial(bridge.token, "it-operations"))
        stack.push_async_callback(desk.close)
        stack.push_async_callback(operations.close)
        drop(tmp_path / "extracts", files)
        sender = await post(port, posts)
        rows = sum(file.rows for file in files)

        async def done() -> bool:
            found = await ledgers(operations)
            old, new = found.get(OLD, {}), found.get(NEW, {})
            heard = old.get("kept", 0) + old.get("duplicate", 0) >= rows and new.get("kept", 0) >= len(said)
            return heard and not old["waiting"] and not new["waiting"]

        assert await wait_until(done, most_s=LONGEST_S), await ledgers(operations)
        found = await ledgers(operations)
        assert (sender.kept, sender.again) == (len(said), len(posts) - len(said))
        assert (found[OLD]["refused"], found[NEW]["refused"]) == (0, 0)
        assert (found[NEW]["delivered"], found[NEW]["no_effect"]) == (0, len(said))
        people = expected(said, old_number)
        numbered = OldCaseSystem(5).numbered
        for person in sample([one for who, one in people.items() if numbered(who)]):
            assert judge_case(person, await look(desk, person)) == []
