"""What IT staff see of the hourly ledger: closed hours, what is missing in plain words, an export that proves itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from typer.testing import CliRunner

from ascbridge.cli import app as commands
from ascbridge.events.ledgers import hour_chain, hour_findings
from ascbridge.events.ledgers.hour_count import HOUR_MS, Counted
from ascbridge.events.ledgers.hour_gaps import Missing
from ascbridge.operations.flowing import ledger_file
from ascbridge.storage.tables import message
from tests.web.city import MINUTE, NOON

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.web.city import City
    from tests.web.conftest import Someone

HOUR = (NOON - 3 * HOUR_MS) // HOUR_MS * HOUR_MS
WHOLE = Counted({"received": 3, "kept": 3, "stored": 3, "delivered": 3}, {"stored": "ab"})
SHORT = Counted({"received": 3, "kept": 3, "stored": 2, "delivered": 2}, {"stored": "cd"})


@pytest.fixture
def closed(city: City) -> City:
    for number, counted in enumerate((WHOLE, SHORT)):
        hour = HOUR + number * HOUR_MS
        city.bridge.write_now(
            lambda c, h=hour, n=counted: hour_chain.seal(c, h, {"itk-v24": n}, NOON, "work")
        )
    return city


def test_closed_hours_are_shown_with_sums_that_come_out_or_not(
    closed: City, somebody: Callable[..., Someone]
) -> None:
    page = somebody("it-operations").get("/operations/ledger").text
    assert page.index("Do not add up") < page.index("Add up</strong>", page.index("Do not add up") + 20)
    assert "Nothing is missing." in page
    assert "The chain has 2 entries" in page


def test_what_is_missing_is_said_in_plain_words_and_leads_to_its_trail(
    closed: City, somebody: Callable[..., Someone]
) -> None:
    engineer = somebody("it-operations")
    kept = closed.rows(message)[-1].message_id
    lost = Missing("understood", "itk-v24", HOUR, kept, "translator", "", HOUR + 5 * MINUTE)
    closed.bridge.write_now(lambda c: hour_findings.note(c, [lost], NOON))
    for path in ("/operations", "/operations/ledger"):
        page = engineer.get(path).text
        assert "1 message of itk-v24 kept at 2026-10-18 08:05 UTC has no effect" in page
        assert f'href="/operations/messages/{kept}"' in page
        assert "Everything flows." not in page
        assert "Nothing is missing." not in page
    (said,) = engineer.get("/api/operations/ledger/missing").json()
    assert (said["hop"], said["message_id"], said["count"]) == ("understood", kept, 1)


def test_who_does_not_run_the_bridge_sees_no_ledger(closed: City, somebody: Callable[..., Someone]) -> None:
    worker = somebody("discharge-team")
    assert worker.get("/operations/ledger").status_code == 403
    assert worker.get("/api/operations/ledger/hours").status_code in {401, 403}


def test_an_export_proves_itself_and_shows_what_was_done_to_it(
    closed: City, somebody: Callable[..., Someone], tmp_path: Path
) -> None:
    said = somebody("it-operations").get("/api/operations/ledger/hours").json()
    lines = [*said["entries"], {name: said[name] for name in ("number", "head", "signature")}]
    assert said["signature"]
    path = tmp_path / "ledger.jsonl"

    def verified(some: list[dict[str, object]]) -> tuple[int, str]:
        path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in some))
        done = CliRunner().invoke(commands, ["ledger", "verify", str(path)])
        return done.exit_code, done.output

    assert verified(lines) == (0, f"2 entries, the chain holds; head {said['head']}\n")
    assert verified(lines[:-1])[0] == 1
    assert verified([lines[0], lines[2]])[0] == 1
    assert "changed after it was written" in verified([lines[0] | {"feed": "other"}, *lines[1:]])[1]
    assert ledger_file.flaws([{"no": "entry"}, lines[-1]]) == ["a line is not an entry: 'number'"]
