"""People to check by phone: who, by team, how late, and who rang about them."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.alerts import alert_store
from ascbridge.alerts.alert_rules import Terms
from ascbridge.alerts.alert_store import Routes, Watched
from ascbridge.bootstrap.jobs.alerting import late_words
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import task
from ascbridge.web.app import create_app
from tests.intake.messages import adt
from tests.web.city import MINUTE, hl7_time
from tests.web.conftest import Someone, token
from tests.web.operations.test_alert_pages import DOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.alerts.alert_rules import Trouble
    from tests.web.city import City

PATH = "/check-by-phone"
SINGH: dict[str, Any] = {"local_id": "L102", "visit": "V102", "name": "SINGH^HARBHAJAN^^^MRS^^L", "born": "19520119",
                         "nhs_number": "9993000035", "ward": "W33^SIDE ROOM 2^^RKB01"}  # fmt: skip
HOLLOWAY: dict[str, Any] = {"local_id": "L104", "visit": "V104", "name": "HOLLOWAY^JANE^^^MS^^L", "born": "19700505",
                            "nhs_number": "9993000051", "ward": "W40^BAY 9^BED 9^RKB01"}  # fmt: skip


MARSH: dict[str, Any] = {"local_id": "L106", "visit": "V106", "name": "MARSH^IDA^^^MRS^^L", "born": "19410305",
                         "nhs_number": "9993000078", "ward": "W33^BAY 1^BED 2^RKB01"}  # fmt: skip


def late(city: City, hours: float, **who: Any) -> None:
    """A message that was sent some hours ago and arrives only now."""
    sent = hl7_time(city.clock.at_ms - round(hours * 60 * MINUTE))
    city.arrive("itk-v24", adt("A08", sent=sent, control_id=city.control_id(), **who))


@pytest.fixture
def after_an_outage(city: City) -> City:
    late(city, 2, **SINGH)
    late(city, 5, **HOLLOWAY, extra=("ZU8||||2",))
    return city


def task_of(city: City, name: str) -> Any:
    found = re.search(
        rf'href="/tasks/([^"]+)">{name}',
        Someone(create_app(city.parts())).sign_in("discharge-team").get(PATH).text,
    )
    assert found
    return next(row for row in city.rows(task) if row.task_id == found[1])


def test_after_an_outage_the_desk_is_told_whom_to_ring_and_how_late_it_was(
    after_an_outage: City, somebody: Callable[..., Someone]
) -> None:
    someone = somebody("discharge-team")
    assert "2 people to check by phone" in someone.get("/worklist").text
    page = someone.get(PATH).text
    assert page.index("HOLLOWAY") < page.index("SINGH"), "the latest first"
    assert "<strong>5 hours</strong>" in page
    assert "<strong>2 hours</strong>" in page
    assert "Community Discharge Team (2)" in page
    assert "As at 18 Oct 2026, 12:30" in page
    assert "W33" in page


def test_where_a_restricted_person_is_stands_nowhere(
    after_an_outage: City, somebody: Callable[..., Someone]
) -> None:
    page = somebody("discharge-team").get(PATH).text
    assert "Location not shown: restricted" in page
    assert "W40" not in page


def test_who_has_rung_says_so_and_it_is_written_down(
    after_an_outage: City, somebody: Callable[..., Someone]
) -> None:
    someone, row = somebody("discharge-team"), task_of(after_an_outage, "SINGH")
    form = {"form_token": token(someone.get(PATH).text)}
    answer = someone.post(f"{PATH}/{row.task_id}?team=Community+Discharge+Team", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?team=Community+Discharge+Team")
    page = someone.get(PATH).text
    assert "SINGH" not in page
    assert "HOLLOWAY" in page
    assert someone.post(f"{PATH}/{row.task_id}", data=form).status_code == 303, "a colleague was quicker"
    assert someone.post(f"{PATH}/nothing", data=form).status_code == 404
    entries = [one for one in after_an_outage.bridge.read_now(audit_search.entries) if "phone" in one.what]
    assert [(one.what, one.who, one.whom) for one in entries if one.what.startswith("checked")] == [
        ("checked by phone after late news", "Nia Brown", row.person_id)
    ]
    assert {one.what: one.result for one in entries}["people to check by phone read"] in {
        "1 shown",
        "2 shown",
    }


def test_without_late_news_nobody_is_to_be_rung(city: City, somebody: Callable[..., Someone]) -> None:
    someone = somebody("discharge-team")
    assert "to check by phone" not in someone.get("/worklist").text
    assert "Nobody is to be checked" in someone.get(PATH).text


def test_masked_roles_see_no_names_and_act_on_nothing(
    after_an_outage: City, somebody: Callable[..., Someone]
) -> None:
    page = somebody("auditor").get(PATH).text
    for name in ("SINGH", "HOLLOWAY", "999 300 0035", "I have rung"):
        assert name not in page
    assert "5 hours" in page
    row = task_of(after_an_outage, "SINGH")
    auditor = somebody("auditor")
    form = {"form_token": token(auditor.get("/worklist").text)}
    assert auditor.post(f"{PATH}/{row.task_id}", data=form).status_code == 403
    assert somebody("it-operations").get(PATH).status_code == 403


def test_an_erased_person_is_told_as_erased(after_an_outage: City, somebody: Callable[..., Someone]) -> None:
    after_an_outage.erase(task_of(after_an_outage, "SINGH").patient_key)
    page = somebody("discharge-team").get(PATH).text
    assert "SINGH" not in page
    assert "Erased" in page


def outage(city: City, **singh: Any) -> int:
    """A sink is down for half an hour, news comes late meanwhile, and some after it; return the alert's number."""
    late(city, 30, **HOLLOWAY, extra=("ZU8||||2",))  # before it, and not by it
    city.clock.at_ms += 10 * MINUTE
    watched = Watched(city.clock.at_ms, partial(late_words, generation=city.desk.generation))

    def judge(*troubles: Trouble) -> None:
        now_ms = city.clock.at_ms
        city.bridge.write_now(lambda c: alert_store.judge(c, troubles, Terms(), Routes(), watched, now_ms))

    judge(DOWN)
    city.clock.at_ms += 30 * MINUTE
    late(city, 2, **SINGH | singh)
    judge()
    (one,) = city.bridge.read_now(alert_store.past)
    city.clock.at_ms += 5 * MINUTE
    return one.number


def test_each_recovery_has_its_list_of_whose_news_was_late(
    city: City, somebody: Callable[..., Someone]
) -> None:
    number = outage(city)
    someone = somebody("discharge-team")
    everybody = someone.get(PATH).text
    assert "HOLLOWAY" in everybody
    assert f'href="{PATH}?alert={number}"' in everybody
    page = someone.get(f"{PATH}?alert={number}").text
    assert "SINGH" in page
    assert "HOLLOWAY" not in page, "it was late before"
    assert DOWN.text in page
    form = {"form_token": token(page)}
    row = task_of(city, "SINGH")
    back = someone.post(f"{PATH}/{row.task_id}?alert={number}", data=form)
    assert back.headers["location"] == f"{PATH}?alert={number}"
    assert "Rung by Nia Brown" in someone.get(back.headers["location"]).text
    assert someone.get(f"{PATH}?alert=99").status_code == 404


def test_what_comes_within_an_hour_after_it_and_was_recorded_before_is_on_it(
    city: City, somebody: Callable[..., Someone]
) -> None:
    number, someone = outage(city), somebody("discharge-team")
    late(city, 4, **HOLLOWAY, extra=("ZU8||||2",))
    assert "HOLLOWAY" in someone.get(f"{PATH}?alert={number}").text
    city.clock.at_ms += 60 * MINUTE
    late(city, 3, **MARSH)
    assert "MARSH" not in someone.get(f"{PATH}?alert={number}").text
