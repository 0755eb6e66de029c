"""What is received and not used, on its page, under /api, and for those who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


@pytest.fixture
def engineer(somebody: Callable[..., Someone], city: City) -> Someone:
    city.hear("A03", local_id="L77", visit="V77", pv1={36: "ZZ", 37: "19"}, extra=("AL1|1|DA|PENICILLIN",))
    city.bridge.write_now(city.translator.unread.write)
    return somebody("it-operations")


def test_the_page_shows_what_is_not_used_and_narrows(engineer: Someone) -> None:
    page = engineer.get("/operations/unmapped").text
    assert "AA9|9|AA|AAAAAAAAAA" in page
    assert "PENICILLIN" not in page
    assert "discharge_method ZZ" in page
    codes = engineer.get("/operations/unmapped?feed=itk-v24&kind=code").text
    assert "discharge_method ZZ" in codes
    assert "AL1" not in codes
    assert "Nothing of this was received" in engineer.get("/operations/unmapped?feed=desk").text
    assert 'href="/operations/unmapped"' in engineer.get("/operations").text


def test_the_same_under_api(engineer: Someone) -> None:
    found = engineer.get("/api/operations/unmapped?kind=segment").json()
    assert ("AL1", 1) in [(one["place"], one["n"]) for one in found]
    assert {one["kind"] for one in found} == {"segment"}
    assert engineer.get("/api/operations/unmapped?kind=colour").status_code == 422


def test_who_works_at_the_desk_does_not_see_it(somebody: Callable[..., Someone]) -> None:
    assert somebody("discharge-team").get("/operations/unmapped").status_code == 403
    assert somebody("discharge-team").get("/api/operations/unmapped").status_code == 403
