"""My people: whom the council's last word allocates to me or my team, those in hospital first, and what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people.renewed_parts import readable_parts
from ascbridge.relationship import last_looks
from ascbridge.relationship.grounds import Reader
from ascbridge.relationship.my_people import Mine, my_people
from ascbridge.storage.tables import allocated
from tests.web.city import MINUTE
from tests.web.door import EVANS, HOLLOWAY, OKAFOR

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.web.city import City

NORTH = "Integrated Locality Team North"
NIA = Reader("Nia Brown", "locality-team", "link:1", teams=(NORTH, "Integrated locality team"))
AMINA = Reader("amina  YUSUF", "locality-team", "link:2", teams=("Integrated locality team",))


def mine(city: City, reader: Reader = NIA) -> list[Mine]:
    return city.bridge.read_now(lambda c: my_people(c, city.data_keys, reader, city.clock.at_ms))


def worker(city: City, whom: tuple[str, str, tuple[str, str], str], team: str, name: str = "") -> None:
    city.clock.at_ms += MINUTE
    city.council(*whom, "worker", worker={"team": team, "name": name} if name else {"team": team})


def test_a_teams_people_and_ones_own_by_name_are_found_and_nobody_elses(city: City) -> None:
    evans = city.task_of(0).person_id
    assert [(one.person_id, one.how) for one in mine(city)] == [(evans, "team")]
    assert [(one.person_id, one.how) for one in mine(city, AMINA)] == [(evans, "me")]
    assert mine(city, Reader("Al Poe", "locality-team", "link:3", teams=("Integrated locality team",))) == []
    assert mine(city, Reader("", "locality-team", "link:4", teams=("",))) == []


def test_the_last_word_holds_and_an_empty_one_takes_away(city: City) -> None:
    worker(city, EVANS, "integrated  locality team SOUTH", "Amina Yusuf")
    assert mine(city) == []
    assert [one.how for one in mine(city, AMINA)] == ["me"]
    worker(city, EVANS, "")
    assert mine(city, AMINA) == []
    (row,) = city.rows(allocated)
    assert (row.team, row.worker_lookup) == ("", "")


def test_those_in_hospital_come_first_then_what_changed_then_who_was_never_looked_at(city: City) -> None:
    away = ("C300", "9993000132", ("AWAY", "ANN"), "1950-02-03")
    quiet = ("C301", "9993000140", ("QUIET", "QUINN"), "1951-02-03")
    for whom in (away, quiet, OKAFOR):
        worker(city, whom, NORTH)
    people = {one.person_id: one for one in mine(city)}
    home = [one.person_id for one in mine(city) if one.admitted_ms is None]
    assert len(people) == 4
    assert len(home) == 2
    assert [one.admitted_ms is None for one in mine(city)] == [False, False, True, True]
    inside = [one.admitted_ms or 0 for one in mine(city) if one.admitted_ms is not None]
    assert inside == sorted(inside, reverse=True)
    for person in home:
        city.bridge.write_now(lambda c, one=person: last_looks.look(c, NIA, one, city.clock.at_ms))
    city.clock.at_ms += 60 * MINUTE
    city.council(*away, "known", known=True)
    changed, still = mine(city)[2:]
    assert (changed.changes, still.changes) == (1, 0)
    assert changed.changed_ms == city.clock.at_ms


def test_a_new_address_counts_once_for_who_may_know_and_not_of_who_is_restricted(city: City) -> None:
    worker(city, HOLLOWAY, NORTH)
    for one in mine(city):
        city.bridge.write_now(lambda c, who=one.person_id: last_looks.look(c, NIA, who, city.clock.at_ms))
    city.clock.at_ms += 60 * MINUTE
    stays = (
        ("100", "EVANS^MARY", "19410314", "9993000019"),
        ("104", "HOLLOWAY^JANE", "19700505", "9993000051"),
    )
    for n, (number, name, born, nhs) in enumerate((*stays, *stays)):
        moved = {11: f"{n} OTHER ROW^^COVENTRY^^CV98 1ZZ^GBR^H"}
        city.hear(
            "A08", local_id=f"L{number}", visit=f"V{number}", name=name, born=born, nhs_number=nhs, pid=moved
        )

    def counted(told: Collection[str]) -> dict[str, int]:
        found = city.bridge.read_now(lambda c: my_people(c, city.data_keys, NIA, city.clock.at_ms, told=told))
        return {one.person_id: one.changes for one in found}

    without, evans = counted(()), city.task_of(0).person_id
    assert counted(readable_parts(Access.full, Access.none)) == without | {
        evans: without[evans] + 1
    }  # the name
    assert counted(readable_parts(Access.full, Access.full)) == without | {evans: without[evans] + 2}
    assert counted(readable_parts(Access.masked, Access.full)) == without


def test_who_has_died_is_nobodys_any_more(city: City) -> None:
    city.clock.at_ms += MINUTE
    city.council(*EVANS, "death", death={"died": True, "died_on": "2026-10-18"})
    assert mine(city) == []


def test_a_restricted_person_is_their_teams_all_the_same(city: City) -> None:
    worker(city, HOLLOWAY, NORTH, "Amina Yusuf")
    assert len(mine(city)) == 2
    assert len(mine(city, AMINA)) == 2


def test_two_records_that_are_one_person_are_allocated_by_the_last_word(city: City) -> None:
    """The desk's key and the council's are one person by their number; a second number of the council's too."""
    worker(city, ("C900", *EVANS[1:]), "Some other team", "Al Poe")
    assert mine(city) == []
