"""What the council told of a person, and who may see the worker's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people.membership import keys_of
from ascbridge.relationship.grounds import Reader
from ascbridge.web.record.care_shown import CareShown, care_shown

if TYPE_CHECKING:
    from tests.web.city import City


def shown(city: City, access: Access, number: int = 0) -> CareShown:
    person_id = city.task_of(number).person_id

    def read(connection: object) -> CareShown:
        keys = keys_of(connection, [person_id])[person_id]  # type: ignore[arg-type]
        return care_shown(connection, city.data_keys, keys, access, 2)  # type: ignore[arg-type]

    return city.bridge.read_now(read)


def evans(city: City, **said: object) -> None:
    fact = next(iter(said))
    city.clock.at_ms += 60_000
    city.council("C100", "9993000019", ("EVANS", "MARY"), "1941-03-14", fact, **said)


def test_the_councils_word_is_shown_with_packages_and_worker(city: City) -> None:
    care = shown(city, Access.full)
    assert (care.known, care.team, care.worker) == (True, "Integrated Locality Team North", "Amina Yusuf")
    assert [(one.kind, one.status) for one in care.packages] == [("Home support, four calls a day", "live")]
    assert care.anything


def test_live_packages_stand_first_and_a_worker_may_be_taken_away(city: City) -> None:
    evans(city, package={"id": "P0", "status": "ended", "kind": "Day centre", "ended_on": "2026-01-31"})
    evans(city, worker={"team": ""})
    care = shown(city, Access.full)
    assert [one.status for one in care.packages] == ["live", "ended"]
    assert (care.team, care.worker) == ("", "")


def test_a_masked_role_sees_the_team_and_not_the_worker(city: City) -> None:
    care = shown(city, Access.masked)
    assert (care.team, care.worker) == ("Integrated Locality Team North", "")


def test_an_erased_persons_worker_is_erased(city: City) -> None:
    person_id = city.task_of(0).person_id
    for key in city.bridge.read_now(lambda c: keys_of(c, [person_id]))[person_id]:
        city.erase(key)
    assert shown(city, Access.full).worker == "Erased"


def test_of_a_restricted_person_only_their_own_team_is_told_who_looks_after_them(city: City) -> None:
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", extra=("ZU8||||2",))  # fmt: skip
    assert (shown(city, Access.full).team, shown(city, Access.full).withheld) == ("", True)

    def told(reader: Reader) -> CareShown:
        def read(connection: object) -> CareShown:
            keys = keys_of(connection, [city.task_of(0).person_id])  # type: ignore[arg-type]
            mine = keys[city.task_of(0).person_id]
            return care_shown(connection, city.data_keys, mine, Access.full, 2, reader)  # type: ignore[arg-type]

        return city.bridge.read_now(read)

    other = told(Reader("Nia Brown", "locality-team", "s", teams=("Integrated Locality Team South",)))
    assert (other.team, other.worker, other.role, other.worker_anchor) == ("", "", "", "")
    assert other.withheld
    own = told(Reader("Nia Brown", "locality-team", "s", teams=("integrated locality team NORTH",)))
    assert (own.team, own.worker, own.withheld) == ("Integrated Locality Team North", "Amina Yusuf", False)
    assert told(Reader("amina yusuf", "locality-team", "s")).worker == "Amina Yusuf"


def test_where_the_council_said_nothing_there_is_nothing(city: City) -> None:
    care = shown(city, Access.full, 3)
    assert care == CareShown()
    assert not care.anything
