"""The ordinary day: numbers and hours that a thousand beds could give, and nothing in it that asks for the council."""

from collections import Counter
from datetime import date

from ascbridge.simulator.city import City
from ascbridge.simulator.hospital import OrdinaryHospital
from ascbridge.simulator.wards import DAY_MS, at

DAY = date(2026, 3, 3)
WINDOW = at(DAY, 6), at(DAY, 6) + DAY_MS


def a_hospital(seed: int = 1, scale: float = 1.0, number: int = 0) -> OrdinaryHospital:
    return OrdinaryHospital(seed, City(seed, DAY, number=number), DAY, WINDOW, scale=scale, number=number)


def test_the_same_seed_says_the_same():
    assert a_hospital().said() == a_hospital().said()


def test_as_many_come_and_go_as_the_beds_allow():
    count = Counter(said.trigger for said in a_hospital().said())
    assert 130 <= count["A01"] <= 200
    assert 130 <= count["A03"] <= 200
    assert count["A08"] > count["A02"] > count["A01"]
    assert count["A05"] + count["A14"] > 10


def test_everything_is_said_within_the_day():
    times = [said.at_ms for said in a_hospital().said()]
    assert WINDOW[0] <= min(times)
    assert max(times) < WINDOW[1]


def test_nobody_ordinary_is_said_to_be_ready_or_to_go_into_care():
    for said in a_hospital().said():
        text = "|".join(said.segments)
        assert said.trigger != "A16"
        assert "ZU1" not in text
        if said.trigger == "A03":
            pv1 = next(one for one in said.segments if one.startswith("PV1")).split("|")
            assert pv1[37] in {"19", "51", "79"}


def test_visit_numbers_are_never_given_twice():
    first, second = a_hospital(), a_hospital(number=1)
    numbers = [first.visit() for _ in range(100)] + [second.visit() for _ in range(100)]
    assert len(set(numbers)) == 200


def test_a_smaller_hospital_says_less():
    assert len(a_hospital(scale=0.1).said()) < 0.2 * len(a_hospital().said())
