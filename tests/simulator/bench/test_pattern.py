"""The people of a seeded store, and what their hospital says of them."""

from itertools import islice

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import hospital_adt
from ascbridge.simulator import adt_writer
from ascbridge.simulator.bench import pattern
from ascbridge.simulator.bench.pattern import PATTERN_CITY, TODAY_CITY, city

NOON = 1_772_539_200_000


def test_no_two_cities_share_a_number() -> None:
    cities = [[one.citizen() for _ in range(50)] for one in map(city, (0, PATTERN_CITY, TODAY_CITY))]
    cities.append(list(islice(pattern.everybody(), 50)))
    for each in ("local_id", "nhs_number"):
        numbers = [getattr(person, each) for people in cities for person in people]
        assert len(set(numbers)) == len(numbers) == 200


def test_the_pattern_has_the_same_people_each_time() -> None:
    assert pattern.pattern_people() == pattern.pattern_people()


def test_a_stay_is_told_in_order_and_let_in() -> None:
    (person,) = islice(pattern.everybody(), 1)
    for ready in (False, True):
        told = list(pattern._stay(person, pattern.visit_of(1), NOON, ready=ready))
        assert [trigger for trigger, _, _ in told].count("A16") == ready
        assert (told[0][0], told[-1][0]) == ("A01", "A03")
        assert len(told) <= pattern.MOST_MESSAGES
        assert [at_ms for _, _, at_ms in told] == sorted(at_ms for _, _, at_ms in told)
        for trigger, segments, at_ms in told:
            raw = adt_writer.message(trigger, segments, sent_ms=at_ms, control_id="1", sequence=1)
            hospital_adt.check(raw, read("itk-v24"))
