"""Mending by program: the pages' rules, nobody named, a second person, and keys for whom a change names anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import mending
from ascbridge.web.operations import api_mending
from tests.operations.mending.test_mend import give_keys
from tests.web.conftest import Someone
from tests.web.operations.test_mend_pages import NAMED, letter

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City

API = "/api/operations"
CHANGES = f"{API}/changes"


def by_name(app: FastAPI, city: City, name: str, role: Any = "it-operations") -> Someone:
    text, slip = tokens.mint(city.keyring, role, name)
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def ola(app: FastAPI, city: City, monkeypatch: pytest.MonkeyPatch) -> Someone:
    monkeypatch.setattr(api_mending, "KEYS_PATIENCE_S", 0.2)
    return by_name(app, city, "Ola Green")


def test_a_field_is_changed_tried_out_and_takes_effect(ola: Someone, city: City) -> None:
    path = f"{API}/dead-letters/{letter(city).rpartition('/')[2]}"
    assert ola.post(f"{path}/open", json={"why": ""}).status_code == 422
    opened = ola.post(f"{path}/open", json={"why": "the ward rang"})
    parts = {one["place"]: one for one in opened.json()["parts"]}
    assert (parts["PV1-4"]["shown"], parts["PV1-4"]["open"], parts["PID-5"]["open"]) == ("ZZ", True, False)
    assert "{PID-5}" in opened.json()["text"]
    bad = ola.post(f"{path}/changes", json={"values": {"PV9-1": "1"}, "why": "x"})
    assert (bad.status_code, "no segment PV9" in bad.json()["detail"]) == (409, True)
    for wrong in (
        {"why": "x"},
        {"values": {"PV1-4": "1"}, "text": "y", "why": "x"},
        {"values": {"PV1-4": "1"}},
    ):
        assert ola.post(f"{path}/changes", json=wrong).status_code == 422
    made = ola.post(f"{path}/changes", json={"values": {"PV1-4": "21"}, "why": "a wrong code"})
    change = made.json()
    assert (change["state"], change["places"], change["foreseen"]["refused"]) == ("asked", ["PV1-4"], "")
    assert change["foreseen"]["events"]
    here = f"{CHANGES}/{change['mending_id']}"
    assert ola.get(CHANGES).json() == [ola.get(here).json()]
    assert ola.post(f"{here}/try-again").json()["foreseen"] == change["foreseen"]
    done = ola.post(f"{here}/take-effect").json()
    assert (done["came"], done["change"]["state"]) == ("mended", "in force")
    assert ola.post(f"{here}/refuse", json={"why": "too late"}).status_code == 409
    assert ola.get(f"{CHANGES}/none").status_code == 404
    for text in (opened.text, bad.text, made.text):
        assert not [name for name in NAMED if name in text]
    whats = [one.what for one in city.bridge.read_now(audit_search.entries) if one.who == "Ola Green"]
    assert {"message opened", "message changed, tried out", "message mended"} <= set(whats)


def test_whom_it_is_about_changes_by_a_second_person_and_who_is_new_is_given_a_key(
    ola: Someone, app: FastAPI, city: City
) -> None:
    path = f"{API}/dead-letters/{letter(city).rpartition('/')[2]}"
    wanted = {"values": {"PID-3": "L998^^^RKB^PI"}, "why": "the wrong number"}
    change = ola.post(f"{path}/changes", json=wanted).json()
    assert "no key yet" in change["foreseen"]["refused"]
    here = f"{CHANGES}/{change['mending_id']}"
    give_keys(city)
    again = ola.post(f"{here}/try-again").json()
    assert again["foreseen"]["refused"] == ""
    assert again["foreseen"]["whom"][0]["after"] == "another: somebody not known here yet"
    assert "a second person must agree" in ola.post(f"{here}/take-effect").json()["detail"]
    pat = by_name(app, city, "Pat Field")
    assert pat.post(f"{here}/take-effect").json()["came"] == "mended"
    assert {row.decided_by for row in city.rows(mending)} == {"Pat Field"}


def test_where_the_keys_come_in_time_the_first_answer_says_whom(ola: Someone, city: City) -> None:
    path = f"{API}/dead-letters/{letter(city).rpartition('/')[2]}"
    has_keys, given = city.mender.has_keys, []

    def giving(connection: Any, mending_id: str) -> bool:
        given.append(mending_id)
        if len(given) > 1:
            give_keys(city)
        return has_keys(connection, mending_id)

    city.mender.has_keys = giving  # type: ignore[method-assign]  # as the process beside does, between two looks
    wanted = {"values": {"PID-3": "L997^^^RKB^PI"}, "why": "the wrong number"}
    change = ola.post(f"{path}/changes", json=wanted).json()
    assert change["foreseen"]["refused"] == ""
    assert len(given) > 1


def test_overseers_look_and_do_not_touch(app: FastAPI, city: City) -> None:
    auditor = by_name(app, city, "An Auditor", "auditor")
    dead_id = letter(city).rpartition("/")[2]
    assert auditor.get(CHANGES).json() == []
    assert auditor.post(f"{API}/dead-letters/{dead_id}/open", json={"why": "x"}).status_code == 403
