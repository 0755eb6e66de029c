"""When a bare Flag may stand for somebody, and that it says nothing but whom to ask."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ascbridge.events.facts.concerns import Concern
from ascbridge.record import checks
from ascbridge.record.barred import is_barred
from ascbridge.record.views import Council
from ascbridge.safeguarding.bare_flag import bare_flag, may_stand, withdrawn

COUNCIL = Council("Coventry City Council", "E08000026", "https://fhir.coventry.gov.uk/Id")
FLAG = "f" + 32 * "0"


def concern(**more: Any) -> Concern:
    return Concern(
        concern="c1", reference="SG-22222222", **({"status": "accepted", "source_of_risk": ""} | more)
    )


def test_one_that_somebody_has_taken_up_and_that_names_nobody_may_be_told_of() -> None:
    assert may_stand([concern()])
    assert may_stand([concern(status="enquiry", abuse_types=("self-neglect",)), concern(status="closed")])


@pytest.mark.parametrize("status", ["new", "closed"])
def test_what_nobody_has_looked_at_and_what_is_over_is_not_told(status: str) -> None:
    assert not may_stand([concern(status=status)])
    assert not may_stand([])


@pytest.mark.parametrize(
    "keeps_out",
    [
        {"excluded_accounts": ("Gareth Narwhal",)}, {"excluded_organisations": ("PANGOLIN Trust",)},
        {"source_named": ("Joan Evans",)}, {"barred": "mappa"}, {"barred": "position-of-trust"},
        {"abuse_types": ("organisational",)}, {"source_of_risk": "service-provider"}, {"place": "hospital"},
    ],
)  # fmt: skip
def test_whoever_any_concern_keeps_out_or_may_be_about_keeps_the_flag_out(keeps_out: dict[str, Any]) -> None:
    assert not may_stand([concern(**keeps_out)])
    assert not may_stand([concern(), concern(**keeps_out)])
    assert not may_stand([concern(), concern(status="closed", **keeps_out)]), "also where it is over"


def test_it_says_whose_it_is_and_whom_to_ask_and_nothing_else() -> None:
    made = bare_flag(FLAG, "n1", COUNCIL)
    assert set(made) == {"resourceType", "id", "meta", "status", "category", "code", "subject", "author"}
    assert set(made["meta"]) == {"profile"}, "no source leads anywhere"
    assert made["code"] == {"text": "See the safeguarding contact of Coventry City Council"}
    assert [one["code"] for one in made["category"][0]["coding"]] == ["safeguarding"]


def test_no_other_door_lets_it_out() -> None:
    made = bare_flag(FLAG, "n1", COUNCIL)
    assert is_barred(orjson.dumps(made))
    (fault,) = checks.faults([made])
    assert fault


def test_what_stands_where_it_was_is_what_stands_where_any_flag_was() -> None:
    gone = withdrawn(FLAG, {"reference": "Patient/n1"})
    assert b"safeguarding" not in orjson.dumps(gone).lower()
    assert (gone["status"], gone["code"]) == ("entered-in-error", {"text": "Withdrawn"})
    assert checks.faults([gone]) == [""]
