"""The form: an answer at once, the same whatever is known, a reference and nothing else, and no file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.access import may
from ascbridge.web.auth import HUMAN_ROLES
from tests.safeguarding.behind import DAY
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from tests.web.walled import WalledCity

FILLED: dict[str, Any] = {
    "origin": "ambulance", "place": "community", "account": "Found alone, bruised", "family_name": "Evans",
    "given_names": "Mary", "birth_date": "1941-03-14", "nhs_number": "999 300 0019", "abuse_types": ["physical", "domestic"],
    "phone": "02476 000000", "source_named": "Gareth Evans\n", "source_of_risk": "known-to-individual",
}  # fmt: skip


def test_a_professional_raises_a_concern_and_gets_a_reference(walled: WalledCity) -> None:
    someone = walled.sign_in("referring-professional", "Kit Ward")
    answer = someone.fill("/raise-concern", **FILLED)
    assert answer.status_code == 303
    reference = answer.headers["location"].rpartition("/")[2]
    assert reference in someone.get(answer.headers["location"]).text
    concern = walled.behind.stood(reference).said
    assert (concern.origin, concern.abuse_types) == ("ambulance", ("physical", "domestic"))
    assert (concern.raised_by.name, concern.source_named) == ("Kit Ward", ("Gareth Evans",))


def test_sent_twice_it_is_one_concern(walled: WalledCity) -> None:
    someone = walled.sign_in("referring-professional")
    page = someone.get("/raise-concern").text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    first = someone.post("/raise-concern", data={**hidden, **FILLED})
    again = someone.post("/raise-concern", data={**hidden, **FILLED, "account": "Changed on the way back"})
    assert first.headers["location"] == again.headers["location"]
    assert len(walled.behind.lists()["to-decide"]) == 1


def test_faults_are_told_at_their_fields_and_what_was_written_stays(walled: WalledCity) -> None:
    someone = walled.sign_in("referring-professional")
    answer = someone.fill(
        "/raise-concern", account="Typed with care", abuse_types=["rudeness"], nhs_number="123"
    )
    assert answer.status_code == 422
    assert "Typed with care" in answer.text
    assert 'href="#abuse_types"' in answer.text
    answer = someone.fill("/raise-concern", account="Typed with care", nhs_number="123")
    for name in ("origin", "place", "nhs_number"):
        assert f'href="#{name}"' in answer.text, name
    assert someone.fill("/raise-concern", **FILLED | {"account": "x" * 9_000}).status_code == 422
    assert walled.behind.lists()["to-decide"] == []


def test_attachments_are_refused_as_files_and_as_text(walled: WalledCity) -> None:
    someone = walled.sign_in("referring-professional")
    page = someone.get("/raise-concern").text
    data = {"form_token": token(page), **FILLED}
    sent = someone.post("/raise-concern", data=data, files={"account": ("a.pdf", b"%PDF-1.7 CANARYFILE")})
    assert sent.status_code == 422
    assert "CANARYFILE" not in sent.text
    pasted = someone.fill("/raise-concern", **FILLED | {"account": "data:image/png;base64,AAAA"})
    assert "Attachments are not taken" in pasted.text
    assert walled.behind.lists()["to-decide"] == []


def test_the_answer_is_the_same_for_an_adult_with_concerns_and_for_one_without(walled: WalledCity) -> None:
    someone = walled.sign_in("referring-professional")

    def answers() -> list[str]:
        sent = someone.fill("/raise-concern", **FILLED)
        shown = someone.get(sent.headers["location"])
        text = re.sub(r"SG-[2-9A-Z]{8}", "SG-", shown.text)
        return [
            str(sent.status_code),
            sent.text,
            str(sorted(sent.headers)),
            text,
            sent.headers.get("content-length", ""),
        ]

    first = answers()
    for _ in range(5):
        walled.city.clock.at_ms += DAY
        assert answers()[:3] == first[:3]
    assert len(walled.behind.lists()["needs-a-look"]) == 6


def test_the_reference_page_looks_nothing_up(walled: WalledCity) -> None:
    someone = walled.sign_in("referring-professional")
    assert someone.get("/raise-concern/taken/SG-22222222").status_code == 200
    assert someone.get("/raise-concern/taken/<script>").status_code == 404


def test_nobody_raises_anything_without_signing_in(walled: WalledCity) -> None:
    nobody = Someone(walled.app)
    assert nobody.get("/raise-concern").headers["location"] == "/sign-in"
    assert nobody.post("/raise-concern", data=FILLED).headers["location"] == "/sign-in"


@pytest.mark.parametrize("role", HUMAN_ROLES)
def test_who_raises_sees_no_concern_unless_their_role_owns_some(walled: WalledCity, role: str) -> None:
    someone = walled.sign_in(role)
    assert (someone.get("/raise-concern").status_code == 200) == bool(may("council", role, "raise-concern"))
    assert (someone.get("/safeguarding").status_code == 200) == bool(may("council", role, "concerns"))
