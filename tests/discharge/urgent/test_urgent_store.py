"""Urgent matters in the database: what stands, what is to be taken up, and whom any is about."""

import pytest

from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_store import matter_id
from tests.discharge.builders import Bench, at
from tests.discharge.urgency import KINDS, OLA, act, matter

LEFT = at("2026-03-06T21:00")


@pytest.fixture
def night(bench: Bench) -> Bench:
    bench.clock.ms = LEFT
    KINDS["self-discharge"](bench, LEFT)
    return bench


def ids(bench: Bench, since: int | None = None) -> list[str]:
    wanted = urgent_store.standing if since is None else lambda c: urgent_store.seen_since(c, since)
    return [one.id for one in bench.write(wanted)]


def test_what_stands_and_what_stood_lately(night: Bench) -> None:
    one = matter(night)
    assert one.id == matter_id("s1", "self-discharge")
    assert ids(night) == ids(night, LEFT + 1) == [one.id]
    act(night, "settle", when=LEFT + 600_000, text="Home and safe")
    assert ids(night) == []
    assert ids(night, LEFT + 600_000) == [one.id]
    assert ids(night, LEFT + 600_001) == []


def test_what_the_night_wrote_waits_for_the_discharge_team(night: Bench) -> None:
    assert night.write(urgent_store.to_take_up) == []
    act(night, "note", when=LEFT + 1, actor=OLA, text="Rang him")
    act(night, "ring", "person", when=LEFT + 2, actor=OLA, reached=True)
    (one,) = night.write(urgent_store.to_take_up)
    acts = night.write(lambda c: urgent_store.act_rows(c, [one.id]))[one.id]
    assert [row.act for row in urgent_store.written_at_night(acts, one.taken_version)] == ["note", "ring"]
    assert urgent_store.written_at_night(acts, 2) == ()
    act(night, "take-up", when=LEFT + 3)
    assert night.write(urgent_store.to_take_up) == []


def test_whether_any_is_about_a_person(night: Bench) -> None:
    person = matter(night).person_id

    def about(whom: str, since: int) -> bool:
        return night.write(lambda c: urgent_store.about_person(c, whom, since))

    assert about(person, LEFT + 9)
    assert not about("somebody else", 0)
    act(night, "settle", when=LEFT + 600_000, text="Home")
    assert about(person, LEFT + 600_000)
    assert not about(person, LEFT + 600_001)


def test_one_with_its_acts_or_none(night: Bench) -> None:
    assert night.write(lambda c: urgent_store.one(c, "nothing")) is None
    act(night, "ring", "ward", when=LEFT + 1)
    found = night.write(lambda c: urgent_store.one(c, matter(night).id))
    assert found is not None
    assert [(done.act, role) for done, role in found.acts] == [("ring", "discharge-team")]
    assert night.write(lambda c: urgent_store.of_spells(c, [])) == {}
