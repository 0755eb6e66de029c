"""Concerns for programs: raised once, answered with a reference alone; for owners lists, one and acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.web.safeguarding import api_safeguarding
from tests.safeguarding.behind import said
from tests.safeguarding.test_fhir_flags import PATIENT, bundle, flag
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from tests.web.walled import WalledCity

WORDS: dict[str, Any] = said(origin="ambulance").model_dump(mode="json")


def program(walled: WalledCity, role: Any) -> Someone:
    text, slip = tokens.mint(walled.city.keyring, role, "WMAS", "test")
    tokens.leave_slip(walled.city.folder, slip)
    return Someone(walled.app, headers={"Authorization": f"Bearer {text}"})


def test_an_ambulance_system_raises_a_concern_and_hears_its_reference_alone(walled: WalledCity) -> None:
    sender = program(walled, "referring-professional")
    answer = sender.post("/api/concerns", json=WORDS)
    assert answer.status_code == 201
    assert set(answer.json()) == {"reference"}
    assert sender.post("/api/concerns", json=WORDS).json() == answer.json()
    keyed = sender.post("/api/concerns", json=WORDS, headers={"Idempotency-Key": "inc-7"}).json()
    assert (
        sender.post(
            "/api/concerns", json=WORDS | {"account": "More"}, headers={"Idempotency-Key": "inc-7"}
        ).json()
        == keyed
    )
    assert keyed != answer.json()
    for path in ("/api/concerns", walled.concern_of(keyed["reference"]).replace("/safeguarding/", "/api/")):
        assert sender.get(path).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "x"},
        {"account": ""},
        {"attachment": "x"},
        {"abuse_types": ["x"]},
        {"adult": {}},
        {"account": "%PDF-1"},
    ],
)
def test_what_cannot_be_taken_is_refused_and_told_without_its_words(
    walled: WalledCity, wrong: dict[str, Any]
) -> None:
    answer = program(walled, "referring-professional").post("/api/concerns", json=WORDS | wrong)
    assert answer.status_code == 422
    assert "Bruises" not in answer.text
    assert walled.behind.lists()["to-decide"] == []


def test_a_fhir_flag_raises_a_concern_once_and_anything_attached_is_refused(walled: WalledCity) -> None:
    sender = program(walled, "referring-professional")
    sent = bundle(flag(), PATIENT)
    answer = sender.post("/api/concerns/fhir?origin=ambulance", json=sent)
    assert (answer.status_code, set(answer.json())) == (201, {"reference"})
    assert sender.post("/api/concerns/fhir?origin=ambulance", json=sent).json() == answer.json()
    for wrong, origin in (
        (bundle(PATIENT), "gp"),
        (bundle(flag(), PATIENT, {"resourceType": "Binary"}), "gp"),
        (sent, "moon"),
    ):
        refused = sender.post(f"/api/concerns/fhir?origin={origin}", json=wrong)
        assert refused.status_code == 422
        assert "EVANS" not in refused.text
    (one,) = walled.behind.lists()["to-decide"]
    assert one.stood.said.team == "hospital"


def test_an_owner_reads_lists_and_one_and_acts_by_version(walled: WalledCity) -> None:
    reference = walled.behind.take()
    owner = program(walled, "safeguarding")
    listed = owner.get("/api/concerns?view=to-decide").json()
    assert listed["counts"]["to-decide"] == 1
    (one,) = listed["concerns"]
    assert (one["version"], one["concern"]["reference"]) == (1, reference)
    at = f"/api/concerns/{one['concern']['concern']}"
    assert owner.post(f"{at}/acts", json={"act": "accept", "version": 1}).json() == {"version": 2}
    assert owner.post(f"{at}/acts", json={"act": "note", "text": "x", "version": 1}).status_code == 409
    assert owner.post(f"{at}/acts", json={"act": "accept", "version": 2}).status_code == 409
    assert owner.post(f"{at}/acts", json={"act": "decide", "version": 2}).status_code == 422
    story = owner.get(at).json()
    assert [act["act"] for act in story["acts"]] == ["raise", "accept"]
    assert owner.get("/api/concerns/c0").status_code == 404
    assert owner.post("/api/concerns/c0/acts", json={"act": "accept", "version": 1}).status_code == 404


def test_a_long_list_is_read_piece_by_piece(walled: WalledCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_safeguarding, "PAGE", 2)
    references = sorted(walled.behind.take(said(account=f"The {number}. time")) for number in range(5))
    owner, read, pieces, after = program(walled, "safeguarding"), [], [], 0
    while after is not None:
        piece = owner.get(f"/api/concerns?after={after}").json()
        assert piece["counts"]["to-decide"] == len(references), "counts are of the whole list"
        pieces.append(len(piece["concerns"]))
        read += [one["concern"]["reference"] for one in piece["concerns"]]
        after = piece["after"]
    assert (pieces, sorted(read)) == ([2, 2, 1], references)
    assert owner.get("/api/concerns?after=99").json()["concerns"] == []
    assert owner.get("/api/concerns?after=-1").status_code == 422


def test_an_account_that_is_kept_from_it_gets_what_there_is_of_none(walled: WalledCity) -> None:
    reference = walled.behind.take(said(source_named=("WMAS",)))
    owner = program(walled, "safeguarding")
    listed = owner.get("/api/concerns?view=to-decide").json()
    assert listed == {"concerns": [], "counts": dict.fromkeys(listed["counts"], 0), "after": None}
    at = walled.concern_of(reference).replace("/safeguarding/", "/api/")
    there, none = owner.get(at), owner.get("/api/concerns/c" + "0" * 32)
    assert (there.status_code, there.json() | {"instance": ""}) == (
        none.status_code,
        none.json() | {"instance": ""},
    )
