"""Dead letters by cause, and sending them again in bulk, on the pages: looked at, tried out, begun, held still, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ascbridge.events.handlers import replay_runs
from ascbridge.storage.tables import dead_letter, replay_run
from tests.web.conftest import token
from tests.web.faults import bury_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

CAUSE = "the profile of feed itk-v24 no longer reads it: PV1-14: a code"
NEW = f"/operations/replays/new?consumer=translator&feed=itk-v24&cause={quote(CAUSE)}"
HERE = "/operations/replays"


def bury(city: City) -> None:
    for number in (1, 2):
        bury_one(city, CAUSE, local_id=f"L30{number}", visit=f"V30{number}", nhs_number="")


def test_causes_are_listed_with_count_people_oldest_place_and_what_to_do(
    city: City, somebody: Callable[..., Someone]
) -> None:
    ola = somebody("it-operations", "Ola Green")
    assert "There are none" in ola.get("/operations/dead-letters").text
    bury(city)
    page = ola.get("/operations/dead-letters").text
    for said in ("By cause", "PV1-14", "itk-v24", "People waiting", "Look at PV1-14", "Send all again"):
        assert said in page, said
    group = ola.get(f"/operations/dead-letters?consumer=translator&feed=itk-v24&cause={quote(CAUSE)}").text
    assert "Send all of them again" in group
    assert group.count("/operations/dead-letters/0") == 2
    assert "Send all of them again" in ola.get(f"/operations/dead-letters?cause={quote(CAUSE)}").text
    assert "Send all" in ola.get("/operations").text


def test_a_group_is_tried_out_and_sent_again_at_a_rate(city: City, somebody: Callable[..., Someone]) -> None:
    bury(city)
    ola = somebody("it-operations", "Ola Green")
    asked = ola.get(NEW).text
    assert "Send 2 dead letters again?" in asked
    assert asked.count("Go through") == 2
    assert {row.state for row in city.rows(dead_letter)} == {"open"}
    for wrong, said in ({"why": ""}, "Say why"), ({"why": "x", "per_second": "0"}, "Enter 1 to"):
        answer = ola.fill(HERE, NEW, **wrong)
        assert (answer.status_code, said in answer.text) == (422, True)
    assert ola.fill(HERE, NEW, why="the profile is mended", per_second="1").status_code == 303
    (run,) = city.rows(replay_run)
    assert "0 of 2 (0%)" in ola.get(f"{HERE}?done=begun").text
    again = ola.fill(HERE, NEW, why="once more")
    assert "let it end, or stop it" in again.text
    city.clock.at_ms += 1_000
    city.bridge.write_now(lambda c: replay_runs.step(c, run.run_id, "work", city.clock.at_ms))
    for act, said in (("pause", "Go on"), ("resume", "Pause"), ("stop", "Stopped")):
        assert ola.fill(f"{HERE}/{run.run_id}/{act}", HERE).headers["location"] == f"{HERE}?done={act}"
        page = ola.get(HERE).text
        assert (said in page, "1 of 2 (50%)" in page) == (True, True)
    assert ola.fill(f"{HERE}/{run.run_id}/pause", HERE).status_code == 409
    assert ola.fill(f"{HERE}/{run.run_id}/dance", HERE).status_code == 404
    assert ola.get("/operations/replays/new?cause=none").text.count("No open dead letter") == 1
    assert ola.get("/operations/replays/new").text.count("No open dead letter") == 1


def test_what_was_found_can_be_sent_again(city: City, somebody: Callable[..., Someone]) -> None:
    bury(city)
    found = somebody("it-operations", "Ola Green").get("/operations/find?state=dead").text
    assert "Send the dead letters of 2 messages again" in found


def test_overseers_look_and_do_not_touch(city: City, somebody: Callable[..., Someone]) -> None:
    bury(city)
    auditor = somebody("auditor")
    page = auditor.get("/operations/dead-letters").text
    assert "PV1-14" in page
    assert "Send all" not in page
    assert auditor.get(HERE).status_code == 200
    assert auditor.get(NEW).status_code == 403
    fields = {"form_token": token(page), "why": "x", "cause": CAUSE}
    assert auditor.post(HERE, data=fields).status_code == 403
