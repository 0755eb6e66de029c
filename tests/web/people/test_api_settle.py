"""People to settle, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.storage.tables import patient
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City

IG: Any = "information-governance"
WHY = {"why": "the national service lifted it"}


def bearer(app: FastAPI, city: City, who: str, role: Any = IG) -> Someone:
    text, slip = tokens.mint(city.keyring, role, who)
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def anne(app: FastAPI, city: City) -> Someone:
    return bearer(app, city, "anne")


def hidden(city: City) -> str:
    return str(next(row for row in city.rows(patient) if row.restricted).person_id)


def test_a_restriction_is_lifted_by_two_tokens_of_two_people(anne: Someone, app: FastAPI, city: City) -> None:
    path = f"/api/settle/persons/{hidden(city)}"
    id = anne.post(f"{path}/lift-restriction", json=WHY).json()["about"]
    assert anne.post(f"{path}/lift-restriction", json=WHY).status_code == 409
    (waiting,) = anne.get("/api/settle").json()["requests"]
    assert (waiting["request_id"], waiting["asked_by"], waiting["state"]) == (id, "anne", "asked")
    for same in (anne, bearer(app, city, "anne")):
        answer = same.post(f"/api/settle/requests/{id}/approve", json={})
        assert answer.status_code == 409
        assert "second person" in answer.json()["detail"]
    ben = bearer(app, city, "ben")
    assert ben.post(f"/api/settle/requests/{id}/approve", json={}).json() == {"about": id}
    found = ben.get(f"{path}?purpose=check").json()
    assert found["restricted"] is False
    assert [one["state"] for one in found["requests"]] == ["done"]


def test_a_person_who_signed_in_and_a_token_are_two_where_the_names_are(
    anne: Someone, app: FastAPI, city: City
) -> None:
    id = anne.post(f"/api/settle/persons/{hidden(city)}/erase", json=WHY).json()["about"]
    refused = anne.post(f"/api/settle/requests/{id}/refuse", json={})
    assert refused.status_code == 422
    assert anne.post(f"/api/settle/requests/{id}/refuse", json=WHY).status_code == 200
    assert anne.post(f"/api/settle/requests/{id}/approve", json={}).status_code == 409


def test_records_are_opened_with_a_purpose_and_parted_and_joined(anne: Someone, city: City) -> None:
    person = city.task_of(0).person_id
    path = f"/api/settle/persons/{person}"
    assert anne.get(path).status_code == 400
    found = anne.get(f"{path}?purpose=two%20sisters").json()
    assert {one["name"] for one in found["records"]} == {"EVANS, Mary", "EVANS, Mary Joy (Mrs)"}
    (link,) = found["links"]
    key = link["patient_keys"][0]
    assert anne.post(f"{path}/part", json={**WHY, "patient_key": key}).status_code == 200
    people = {row.person_id for row in city.rows(patient) if row.patient_key in link["patient_keys"]}
    assert len(people) == 2
    first, second = sorted(people)
    assert (
        anne.post(f"/api/settle/persons/{first}/join", json={**WHY, "person_id": second}).status_code == 200
    )
    assert anne.post(f"{path}/join", json={**WHY, "person_id": "none"}).status_code == 409
    assert anne.get("/api/settle/persons/none?purpose=x").status_code == 404


def test_two_who_may_be_one_are_settled(anne: Someone, city: City) -> None:
    for number in ("L910", "L911"):
        city.hear(
            "A01", local_id=number, visit=number, name="OKORO^GRACE^^^MRS^^L", born="19470820", nhs_number=""
        )
    found = anne.get("/api/settle").json()
    (pair,) = found["pairs"]
    assert (pair["row"], found["more_pairs"]) == ("no-number-all-else-same", 0)
    assert "same names and birth date" in pair["words"]
    assert pair["person_id"] != pair["other_person_id"]
    path = f"/api/settle/pairs/{pair['patient_key']}/{pair['other_key']}"
    assert anne.post(path, json={**WHY, "choice": "noted"}).status_code == 409
    assert anne.post(path, json={**WHY, "choice": "perhaps"}).status_code == 422
    assert anne.post(path, json={**WHY, "choice": "two-people"}).status_code == 200
    assert anne.post(path, json={**WHY, "choice": "two-people"}).status_code == 409
    assert (
        anne.post(
            f"/api/settle/pairs/{pair['patient_key']}/many", json={**WHY, "choice": "noted"}
        ).status_code
        == 409
    )
    assert anne.get("/api/settle").json()["pairs"] == []


def test_a_number_is_settled(anne: Someone, city: City) -> None:
    city.hear("A01", local_id="L900", visit="V900", name="EVANS^MARGARET^^^MRS^^L", born="19500101",
              nhs_number="9993000019", ward="W1^^^RKB01")  # fmt: skip
    (case, *_) = anne.get("/api/settle").json()["numbers"]
    assert case["cause"] == "number_shared"
    assert case["person_id"] != case["other_person_id"]
    path = f"/api/settle/numbers/{case['patient_key']}"
    assert anne.post(path, json={**WHY, "belongs": "perhaps"}).status_code == 422
    assert anne.post(path, json={**WHY, "belongs": "noted"}).status_code == 409
    assert anne.post(path, json={**WHY, "belongs": "other"}).status_code == 200
    assert anne.post(path, json={**WHY, "belongs": "other"}).status_code == 409


def test_nothing_is_decided_without_a_reason_or_by_others(anne: Someone, app: FastAPI, city: City) -> None:
    path = f"/api/settle/persons/{hidden(city)}/erase"
    assert anne.post(path, json={"why": ""}).status_code == 422
    assert anne.post(path, json={"why": "  "}).status_code == 422
    assert anne.post("/api/settle/requests/none/approve", json={}).status_code == 404
    auditor = bearer(app, city, "cara", "auditor")
    assert auditor.get("/api/settle").status_code == 200
    assert auditor.post(path, json=WHY).status_code == 403
    assert bearer(app, city, "dan", "discharge-team").get("/api/settle").status_code == 403


def test_a_program_writes_an_objection_down_and_takes_it_back(
    anne: Someone, app: FastAPI, city: City
) -> None:
    person = city.task_of(0).person_id
    path, said = (
        f"/api/settle/persons/{person}",
        {"objects": True, "stated_on": "2026-01-02", "why": "by letter"},
    )
    assert anne.post(f"{path}/objection", json={**said, "stated_on": "soon"}).status_code == 422
    assert anne.post("/api/settle/persons/nobody/objection", json=said).status_code == 409
    assert anne.post(f"{path}/objection", json=said).json() == {"about": person}
    city.work()
    (one,) = anne.get("/api/settle").json()["objections"]
    assert (one["person_id"], one["stated_on"]) == (person, "2026-01-02")
    mine = anne.get(f"{path}?purpose=check").json()["objections"]
    assert {each["person_id"] for each in mine} == {person}
    assert one in mine
    assert anne.post(f"{path}/objection", json=said).status_code == 409
    assert bearer(app, city, "looks", "auditor").post(f"{path}/objection", json=said).status_code == 403
    city.clock.at_ms += 1
    assert anne.post(f"{path}/objection", json={**said, "objects": False}).status_code == 200
    city.work()
    assert anne.get("/api/settle").json()["objections"] == []
