"""How some dead letters would go, played with the real readers: nothing is left of it, and it is what then happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.events.handlers import dead_letters, replay_runs
from ascbridge.events.handlers.replay_runs import About
from ascbridge.intake.reading.readings import Readings
from ascbridge.operations.mending.replay_sample import SAMPLE, rehearse
from ascbridge.storage.tables import dead_letter, event_log, held, message_state
from tests.events.handlers.test_replay_runs import CAUSE, bury, due_lanes, retry

if TYPE_CHECKING:
    from ascbridge.operations.mending.replay_sample import Rehearsed
    from tests.web.city import City


def sample(city: City, about: About) -> Rehearsed:
    return city.bridge.write_now(lambda c: rehearse(c, city.mender.handlers, about, city.clock))


def everything(city: City) -> list[Any]:
    return [city.rows(table) for table in (dead_letter, event_log, held, message_state)]


def test_what_would_go_through_says_its_events_and_nothing_has_changed(empty_city: City) -> None:
    city = empty_city
    letters = [bury(city, person) for person in (1, 1, 2)]
    before = everything(city)
    found = sample(city, About(cause=CAUSE))
    assert everything(city) == before
    assert found.letters == 3
    assert [one.dead_id for one in found.sample] == [letters[0], letters[2]]  # the oldest of each person
    assert [one.fails for one in found.sample] == ["", ""]
    city.bridge.write_now(lambda c: dead_letters.replay_all(c, [letters[2]], city.clock.at_ms))
    told, published = found.sample[1].events, len(city.rows(event_log))
    retry(city, due_lanes(city))
    assert len(told) == len(city.rows(event_log)) - published > 0


def test_what_would_fail_again_says_why(empty_city: City) -> None:
    city = empty_city
    for person in range(SAMPLE + 2):
        bury(city, person)
    city.translator.readings = Readings({}, city.clock.now_ms)
    found = sample(city, About(consumer="translator"))
    assert (found.letters, len(found.sample)) == (SAMPLE + 2, SAMPLE)
    assert {one.fails for one in found.sample} == {"feed itk-v24 has no profile here; add it to the settings"}


def test_a_reader_that_does_not_run_here_is_said_to_be_elsewhere(empty_city: City) -> None:
    city = empty_city
    bury(city, 1)
    city.bridge.write_now(lambda c: c.execute(dead_letter.update().values(consumer="replies")))
    (one,) = sample(city, About(consumer="replies")).sample
    assert "does not run here" in one.fails
    assert city.bridge.read_now(lambda c: replay_runs.count(c, About(consumer="translator"), 0)) == 0
