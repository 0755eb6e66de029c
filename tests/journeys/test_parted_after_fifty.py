"""Two people joined by mistake are parted after fifty more events: each has their own again, nothing of the other's.

Their open tasks, what the shared record shows of each, and who is to be published again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.people.membership import keys_of
from ascbridge.record.gathering import gather
from ascbridge.record.mapping.bundle import name_of, resources
from ascbridge.storage.tables import dirty_person, task
from ascbridge.web.people.settle_acts import Decision, settle
from tests.record.samples import COUNCIL
from tests.web.city import MINUTE
from tests.web.conftest import afternoon, city
from tests.web.people.test_settle_acts import ANNE, asking

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["afternoon", "city"]
OKAFOR = {"local_id": "L101", "visit": "V101", "name": "OKAFOR^SAMUEL^^^MR^^L", "born": "19380702",
          "nhs_number": "9993000027"}  # fmt: skip
SINGH = {"local_id": "L102", "visit": "V102", "name": "SINGH^HARBHAJAN^^^MRS^^L", "born": "19520119",
         "nhs_number": "9993000035"}  # fmt: skip


def shown(city: City, person_id: str) -> tuple[str, list[str], list[str]]:
    """Whose name somebody has, on which wards their stays are, and the resources that are theirs."""
    view = city.bridge.read_now(lambda c: gather(c, city.data_keys, "", [person_id]))[person_id]
    wards = [stay.fact.ward.ward for stay in view.stays if stay.fact.ward]
    made = [name_of(one) for one in resources(view, COUNCIL)] if view.patient.state == "present" else []
    return view.patient.details.family_name, wards, sorted(made)


def owners(city: City) -> dict[str, str]:
    return {row.spell_key: row.person_id for row in city.rows(task)}


async def test_both_have_their_own_again_and_nothing_of_the_other(city: City) -> None:
    tasks = {shown(city, row.person_id)[0]: row for row in map(city.task_of, range(8))}
    one, other = tasks["OKAFOR"], tasks["SINGH"]
    (_, _, before_one), (_, _, before_other) = shown(city, one.person_id), shown(city, other.person_id)
    ours, theirs = (
        city.bridge.read_now(lambda c, p=p: keys_of(c, [p]))[p] for p in (one.person_id, other.person_id)
    )
    names = {shown(city, row.person_id)[0]: row.person_id for row in (one, other)}
    who = {"OKAFOR": OKAFOR, "SINGH": SINGH}
    assert set(names) == set(who)
    await settle(asking(city), ANNE, Decision("join", one.person_id, "one man", other.person_id))
    city.work()
    joined = {owners(city)[row.spell_key] for row in (one, other)}
    assert len(joined) == 1

    for n in range(25):
        city.clock.at_ms += MINUTE
        for name, said in who.items():
            city.hear("A02", **said, ward=f"{name[:3]}{n}^BAY 1^BED 1^RKB01")
    (person,) = joined
    assert len(shown(city, person)[1]) == 2  # fifty events later they still are one

    city.clock.at_ms += MINUTE
    await settle(asking(city), ANNE, Decision("part", person, "two people after all", theirs[0]))
    city.work()
    now: dict[str, str] = {}
    for keys in (ours, theirs):
        people: Any = {
            p
            for p, some in city.bridge.read_now(lambda c: keys_of(c, _people(city))).items()
            if keys[0] in some
        }
        (mine,) = people
        now[shown(city, mine)[0]] = mine
    assert set(now) == set(who)
    assert len(set(now.values())) == 2
    for row, before in ((one, before_one), (other, before_other)):
        name = next(name for name, person_id in names.items() if person_id == row.person_id)
        assert owners(city)[row.spell_key] == now[name]
        _, wards, made = shown(city, now[name])
        assert wards == [f"{name[:3]}24"]
        assert [each for each in made if each[:7] != "Patient"] == [
            each for each in before if each[:7] != "Patient"
        ]
    assert set(now.values()) <= {row.person_id for row in city.rows(dirty_person)}


def _people(city: City) -> set[str]:
    from ascbridge.storage.tables import patient

    return {row.person_id for row in city.rows(patient)}
