"""The person behind several patient keys."""

from ascbridge.discharge.deciding.person_view import person_view
from ascbridge.discharge.keeping.store import PatientRow
from ascbridge.people.stamps import sortable
from tests.discharge.builders import at, details, stamp


def row(
    *, at_time: str = "2026-03-02T10:00", age: str = "", residence: str = "", **more: object
) -> PatientRow:
    values = {
        "person_id": "A",
        "details": details(at_time, age, residence).model_dump_json() if age or residence else "",
        "details_event": f"e {at_time}",
        "restricted": False,
        "died": False,
        "died_on": "",
        "death_stamp": "",
        **more,
    }
    return PatientRow(**values)  # type: ignore[arg-type]  # the values are those of the fields


def said(when: str) -> str:
    return sortable(stamp(when), "m1")


def test_the_last_statement_of_any_key_is_told() -> None:
    person = person_view(
        "A", [row(at_time="2026-03-03T10:00", age="85+"), row(age="75-84", residence="local")], {}
    )
    assert person.age is not None
    assert (person.age.value, person.age.event, person.age.at_ms) == (
        "85+",
        "e 2026-03-03T10:00",
        at("2026-03-03T10:00"),
    )
    assert person.residence is not None
    assert person.residence.value == "local"


def test_nobody_said_anything() -> None:
    person = person_view("A", [row()], {"p1": "A"})
    assert (person.age, person.residence, person.death.died, person.restricted) == (None, None, False, False)
    assert person.persons == {"p1": "A"}


def test_one_restricted_key_restricts_the_person() -> None:
    assert person_view("A", [row(), row(restricted=True)], {}).restricted


def test_one_source_makes_a_death_and_another_may_dispute_it() -> None:
    dead = row(died=True, died_on="2026-03-14", death_stamp=said("2026-03-14T05:00"))
    earlier, later = row(death_stamp=said("2026-03-13T05:00")), row(death_stamp=said("2026-03-15T05:00"))
    death = person_view("A", [dead, earlier], {}).death
    assert (death.died, death.died_on, death.recorded_ms, death.denied_ms) == (
        True, "2026-03-14", at("2026-03-14T05:00"), at("2026-03-13T05:00"),
    )  # fmt: skip
    assert person_view("A", [dead, later], {}).death.denied_ms == at("2026-03-15T05:00")
    alive = person_view("A", [later], {}).death
    assert (alive.died, alive.denied_ms) == (False, at("2026-03-15T05:00"))
