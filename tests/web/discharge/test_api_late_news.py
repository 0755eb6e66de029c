"""People whose news came late, for programs: the same list, under the same roles and audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.finding import audit_search
from tests.web.city import MINUTE
from tests.web.discharge.test_phone_pages import outage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


def test_programs_read_the_same_list(city: City, somebody: Callable[..., Someone]) -> None:
    number, someone = outage(city), somebody("discharge-team")
    (one,) = someone.get(f"/api/late-news?alert={number}").json()
    assert (one["person"]["nhs_number"], one["owner_team"], one["messages"]) == (
        "9993000035", "Community Discharge Team", 1,
    )  # fmt: skip
    assert one["late_ms"] == one["heard_ms"] - one["recorded_ms"] == 120 * MINUTE
    assert len(someone.get("/api/late-news").json()) == 2
    assert someone.get("/api/late-news?alert=99").status_code == 404
    assert someone.get("/api/late-news?team=Nobody").json() == []
    masked = somebody("auditor").get(f"/api/late-news?alert={number}&purpose=Audit").json()
    assert "SINGH" not in str(masked)
    assert somebody("it-operations").get("/api/late-news").status_code == 403
    assert "people to check by phone read" in [
        entry.what for entry in city.bridge.read_now(audit_search.entries)
    ]
