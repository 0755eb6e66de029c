"""The cut-over, whole: found wrong, put right, switched, back and again, with kills; nothing is doubled and nothing lost."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.simulator.cut_over_stage import NEW, OLD
from ascbridge.simulator.demo import run_demo
from ascbridge.simulator.running_bridge import free_port

if TYPE_CHECKING:
    from pathlib import Path


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_one_case_system_takes_over_from_another_and_nothing_is_doubled_or_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_demo(
        "cutover", exit_when_done=True, data_dir=tmp_path, http_port=free_port(), mllp_port=free_port()
    )
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith("demo: PASS 3 mapping faults and 2 differences found"), out
    assert code == 0
    bridge, kept = tmp_path / "data" / "bridge.db", tmp_path / "data" / "kept.db"
    assert rows(bridge, "SELECT count(*) FROM applied_word WHERE state = 'waiting'") == [(0,)]
    switches = rows(bridge, "SELECT live, count(*) FROM feed_switch GROUP BY live")
    event_types = len(rows(bridge, "SELECT DISTINCT event_type FROM feed_switch"))
    assert sorted(switches) == [(NEW, 2 * event_types), (OLD, event_types)]
    tasks = rows(bridge, "SELECT count(*) FROM door_task GROUP BY kind, about, person_id")
    assert {n for (n,) in tasks} == {1}
    feeds: dict[str, str] = dict(rows(kept, "SELECT message_id, feed FROM message"))
    heard: Counter[tuple[Any, ...]] = Counter()
    shadow: Counter[tuple[Any, ...]] = Counter()
    for topic, key, headers in rows(bridge, "SELECT topic, key, headers FROM event_log"):
        said = json.loads(headers)
        feed = feeds.get(said.get("ce_correlationid", ""))
        if feed is not None and said["ce_type"].split(".")[-3] in ("care", "referral"):
            (shadow if topic == "shadow" else heard)[
                feed, said["ce_correlationid"], said["ce_type"], key
            ] += 1
    assert {one[0] for one in heard} == {one[0] for one in shadow} == {OLD, NEW}
    assert set(heard.values()) == {1}
