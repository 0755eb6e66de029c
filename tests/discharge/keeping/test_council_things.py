"""How a person's equipment stands by the council's last word, under whichever of their keys it was said."""

from ascbridge.discharge.keeping.council_things import Thing, things_of
from tests.discharge.builders import Bench, details
from tests.discharge.split import equipment


def test_the_last_word_about_each_thing_holds_for_every_key_of_the_person(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"))
    bench.say(equipment("2026-03-03T10:00", "delivered", needed_for_discharge=True))
    bench.say(equipment("2026-03-02T10:00", "ordered", needed_for_discharge=True))
    bench.say(equipment("2026-03-03T10:00", "failed", item="E8", kind="", needed_for_discharge=True))
    found = bench.write(lambda c: things_of(c, ["p1", "p9"]))
    assert found == {
        "p1": {
            "equipment:E7": Thing("delivered", "Walking frame", needed=True),
            "equipment:E8": Thing("failed", "Equipment", needed=True),
        },
        "p9": {},
    }
    assert [one.outstanding for one in found["p1"].values()] == [False, True]
