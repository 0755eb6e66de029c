"""What to see to that only hospital and council together tell."""

from typing import Any

import pytest

from ascbridge.discharge.keeping.store import CareRow
from ascbridge.discharge.stay.case_view import Case, case_view
from ascbridge.discharge.stay.prompts import READMITTED_MS, Prompt, prompts
from ascbridge.events.facts.catalogue import StayChanged
from tests.discharge.builders import at

MARCH_2 = at("2026-03-02T10:00")


def case(*, died: bool = False, **slots: Any) -> Case:
    said = {
        slot.replace("__", ":"): CareRow(f"{n:04d}", {"since_ms": 0, **value})
        for n, (slot, value) in enumerate(slots.items())
    }
    return case_view({"p1": said}, died=died, review_years=2)


def stay(status: Any = "in-progress", **more: Any) -> StayChanged:
    return StayChanged(**{"spell": "s1", "revision": 1, "status": status, "admitted_ms": MARCH_2, **more})


def codes(found: tuple[Prompt, ...]) -> list[str]:
    return [one.code for one in found]


LIVE, SUSPENDED = {"status": "live"}, {"status": "suspended"}


def test_a_live_package_is_to_be_suspended_while_the_person_is_in_hospital() -> None:
    found = prompts(
        case(package__1=LIVE, package__2=LIVE, package__3={"status": "ended"}), stay(), (), died=False
    )
    assert found[0] == Prompt("suspend-care", 2)
    for status in ("planned", "finished", "cancelled", "entered-in-error", "unknown"):
        assert "suspend-care" not in codes(prompts(case(package__1=LIVE), stay(status), (), died=False))


@pytest.mark.parametrize(
    "status, ready_on, asked",
    [
        ("in-progress", "", False),
        ("in-progress", "2026-03-06", True),
        ("finished", "", True),
        ("planned", "", False),
    ],
)
def test_a_suspended_package_is_to_be_restarted_when_the_person_leaves(
    status: str,
    ready_on: str,
    asked: bool,  # noqa: FBT001  # a parameter of the table above
) -> None:
    found = prompts(case(package__1=SUSPENDED), stay(status, ready_on=ready_on), (), died=False)
    assert ("restart-care" in codes(found)) is asked
    assert "suspend-care" not in codes(found)


def test_the_worker_of_a_known_person_is_told_and_a_carer_asked_after() -> None:
    found = prompts(case(worker={"team": "North"}), stay(), (), died=False)
    assert found == (Prompt("tell-worker", team="North"), Prompt("ask-for-carer"))
    assert prompts(case(worker={"team": ""}), stay(), (), died=False) == ()
    assert prompts(case(worker={"team": "North"}), stay("finished"), (), died=False) == ()


def test_nobody_asks_after_a_carer_whom_the_council_knows_or_knows_that_there_is_none() -> None:
    carer = case(package__1=SUSPENDED, carer__1={"status": "identified"})
    none = case(package__1=SUSPENDED, circumstances={"has_unpaid_carer": "no"})
    gone = case(package__1=SUSPENDED, carer__1={"status": "ended"})
    assert "ask-for-carer" not in codes(prompts(carer, stay(), (), died=False))
    assert "ask-for-carer" not in codes(prompts(none, stay(), (), died=False))
    assert "ask-for-carer" in codes(prompts(gone, stay(), (), died=False))
    assert codes(prompts(case(package__1={"status": "ended"}), stay(), (), died=False)) == []


def test_coming_back_within_thirty_days_is_a_readmission() -> None:
    def before(ended_ms: int, status: Any = "finished") -> StayChanged:
        return StayChanged(spell="s0", revision=1, status=status, discharged_ms=ended_ms)

    lately = MARCH_2 - READMITTED_MS
    assert prompts(case(), stay(), [before(lately)], died=False) == (Prompt("readmitted", since_ms=lately),)
    assert prompts(case(), stay(), [before(lately - 1)], died=False) == ()
    assert prompts(case(), stay(), [before(MARCH_2 + 1)], died=False) == ()
    assert prompts(case(), stay(), [before(lately, "entered-in-error")], died=False) == ()
    assert prompts(case(), stay("entered-in-error"), [before(lately)], died=False) == ()
    itself = stay("finished", discharged_ms=MARCH_2)
    assert prompts(case(), itself, [itself], died=False) == ()


def test_a_death_stops_what_goes_on_and_asks_nothing_else_until_it_is_taken_back() -> None:
    said = {
        "package__1": LIVE, "package__2": {"status": "ended"}, "equipment__1": {"status": "ordered"},
        "equipment__2": {"status": "delivered"}, "placement__1": {"status": "live"}, "worker": {"team": "North"},
    }  # fmt: skip
    assert prompts(case(died=True, **said), stay(), (), died=True) == (Prompt("stop-care", 3),)
    assert prompts(case(died=True), stay(), (), died=True) == ()
    assert "stop-care" not in codes(prompts(case(**said), stay(), (), died=False))
    assert "suspend-care" in codes(prompts(case(**said), stay(), (), died=False))
