"""By what equality is looked at: codes as the source sent them, and nothing of those who are erased."""

from sqlalchemy import update

from ascbridge.reports.equality import Traits, traits
from ascbridge.storage.tables import patient
from tests.discharge.builders import details
from tests.frontdoor.builders import DoorBench


def test_what_is_known_of_people(real_bench: DoorBench) -> None:
    real_bench.say(details("2026-03-20T09:00", ethnic_category="J", language="UR"), patient="p1")
    real_bench.say(details("2026-03-20T09:00"), patient="p2")
    assert real_bench.write(lambda c: traits(c, ["p1", "p2", "p3"])) == {
        "p1": Traits("J", "ur"),
        "p2": Traits(),
    }
    real_bench.write(lambda c: c.execute(update(patient).values(details="")))
    assert real_bench.write(lambda c: traits(c, {"p1"})) == {"p1": Traits()}
