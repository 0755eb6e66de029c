"""No page, and no question to the interface, reads a table through that grows with what is stored.

Every page is visited, and what the database then plans for each statement is looked at: on SQLite, which knows nothing
of how many rows there are and so shows what it would do with ten million.
"""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from ascbridge.discharge.lists import worklist
from ascbridge.frontdoor.front_list import DOOR_VIEWS
from ascbridge.operations.finding import find_messages
from ascbridge.operations.finding.find_messages import STATES
from ascbridge.operations.flowing import flows
from ascbridge.operations.mending import completing
from ascbridge.record import search
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import WRITERS, message
from tests.web.door import at_door, people_the_door
from tests.web.nights import matter_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.web.city import City
    from tests.web.conftest import Someone

LITTLE = {
    "position", "log_floor", "held", "parked", "dead_letter", "ledger_count", "open_effect", "quarantine",
    "possible_match",
    "people_request", "dirty_person", "intake_count", "feed_heard", "reference_list",
    "missing_effect", "hour_revisit", "feed_switch", "entered_stay", "replay_run", "feed_quiet", "pause", "set_aside", "unmapped", "unread_column", "map_version", "profile_version", "profile_activation", "code_rereading", "kept_round", "bridge_round",
    "part_trouble", "sink_count",
}  # fmt: skip
"""Tables that hold what is to be done, or a row for each feed, reader, process, switch, list that was loaded or stay that was entered by hand: as much however much is stored."""
OF_FEW = (
    "task_to_do", "task_to_look_at", "message_state_not_mapped", "door_task_not_confirmed", "door_request_waiting",
    "late_news_to_check", "opening_waiting", "urgent_stands", "urgent_to_take_up", "known_admission_here",
    "spell_dropped",
)  # fmt: skip
"""Indexes that hold the few rows of a table that matter; of dropped stays only so many are counted."""
ALL_ALIKE = re.compile(r"\((generation|outcome|topic)=\?\)$")
"""A search by what most rows of a table share."""

Statement = tuple[str, Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Statement]]:
    """Every statement that is sent to a database meanwhile."""
    found: list[Statement] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    def rows(self: Prepared, connection: Any, **values: Any) -> Any:
        found.append((self._text, self._parameters(values)))  # which goes to the driver, past Core
        return read(self, connection, **values)

    read = Prepared.rows
    event.listen(Engine, "before_cursor_execute", hear)
    monkeypatch.setattr(Prepared, "rows", rows)
    yield found
    event.remove(Engine, "before_cursor_execute", hear)


def plans(city: City, asked: list[Statement]) -> Iterator[tuple[str, list[str]]]:
    plain = sqlite3.connect(city.folder / "bridge.db")
    for name in ("kept", "keys"):
        plain.execute(f"ATTACH DATABASE '{city.folder / name}.db' AS {name}")
    for text, parameters in {text: parameters for text, parameters in asked if "SELECT" in text}.items():
        yield text, [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]
    plain.close()


def too_much(text: str, plan: list[str]) -> list[str]:
    """The steps of a plan that read what grows. The newest entries of all, so many and no more, are no such step."""
    grown = {name for names in WRITERS.values() for name in names} - LITTLE
    found = []
    for step in plan:
        words = step.split()
        if (
            words[0] not in {"SCAN", "SEARCH"}
            or words[1] not in grown
            or any(name in step for name in OF_FEW)
        ):
            continue
        newest = "SCAN audit" in step and "ORDER BY audit.position DESC" in text and "WHERE" not in text
        if (words[0] == "SCAN" and not newest) or ALL_ALIKE.search(step):
            found.append(step)
    return found


def judge(city: City, asked: list[Statement], least: int) -> None:
    judged = list(plans(city, asked))
    assert len(judged) >= least
    assert [(text, steps) for text, plan in judged if (steps := too_much(text, plan))] == []


def test_the_judge_sees_a_table_read_through(city: City, asked: list[Statement]) -> None:
    city.rows(message)
    with pytest.raises(AssertionError, match="SCAN message"):
        judge(city, asked, 1)


@pytest.mark.parametrize("role", ["discharge-team", "locality-team"])
def test_pages_of_the_desk_and_of_people(
    role: str, city: City, somebody: Callable[..., Someone], asked: list[Statement]
) -> None:
    someone, task = somebody(role), city.task_of()
    pages = [f"/worklist?view={view}" for view in worklist.VIEWS]
    boards = ("wards", "pathways", "changes", "capacity", "huddle", "handover")
    pages += [f"/worklist/{board}" for board in boards]
    pages += ["/night", f"/night/{matter_once(city)}", f"/tasks/{task.task_id}/urgent"]
    pages += ["/worklist?team=Brokerage Team&ward=W1&locality=-&pathway=1&stage=new&who=x&leaves=2026-10-19"]
    pages += [
        "/worklist?view=dropped",
        "/check-by-phone",
        f"/tasks/{task.task_id}",
        f"/people/{task.person_id}",
        f"/people/{task.person_id}/from/who",
        f"/people/{task.person_id}/from/stay-{task.spell_key}",
        "/people",
        "/my-people",
    ]
    asked.clear()
    statuses = {page: someone.get(page).status_code for page in pages}
    assert set(statuses.values()) <= {200, 403, 404, 303}
    assert statuses[f"/people/{task.person_id}"] == 200
    someone.fill("/people", "/people", nhs_number="999 005 7007")
    someone.fill("/people", name="evans", born="1941-03-14", postcode="CV1 1EX")
    someone.fill("/people", name="evans", postcode="CV1 1EX")
    someone.fill("/worklist/find", "/worklist", name="evans")
    someone.fill("/worklist/csv", what="open", why="Managing the work of our team")
    judge(city, asked, 15)


def test_pages_of_the_front_door(
    city: City, somebody: Callable[..., Someone], asked: list[Statement]
) -> None:
    people_the_door(city)
    worker, row = somebody("front-door"), at_door(city, "contact:CT-1")
    pages = [f"/front-door?view={view}&team={team}" for view in DOOR_VIEWS for team in ("", row.owner_team)]
    pages += [
        f"/front-door/tasks/{row.task_id}",
        f"/front-door/tasks/{row.task_id}/note",
        f"/people/{row.person_id}",
        "/front-door/waits?months=36",
        "/front-door/waits?after=1",
    ]
    asked.clear()
    assert {worker.get(page).status_code for page in pages} == {200}
    judge(city, asked, 15)


def test_opening_without_a_relationship_and_the_queue_of_it(
    city: City, somebody: Callable[..., Someone], asked: list[Statement]
) -> None:
    duty, governor = somebody("front-door"), somebody("information-governance")
    person, other = city.task_of(3).person_id, city.task_of(4).person_id
    asked.clear()
    duty.fill(f"/people/{person}/contact", f"/people/{person}/open", caller="family", about="x")
    assert duty.get(f"/people/{person}").status_code == 200
    duty.fill(f"/people/{other}/open", reason="Something else", words="x")
    assert duty.get(f"/people/{other}").status_code == 200
    assert governor.get("/opened-without-relationship").status_code == 200
    judge(city, asked, 15)


def test_pages_of_operations(city: City, somebody: Callable[..., Someone], asked: list[Statement]) -> None:
    someone = somebody("it-operations")
    kept, task = city.rows(message)[0], city.task_of()
    asked.clear()
    for page in (
        "/operations", "/operations/ledger", "/operations/flows", "/operations/alerts", "/operations/cutover", "/operations/dead-letters", "/operations/replays", "/operations/replays/new?consumer=translator", "/operations/not-mapped", "/operations/unmapped", "/operations/retention", "/operations/maps",
        "/operations/unmapped?feed=x&kind=code", "/operations/read-again",
        f"/operations/find?q={kept.control_id}", f"/operations/find?q={kept.message_id}", "/operations/find?words=PID-3",
        f"/operations/find?feed={kept.feed}", "/operations/find?trigger=A01", "/operations/find?since=2026-01-01T10:00",
        f"/operations/find?person={task.person_id}", f"/operations/find?stay={task.spell_key}",
        f"/operations/find?q={task.task_id}", *(f"/operations/find?state={state}" for state in STATES),
        f"/operations/messages/{kept.message_id}", "/audit", "/audit?who=x", "/audit?day=2026-03-03", "/audit?whom=x",
        "/health/ready",
    ):  # fmt: skip
        assert someone.get(page).status_code in {200, 303, 403, 404}, page
    someone.fill("/operations/find", nhs_number="999 300 0019", local_id="L100", visit="V100", why="x")
    judge(city, asked, 15)


def test_of_messages_that_were_found_no_more_rows_are_read_than_those(
    city: City, asked: list[Statement]
) -> None:
    wanted = find_messages.Wanted(feed="itk-v24", trigger="A16", until_ms=city.clock.at_ms)
    city.bridge.read_now(lambda c: find_messages.find(c, wanted))
    (plan,) = [plan for text, plan in plans(city, asked) if "message.answer_code" in text]
    assert [step for step in plan if step.startswith("SEARCH message ") and "(message_id=?)" in step]


def test_every_search_of_the_record(city: City, asked: list[Statement]) -> None:
    values = {
        "_id": "x", "identifier": "https://fhir.nhs.uk/Id/nhs-number|9990057007", "patient": "Patient/x",
        "status": "in-progress", "_lastUpdated": "ge2026-03-03", "encounter": "Encounter/x",
        "encounter:identifier": "https://fhir.nhs.uk/Id/nhs-number|9990057007", "category": "x", "type": "x",
        "date": "ge2026-03-03", "authored": "ge2026-03-03", "authored-on": "ge2026-03-03", "start-date": "ge2026-03-03",
        "lifecycle-status": "active",
    }  # fmt: skip
    for of, names in search.PARAMETERS.items():
        for name in names:
            query = search.read_query(of, [(name, values[name])], strict=True)
            city.bridge.read_now(lambda c, query=query: search.search(c, city.keyring, query))
    by_name = [(text, plan) for text, plan in plans(city, asked) if "resource.body" in text]
    judge(city, asked, 6)
    for text, plan in by_name:
        (step,) = [step for step in plan if step.startswith("SEARCH resource ")]
        wanted = {
            "resource_id": "resource_id=?", "person_id": "person_id=?", "status": "status=?",
            "updated_ms": "updated_position>?",             # Without a person these walk the type in the order of its changes: an index would be written with each of them.
            "category": "updated_position>?", "to_ms": "updated_position>?",
        }  # fmt: skip
        said = text.partition("WHERE")[2]
        (column,) = {name for name in wanted if f"resource.{name} " in said}
        assert wanted[column] in step, (text, plan)
    asked.clear()
    of_sites = search.read_query("Task", [("status", "requested")], strict=True)
    city.bridge.read_now(lambda c: search.search(c, city.keyring, of_sites, search.Reach("RKB")))
    city.bridge.read_now(lambda c: search.read_one(c, "Task", "t1", search.Reach("RKB")))
    judge(city, asked, 2)


def test_what_is_looked_through_at_a_start(city: City, asked: list[Statement]) -> None:
    city.bridge.write_now(lambda c: city.translator.complete(c, ""))
    city.bridge.read_now(completing.not_mapped)
    city.bridge.read_now(flows.backlogs)
    judge(city, asked, 5)
