"""The flow map counts what there is, and says in one sentence whether anything is to be done."""

import asyncio

from ascbridge.events.handlers import pauses, set_aside
from ascbridge.events.handlers.pauses import Pause
from ascbridge.events.ledgers import sink_counts
from ascbridge.events.logs.log import INBOUND, Record
from ascbridge.operations.flowing import flow_map, flows, paces, pausing
from ascbridge.operations.flowing.flow_map import FlowMap
from ascbridge.operations.flowing.flows import Feed
from ascbridge.operations.flowing.paces import Paces
from ascbridge.storage.tables import dead_letter
from tests.web.city import MINUTE, NOON, City

FEEDS = (Feed("itk-v24", "UHCW", 120 * MINUTE),)
PAUSE = Pause("feed", "itk-v24", "pause", NOON, "Ola Green", "it-operations", "a new map")


def look(city: City, troubles: dict[str, str] | None = None, seen: Paces | None = None) -> FlowMap:
    now_ms = city.clock.now_ms()
    heard = city.bridge.read_now(lambda c: flows.heard(c, FEEDS, now_ms))
    known = pausing.known(city.settings, city.profiles)
    readers = {name: topics for name, topics in city.readers.items() if name != "translator"}
    return asyncio.run(
        flow_map.look(city.bridge, city.log, known, heard, readers, troubles or {}, now_ms, seen=seen)
    )


def test_a_picture_of_everything_with_one_sentence(empty_city: City) -> None:
    city = empty_city
    city.hear("A01", local_id="L1", visit="V1")
    city.hear("A01", local_id="L2", visit="V2")
    found = look(city)
    boxes = {box.name: box for _, column in found.columns for box in column}
    assert found.sentence == "All is well."
    assert boxes["itk-v24"].rate == 1.0
    assert boxes["itk-v24"].goes_to == ("translator",)
    assert [box.waiting.count for box in (*found.feeds, *found.families)] == [0] * 7
    assert {"person", "care", "task", "translator", "record", "icr"} <= boxes.keys()

    assert look(city, {"publisher": "the server is away"}).sentence == (
        "Not all is well. Shared record: the server is away."
    )
    city.clock.at_ms += 3 * 60 * MINUTE
    assert "Hospital patient administration system" in look(city).sentence
    assert "silent for too long" in look(city).sentence
    late = look(city)
    assert [late.matter(box) for box in late.sinks] == ["people wait too long"]


def test_what_somebody_stopped_is_said_and_is_nothing_wrong(empty_city: City) -> None:
    city = empty_city
    city.bridge.write_now(lambda c: pauses.begin(c, PAUSE))
    said = [
        Record(INBOUND, 0, n, lane, {"feed": "itk-v24", "ce_id": f"m{n}"}, b"{}", NOON)
        for n, lane in enumerate(("L1", "L2", "L2"))
    ]
    assert city.bridge.write_now(lambda c: set_aside.lay(c, "translator", said)) == []
    city.clock.at_ms += 5 * MINUTE
    found = look(city)
    feed = next(box for box in found.feeds if box.name == "itk-v24")
    assert feed.stopped is not None
    assert (feed.waiting.count, feed.waiting.people, feed.stopped.people) == (3, 2, 2)
    assert found.sentence.startswith("All is well but for what somebody stopped")
    assert not found.well


def test_every_box_says_how_fast_it_goes_and_whether_its_breaker_is_open_or_that_nobody_knows(
    empty_city: City,
) -> None:
    city = empty_city
    seen = Paces()
    city.hear("A01", local_id="L1", visit="V1")
    seen.note(city.bridge.read_now(lambda c: paces.reached(c, city.clock.now_ms())))
    young = {box.name: box for _, column in look(city, seen=seen).columns for box in column}
    assert (young["discharge"].rate, young["icr"].rate) == (None, None)
    city.clock.at_ms += MINUTE
    city.hear("A01", local_id="L2", visit="V2")
    city.bridge.write_now(lambda c: sink_counts.went(c, "icr", 3, city.clock.now_ms()))
    boxes = {
        box.name: box
        for _, column in look(city, {"record": "", "publisher": "away"}, seen=seen).columns
        for box in column
    }
    assert (boxes["translator"].rate, boxes["icr"].rate) == (1.0, 3.0)
    assert boxes["icr"].last_ms == city.clock.now_ms()
    assert [boxes[name].breaker_known for name in ("record", "icr", "discharge")] == [
        True, True, False
    ]  # fmt: skip
    assert all(box.rate is not None for box in boxes.values())


def test_what_was_given_up_on_is_told(empty_city: City) -> None:
    row = {
        "dead_id": "d1", "consumer": "record", "topic": "person", "partition": 0, "offset": 1, "lane": "l",
        "event_id": "e", "message_id": "m", "cause": "odd", "headers": "{}", "value": b"", "dead_ms": NOON,
        "state": "open",
    }  # fmt: skip
    empty_city.bridge.write_now(lambda c: c.execute(dead_letter.insert(), row))
    empty_city.hear("A01", local_id="L1", visit="V1")
    assert look(empty_city).sentence == "Not all is well. Record: 1 given up on."
