"""Who asks is who their sign-in says; and what safeguarding looks at elsewhere is written down behind the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.access import BEHIND_THE_WALL, ROLES
from ascbridge.storage.tables import audit, desk_act
from tests.safeguarding.behind import said

if TYPE_CHECKING:
    from tests.web.walled import WalledCity


def test_of_a_hold_no_audit_but_that_behind_the_wall_tells_who_set_it(walled: WalledCity) -> None:
    for number, (role, name) in enumerate(
        (("safeguarding", "Petra Holder"), ("discharge-team", "Nia Brown"))
    ):
        task_id = walled.city.task_of(number).task_id
        someone = walled.sign_in(role, name)
        if role == "safeguarding":
            someone.say_why()
        answer = someone.fill(f"/tasks/{task_id}/hold", who="Sol Grey", phone="024 7600 0000")
        assert answer.status_code == 303
    held = [row for row in walled.city.rows(audit) if row.what == "task hold"]
    assert [(row.who, row.role, row.where_from) for row in held] == [
        ("somebody who may hold", "hold", "")
    ] * 2
    acts = [row.actor for row in walled.city.rows(desk_act) if row.act == "hold"]
    assert acts == ["somebody who may hold"] * 2
    inside = walled.behind.run(lambda c: list(c.execute(select(audit).where(audit.c.what == "task hold"))))
    assert {(row.who, row.role) for row in inside} == {
        ("Petra Holder", "safeguarding"),
        ("Nia Brown", "discharge-team"),
    }


def test_that_safeguarding_opens_somebodys_record_stands_behind_the_wall_alone(walled: WalledCity) -> None:
    person = walled.city.task_of(0).person_id
    someone = walled.sign_in()
    someone.say_why(person)
    assert someone.get(f"/people/{person}").status_code == 200
    outside = [row for row in walled.city.rows(audit) if row.role == "safeguarding"]
    assert outside == []
    inside = walled.behind.run(
        lambda c: [row.whom for row in c.execute(select(audit)) if row.what != "signed in"]
    )
    assert person in inside


def test_that_others_open_it_stands_where_it_always_did(walled: WalledCity) -> None:
    person = walled.city.task_of(0).person_id
    someone = walled.sign_in("locality-team")
    someone.say_why(person)
    someone.get(f"/people/{person}")
    assert person in [row.whom for row in walled.city.rows(audit) if row.role == "locality-team"]


def test_the_roles_whose_looking_tells_something_are_roles() -> None:
    assert set(ROLES) >= BEHIND_THE_WALL
    assert "out-of-hours" not in BEHIND_THE_WALL, "they look at people for every reason"


@pytest.mark.parametrize("kind", ["organisation", "account"])
def test_an_organisation_and_an_account_of_the_identity_provider_keep_out(
    walled: WalledCity, kind: str
) -> None:
    from ascbridge.web.safeguarding.safeguarding_acts import insider
    from ascbridge.web.visitors import Visitor

    class Asked:
        client = None

    visitor = Visitor(
        "Nia Brown", "safeguarding", "session", sign_in="person:sub-77", organisation="Sunny Care"
    )
    who = insider(Asked(), visitor)  # type: ignore[arg-type]  # all that is asked of a request here
    assert (who.account, who.organisation) == ("sub-77", "Sunny Care")
    hidden = {
        "organisation": {"excluded_organisations": ("Sunny Care",)},
        "account": {"excluded_accounts": ("sub-77",)},
    }
    walled.behind.take(said(**hidden[kind]))
    assert walled.behind.lists(who)["to-decide"] == []
    assert len(walled.behind.lists()["to-decide"]) == 1


def test_a_one_time_link_is_no_account(walled: WalledCity) -> None:
    walled.behind.take(said(excluded_accounts=("link",)))
    assert "EVANS" in walled.sign_in().get("/safeguarding").text
