"""Legal holds on the pages and for programs: placed and ended by those who settle, seen by who oversees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.storage.tables import legal_hold
from tests.web.conftest import token
from tests.web.operations.test_api_republishing import someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City
    from tests.web.conftest import Someone

HERE, API = "/settle/holds", "/api/settle/holds"


def test_a_hold_is_placed_stops_an_erasure_and_is_ended(city: City, somebody: Callable[..., Someone]) -> None:
    person = city.task_of(0).person_id
    anne = somebody("information-governance", "Anne Long")
    assert "None stands" in anne.get(HERE).text
    for wrong, said in (
        ({"kind": "", "about": person, "why": "x"}, "Choose a person or a message"),
        ({"kind": "person", "about": "none", "why": "x"}, "There is no such person"),
        ({"kind": "person", "about": person, "why": ""}, "Say why"),
        ({"kind": "person", "about": person, "why": "x", "until": "soon"}, "Write the day"),
    ):
        answer = anne.fill(HERE, HERE, **wrong)
        assert (answer.status_code, said in answer.text) == (422, True)
    fields = {"kind": "person", "about": person, "why": "inquest 12/26", "until": "2026-01-31"}
    assert anne.fill(HERE, HERE, **fields).headers["location"] == f"{HERE}?done=placed"
    page = anne.get(f"{HERE}?done=placed").text
    for said in ("The hold stands", "inquest 12/26", "Overdue", person):
        assert said in page, said
    assert "legal holds" in anne.get("/settle").text
    (hold,) = city.rows(legal_hold)
    end = f"{HERE}/{hold.hold_id}/end"
    assert anne.fill(end, HERE, why="").status_code == 422
    assert anne.fill(end, HERE, why="over").headers["location"] == f"{HERE}?done=ended"
    assert "over" in anne.get(HERE).text


def test_programs_do_the_same_and_overseers_only_look(
    app: FastAPI, city: City, somebody: Callable[..., Someone]
) -> None:
    governor, auditor = someone(app, city, "information-governance"), someone(app, city, "auditor")
    wanted = {"kind": "person", "about": city.task_of(0).person_id, "why": "inquest 12/26"}
    placed = governor.post(API, json=wanted | {"until": "2027-01-31T12:00:00Z"}).json()
    assert (placed["kind"], placed["who"] != "", placed["until_ms"]) == ("person", True, 1_801_396_800_000)
    assert governor.post(API, json=wanted).status_code == 409
    assert auditor.get(API).json() == [placed]
    assert auditor.post(API, json=wanted).status_code == 403
    assert someone(app, city, "it-operations").get(API).status_code == 403
    assert governor.post(f"{API}/{placed['hold_id']}/end", json={"why": "over"}).json() == []
    assert governor.post(f"{API}/{placed['hold_id']}/end", json={"why": "over"}).status_code == 409
    page = somebody("auditor").get(HERE)
    assert (page.status_code, "Place a hold" in page.text) == (200, False)
    fields = {"form_token": token(page.text), **wanted}
    assert somebody("auditor").post(HERE, data=fields).status_code == 403
