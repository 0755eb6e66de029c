"""What the shared record did not take is looked at and sent again; people are published again, watched and held still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.storage.tables import dirty_person, republishing
from tests.web.city import MINUTE
from tests.web.conftest import token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

HERE = "/operations/shared-record"
CAUSE = "the server refused it: HTTP 422 value Patient.name[0]"


@pytest.fixture
def engineer(somebody: Callable[..., Someone]) -> Someone:
    return somebody("it-operations", "Ola Green")


def refuse(city: City) -> str:
    """Have somebody's resources refused, to be tried again in an hour."""
    person, now = str(city.task_of(0).person_id), city.clock.at_ms
    row = {"sink": "icr", "person_id": person, "since_ms": now, "fault": CAUSE, "tries": 4,
           "next_try_ms": now + 60 * MINUTE}  # fmt: skip
    city.bridge.write_now(lambda c: c.execute(dirty_person.delete()))
    city.bridge.write_now(lambda c: c.execute(dirty_person.insert(), [row]))
    return person


def press(someone: Someone, path: str, **fields: str) -> str:
    page = someone.get(HERE)
    answer = someone.post(f"{HERE}/{path}", data={"form_token": token(page.text), **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_who_was_refused_stands_beside_dead_letters_with_the_servers_words(
    engineer: Someone, city: City
) -> None:
    assert "Nobody is refused." in engineer.get(HERE).text
    person = refuse(city)
    overview = engineer.get("/operations").text
    assert "Everything flows." not in overview
    assert CAUSE in overview
    page = engineer.get(HERE).text
    assert CAUSE in page
    assert person in page
    assert "EVANS" not in page


@pytest.mark.parametrize("by", ["person_id", "cause"])
def test_the_refused_are_sent_again_at_once(engineer: Someone, city: City, by: str) -> None:
    about = {"person_id": refuse(city), "cause": CAUSE}[by]
    assert press(engineer, "send-again", sink="icr", **{by: about}) == f"{HERE}?sent=1"
    (row,) = city.rows(dirty_person)
    assert row.next_try_ms <= city.clock.at_ms


def test_a_run_is_begun_held_still_let_on_and_ended_on_the_page(engineer: Someone, city: City) -> None:
    assert (
        press(engineer, "runs", whom="everybody", per_second="7", why="after the upgrade")
        == f"{HERE}?done=begun"
    )
    (run,) = city.rows(republishing)
    page = engineer.get(HERE).text
    for said in ("Running", f"0 of {run.people} (0%)", "7 a second", "after the upgrade", "Ola Green"):
        assert said in page, said
    for act, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        press(engineer, f"runs/{run.run_id}/{act}")
        assert city.rows(republishing)[0].state == state
    answer = engineer.post(
        f"{HERE}/runs/{run.run_id}/pause", data={"form_token": token(engineer.get(HERE).text)}
    )
    assert (answer.status_code, "This run is stopped" in answer.text) == (422, True)


@pytest.mark.parametrize(
    "fields, told",
    [
        ({}, "Say whom to publish again"),
        ({"whom": "people", "named": " "}, "Say whom to publish again"),
        ({"whom": "people", "named": "n-nobody"}, "n-nobody"),
        ({"whom": "source", "named": "NOWHERE"}, "Nobody here is meant by that"),
        ({"whom": "everybody", "per_second": "0"}, "Enter 1 to 1,000 people a second"),
    ],
)
def test_what_cannot_be_begun_says_why_and_begins_nothing(
    engineer: Someone, city: City, fields: dict[str, str], told: str
) -> None:
    answer = engineer.post(f"{HERE}/runs", data={"form_token": token(engineer.get(HERE).text), **fields})
    assert (answer.status_code, told.lower() in answer.text.lower()) == (422, True)
    assert city.rows(republishing) == []


def test_who_looks_and_does_not_mend_has_no_buttons(city: City, somebody: Callable[..., Someone]) -> None:
    refuse(city)
    page = somebody("auditor", "Ada Audit").get(HERE).text
    assert CAUSE in page
    assert "Send again" not in page
    assert "Publish people again" not in page
