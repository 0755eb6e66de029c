"""All that was split off one task: with what is proposed, what blocks, and what of the council's has no work yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.web.discharge.split_shown import SplitShown, split_shown
from tests.web.splitting import equipment, has_dementia, split, task_of_evans

if TYPE_CHECKING:
    from tests.web.city import City


def shown(city: City) -> SplitShown:
    row = task_of_evans(city)
    return city.bridge.read_now(
        lambda c: split_shown(c, city.parts(), row.spell_key, row.patient_key, city.clock.at_ms)
    )


def test_a_task_has_what_the_council_said_of_the_person_whoever_said_it(city: City) -> None:
    assert (shown(city).rows, shown(city).proposals, shown(city).blocks, shown(city).things) == (
        (),
        (),
        (),
        {},
    )
    has_dementia(city)
    equipment(city, "ordered")
    found = shown(city)  # the hospital's patient and the council's are one person
    assert [one.kind for one in found.proposals] == [
        "equipment", "dementia-ot", "dementia-locksmith", "dementia-carers-trust",
    ]  # fmt: skip
    assert (len(found.blocks), list(found.things)) == (1, ["equipment:E7"])
    split(city, "equipment", about="equipment:E7", before_discharge=True)
    found = shown(city)
    assert ([row.fact.about for row in found.rows], found.things) == (["equipment:E7"], {})
