"""What stands on each side of a contradiction: the last statement of each that still counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.deciding.pathway import LOOKS
from ascbridge.discharge.lists.task_story import EvidenceRow
from ascbridge.storage.tables import task
from ascbridge.web.discharge.look_sides import SIDES, sides
from tests.web.city import MINUTE, zu1

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

OKAFOR = {"local_id": "L101", "visit": "V101", "name": "OKAFOR^SAMUEL^^^MR^^L", "born": "19380702",
          "nhs_number": "9993000027", "ward": "W21^BAY A^BED 11^RKB01"}  # fmt: skip
OF_ONE_SIDE = {
    "hand-over",
    "authority-unknown",
    "no-fixed-address",
    "tell-duty-team",
    "tell-hub",
    "changed-after-done",
    "two-patients",
}


def row(number: int, kind: str, **data: Any) -> EvidenceRow:
    return EvidenceRow(f"e{number}", f"m{number}", f"uk.x.discharge.{kind}.v1", number, number, data, "")


def test_of_every_look_it_is_known_whether_two_messages_made_it() -> None:
    assert set(SIDES) | OF_ONE_SIDE == LOOKS
    assert not set(SIDES) & OF_ONE_SIDE


@pytest.mark.parametrize(
    "code, kinds",
    [
        ("discharge-tie", ["patient-discharged", "patient-discharged"]),
        ("cancelled-tie", ["patient-admitted", "admission-cancelled"]),
        ("here-after-cancelled", ["admission-cancelled", "patient-ready-for-discharge"]),
        ("admitted-after-discharge", ["patient-discharged", "patient-admitted"]),
        ("discharged-before-admitted", ["patient-discharged", "patient-admitted"]),
        ("moved-after-discharge", ["patient-discharged", "patient-transferred"]),
        ("back-after-leaving", ["patient-discharged", "discharge-cancelled"]),
        ("other-patient-after-move", ["visit-moved", "stay-details-recorded"]),
        ("code-says-not-finished", ["patient-discharged"]),
        ("death-code-alone", ["patient-discharged"]),
    ],
)
def test_each_side_is_the_last_that_said_so(code: str, kinds: list[str]) -> None:
    said = [row(number, kind) for number, kind in enumerate(kinds, 1)]
    older = (
        [row(number - 10, kind) for number, kind in enumerate(kinds, 1)]
        if len(set(kinds)) == len(kinds)
        else []
    )
    assert sides(code, [*older, *said, row(9, "patient-went-on-leave")]) == tuple(said)
    gone = [replace(one, replaced=True) for one in said]
    assert sides(code, gone) == (), "what was read again counts no longer"


def test_ready_and_dead_are_said_in_more_ways_than_one() -> None:
    snapshots = [row(1, "stay-details-recorded", ready=True), row(2, "stay-details-recorded", ready=False)]
    assert sides("ready-tie", snapshots) == tuple(snapshots)
    words = [row(1, "patient-not-ready-for-discharge"), row(2, "patient-ready-for-discharge")]
    assert sides("ready-tie", words) == tuple(words)
    deaths = [row(1, "death-status-recorded", died=True), row(2, "death-status-recorded", died=False)]
    assert sides("death-disputed", deaths) == tuple(deaths)
    assert sides("hand-over", deaths) == ()


def test_the_page_shows_both_sides_each_with_its_message(
    city: City, somebody: Callable[..., Someone]
) -> None:
    nurse = somebody("discharge-team")
    at_ms = city.clock.at_ms + MINUTE
    city.hear("A16", at_ms, **OKAFOR, extra=(zu1("Y", "20261018"),))
    city.hear("A08", at_ms, **OKAFOR, extra=(zu1("N", ""),))
    odd = next(one for one in city.rows(task) if b'"ready-tie"' in one.body)
    page = nurse.get(f"/tasks/{odd.task_id}").text
    panel = page.split('id="look-ready-tie"')[1].split("</section>")[0]
    for said in ("Patient ready for discharge", "ready to leave: no", "message A16", "message A08",
                 "Hospital patient administration system", "Ask the ward which of the two holds"):  # fmt: skip
        assert said in panel, said
    told = nurse.get(f"/api/tasks/{odd.task_id}").json()
    events = {one["event_id"]: one["what"] for one in told["evidence"]}
    assert {events[id] for id in told["sides"]["ready-tie"]} == {
        "Patient ready for discharge", "Stay details recorded",
    }  # fmt: skip
