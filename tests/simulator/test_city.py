"""The people of the city: adults, each one once, with numbers that check and an address that cannot be anybody's."""

import re
from datetime import date

from ascbridge.people.nhs_numbers import checks
from ascbridge.simulator.city import City

DAY = date(2026, 3, 3)


def some(seed: int, number: int = 0, count: int = 2000):
    city = City(seed, DAY, number=number)
    return [city.citizen() for _ in range(count)]


def test_a_seed_gives_the_same_people_and_another_seed_others():
    assert some(7, count=50) == some(7, count=50)
    assert {one.nhs_number for one in some(7, count=50)} & {
        one.nhs_number for one in some(8, count=50)
    } == set()


def test_nhs_numbers_are_of_the_test_range_check_and_belong_to_one_person_across_days():
    people = [*some(1, 0), *some(1, 1), *some(1, 2)]
    numbers = [one.nhs_number for one in people]
    assert [number for number in numbers if not (number.startswith("999") and checks(number))] == []
    assert (
        len(set(numbers))
        == len({one.local_id for one in people})
        == len({one.council_id for one in people})
        == 6000
    )


def test_addresses_and_telephones_are_of_ranges_that_nobody_has():
    for one in some(3):
        assert re.fullmatch(r"CV99 [1-9][A-Z]{2}", one.postcode)
        assert re.fullmatch(r"07700900\d{3}", one.phone)
        assert re.fullmatch(r"01632960\d{3}", one.kin_phone)


def test_people_are_adults_and_most_are_old_and_not_all_of_one_community():
    people = some(4)
    ages = [(DAY - one.birth_date).days / 365.25 for one in people]
    assert min(ages) >= 18
    assert max(ages) < 100
    assert 0.5 < sum(age >= 65 for age in ages) / len(ages) < 0.75
    minority = sum(one.ethnic not in "AB" for one in people) / len(people)
    assert 0.35 < minority < 0.5


def test_youngest_is_kept():
    city = City(1, DAY)
    people = [city.citizen(youngest=60) for _ in range(300)]
    assert [one for one in people if (DAY - one.birth_date).days < 60 * 365.25] == []


def test_a_wrong_check_digit_is_wrong():
    assert [one for one in some(5, count=200) if checks(one.with_wrong_check_digit().nhs_number)] == []
