"""The file is given for a request, by who checked who asks, and it is written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from markupsafe import escape

from ascbridge.operations.finding import audit_search

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


def test_it_is_given_for_a_request_once_it_is_checked_who_asks(
    city: City, somebody: Callable[..., Someone]
) -> None:
    person_id = city.task_of(0).person_id
    someone = somebody("information-governance", "Ida Gov")
    path = f"/people/{person_id}/subject-access"
    refused = someone.fill(path, reference="SAR-7")
    assert refused.status_code == 422
    assert "Say that you checked who asks" in refused.text
    assert 'value="SAR-7"' in refused.text
    assert "Enter the number of the request" in someone.fill(path, checked="yes").text
    answer = someone.fill(path, reference="SAR-7", checked="yes")
    assert answer.headers["content-disposition"].startswith('attachment; filename="subject-access-')
    assert answer.json()["who"]["family_name"] == "EVANS"
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person_id))
    (entry,) = [one for one in entries if one.what == "subject access file given"]
    assert (entry.who, entry.why) == ("Ida Gov", "request SAR-7")
    assert someone.get("/people/nobody/subject-access").status_code == 404


def test_the_same_is_a_page_to_print_that_marks_what_is_about_others(
    city: City, somebody: Callable[..., Someone]
) -> None:
    person_id = city.task_of(0).person_id
    someone = somebody("information-governance", "Ida Gov")
    path = f"/people/{person_id}/subject-access"
    held = someone.fill(path, reference="SAR-7", checked="yes").json()
    page = someone.fill(path, reference="SAR-7", checked="yes", form="page").text
    for said in (
        "Request SAR-7",
        "EVANS",
        "<dt>Birth date</dt><dd>1941-03-14</dd>",
        *held["not_in_this_file"],
    ):
        assert str(escape(said)) in page or said in page, said
    told = json.dumps(held).count('"third_party"')
    assert page.count("About somebody else") == told + 1  # and who took the file
    assert page.count("May name others") == json.dumps(held).count('"may_name_others"')
    for one in held["who"]["local_numbers"]:
        assert f"<dt>Authority</dt><dd>{one['authority']}</dd>" in page
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person_id))
    assert [one.why for one in entries if one.what == "subject access file given"] == ["request SAR-7"] * 2


def test_only_who_answers_for_it_may(city: City, somebody: Callable[..., Someone]) -> None:
    path = f"/people/{city.task_of(0).person_id}/subject-access"
    for role in ("auditor", "discharge-team", "locality-team", "it-operations"):
        assert somebody(role).get(path).status_code == 403
