"""A message's trace on its page and for programs: opened by a reason, and nobody is named on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.finding import audit_search

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

NAMED = ("EVANS", "MARY", "9993000019", "19410314", "L100", "V100")


def place(someone: Someone, control_id: str = "T0009") -> str:
    return str(someone.get(f"/operations/find?q={control_id}").headers["location"])


def test_every_hop_is_shown_with_its_milliseconds(somebody: Callable[..., Someone]) -> None:
    engineer = somebody("it-operations")
    page = engineer.get(place(engineer)).text
    for said in (
        "Hop by hop",
        "Understood: 2 events",
        "Rules, as they last decided: a task",
        "not shown",
        "&nbsp;ms",
    ):
        assert said in page, said
    found = engineer.get(f"/api{place(engineer)}").json()
    assert found["trace_id"] == found["message"]["message_id"].replace("-", "")
    assert [one["kind"] for one in found["hops"]][:2] == ["received", "understood"]
    assert found["trace_id"] in page
    assert not [name for name in NAMED if name in page + str(found)]


def test_opening_needs_a_reason_is_audited_and_names_nobody(
    somebody: Callable[..., Someone], city: City
) -> None:
    engineer = somebody("it-operations", "Ola Green")
    here = place(engineer)
    assert engineer.fill(f"{here}/open", here, why=" ").status_code == 422
    page = engineer.fill(f"{here}/open", here, why="the ward rang").text
    assert "PID-5" in page
    assert "What it says" in page
    assert engineer.post(f"/api{here}/open", json={"why": "the ward rang"}).status_code in {401, 403}
    assert not [name for name in NAMED if name in page]
    opened = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "message opened"]
    assert {(one.who, one.why) for one in opened} == {("Ola Green", "the ward rang")}


def test_overseers_follow_a_message_and_open_nothing(somebody: Callable[..., Someone]) -> None:
    auditor = somebody("auditor")
    here = place(auditor)
    page = auditor.get(here)
    assert "Open what each hop says" not in page.text
    assert auditor.fill(f"{here}/open", "/operations", why="the ward rang").status_code == 403
    desk = somebody("discharge-team")
    assert desk.get(here).status_code == 403
