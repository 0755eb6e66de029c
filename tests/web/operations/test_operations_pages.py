"""What IT staff see and do: the ledger, what does not flow, trails, and sending again with a question first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import feed_quiet, held
from tests.intake.messages import adt
from tests.web.city import MINUTE, NOON
from tests.web.conftest import Someone, token
from tests.web.faults import bury_one, hold_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

CAUSE = "feed itk-v24 has no profile here; add it to the settings"
OTHER = {"local_id": "L201", "visit": "V201", "nhs_number": "9993000094"}


@pytest.fixture
def engineer(somebody: Callable[..., Someone]) -> Someone:
    return somebody("it-operations", "Ola Green")


def test_when_all_is_well_the_page_says_so_and_the_ledger_adds_up(engineer: Someone) -> None:
    page = engineer.get("/operations").text
    for said in (
        "Everything flows.",
        "Add up",
        "Speaking",
        "itk-v24",
        "Shared record: icr",
        "19",
        "translator",
    ):
        assert said in page, said
    assert "Do not add up" not in page


def test_what_is_quiet_as_it_never_is_stands_first_with_since_when_and_how_much_comes_by_now(
    engineer: Someone, city: City
) -> None:
    rows = [
        {"feed": "itk-v24", "kind": kind, "since_ms": NOON - 95 * MINUTE, "usual": 6} for kind in ("", "A03")
    ]
    city.bridge.write_now(lambda c: c.execute(feed_quiet.insert(), rows))
    page = engineer.get("/operations").text
    assert "Everything flows." not in page
    nothing, no_a03 = page.index("Nothing from "), page.index("No A03 from ")
    assert nothing < no_a03 < page.index("Feeds</h2>")
    assert re.search(r"No A03 from [^<]+ since [^<]*\d\d:\d\d\.</strong>", page)
    assert "6 messages usually come by now" in page
    (feed,) = (one for one in engineer.get("/api/operations/feeds").json() if one["name"] == "itk-v24")
    assert feed["quiet"] == [
        {"trigger": kind, "since_ms": NOON - 95 * MINUTE, "usual": 6} for kind in ("", "A03")
    ]


def test_refusals_are_listed_with_their_reasons_and_lead_to_their_trails(
    engineer: Someone, city: City
) -> None:
    assert "Refused messages" in engineer.get("/operations").text
    assert "<p>None.</p>" in engineer.get("/operations/refused").text
    for number in ("1", "2"):
        city.arrive("itk-v24", adt("A40", control_id=f"BAD{number}", nhs_number="9993000094"))
    page = engineer.get("/operations/refused").text
    assert page.index("BAD2") < page.index("BAD1")
    assert "no MRG segment" in page
    assert "9993000094" not in page
    rows = engineer.get("/api/operations/refused").json()
    assert [(row["control_id"], row["outcome"]) for row in rows] == [("BAD2", "refused"), ("BAD1", "refused")]
    assert f"/operations/messages/{rows[0]['message_id']}" in page


def test_what_does_not_flow_is_told_by_cause_with_what_to_do(engineer: Someone, city: City) -> None:
    bury_one(city, CAUSE, **OTHER)
    hold_one(city, "another cause", local_id="L202", visit="V202", nhs_number="9993000108")
    page = engineer.get("/operations").text
    for said in (
        CAUSE,
        "another cause",
        "Add the feed to the settings",
        "Send it again",
        "Try now",
        "after 2 tries",
    ):
        assert said in page, said


def test_a_dead_letter_is_sent_again_after_a_look_at_it(engineer: Someone, city: City) -> None:
    dead_id = bury_one(city, CAUSE, **OTHER)
    assert CAUSE in engineer.get(f"/operations/dead-letters?consumer=translator&cause={quote(CAUSE)}").text
    path = f"/operations/dead-letters/{dead_id}"
    assert engineer.fill(f"{path}/send-again", path).status_code == 303
    assert "Sent again" in engineer.get(path).text
    answer = engineer.post(f"{path}/send-again", data={"form_token": token(engineer.get("/operations").text)})
    assert answer.status_code == 409
    assert "Somebody dealt with it meanwhile" in answer.text
    (entry,) = city.bridge.read_now(lambda c: audit_search.entries(c, whom=f"dead-letter:{dead_id}"))
    assert (entry.who, entry.what) == ("Ola Green", "dead letter sent again")


def test_a_dead_letter_is_dismissed_with_a_reason_only(engineer: Someone, city: City) -> None:
    dead_id = bury_one(city, CAUSE, **OTHER)
    path = f"/operations/dead-letters/{dead_id}"
    answer = engineer.fill(f"{path}/dismiss", path, why=" ")
    assert answer.status_code == 422
    assert "Say why it is not to be sent again" in answer.text
    assert engineer.fill(f"{path}/dismiss", path, why="sent by mistake").status_code == 303
    assert "Dismissed" in engineer.get(path).text
    assert engineer.get("/operations/dead-letters?state=dismissed").text.count(dead_id) == 1


def test_held_people_are_tried_now_after_a_question(engineer: Someone, city: City) -> None:
    hold_one(city, CAUSE, **OTHER)
    path = f"/operations/confirm?act=try-now&consumer=translator&cause={quote(CAUSE)}"
    assert "Try 1 held person again now?" in engineer.get(path).text
    engineer.fill("/operations/confirm", path)
    assert city.rows(held)[0].next_try_ms == city.clock.at_ms
    assert engineer.get("/operations/confirm?act=dance&consumer=x&cause=y").status_code == 404
    fields = {
        "act": "dance",
        "consumer": "x",
        "cause": "y",
        "form_token": token(engineer.get("/operations").text),
    }
    assert engineer.post("/operations/confirm", data=fields).status_code == 404


def test_one_message_is_found_and_its_trail_shown(engineer: Someone) -> None:
    there = engineer.get("/operations/find?q=T0009").headers["location"]
    page = engineer.get(there).text
    for said in ("Received, kept and answered AA", "Patient ready for discharge", "task opened", "discharge: done",
                 "sink:icr: waiting", "is now requested, new"):  # fmt: skip
        assert said in page, said
    assert "0 messages found" in engineer.get("/operations/find?q=T9999").text
    assert "Find messages" in engineer.get("/operations/find").text
    for path in ("/operations/messages/none", "/operations/dead-letters/none"):
        assert engineer.get(path).status_code == 404


def test_several_messages_with_one_control_id_are_listed(engineer: Someone, city: City) -> None:
    from tests.intake.messages import adt

    city.arrive("itk-v24", adt("A08", control_id="T0009"))
    assert "2 messages found" in engineer.get("/operations/find?q=T0009").text


def test_overseers_look_and_do_not_touch(somebody: Callable[..., Someone], city: City) -> None:
    dead_id = bury_one(city, CAUSE, **OTHER)
    auditor = somebody("auditor")
    page = auditor.get(f"/operations/dead-letters/{dead_id}").text
    assert CAUSE in page
    assert "Send again</" not in page
    fields = {"form_token": token(page)}
    assert auditor.post(f"/operations/dead-letters/{dead_id}/send-again", data=fields).status_code == 403
    assert auditor.get("/operations/confirm?act=try-now&consumer=x&cause=y").status_code == 403
