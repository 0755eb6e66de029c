"""To whom the council allocates people: found by team and by worker, and no name stands in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.keeping.allocations import allocated_to, allocations_of, compared, worker_lookup
from ascbridge.storage.tables import allocated
from tests.web.conftest import afternoon, city

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["afternoon", "city"]


def test_a_patient_is_found_by_team_or_worker_however_they_are_written(city: City) -> None:
    (row,) = city.rows(allocated)

    def found(teams: list[str], worker: str) -> set[str]:
        return city.bridge.read_now(lambda c: allocated_to(c, city.data_keys, teams, worker))

    assert found(["  integrated LOCALITY team north"], "") == {row.patient_key}
    assert found([], "AMINA yusuf") == {row.patient_key}
    assert found(["Amina Yusuf"], "Integrated Locality Team North") == found([""], "  ") == set()
    said = city.bridge.read_now(lambda c: allocations_of(c, [row.patient_key, "nobody"]))
    assert said[row.patient_key].worker_lookup == worker_lookup(city.data_keys, "Amina Yusuf")
    assert list(said) == [row.patient_key]


def test_no_name_stands_in_the_table(city: City) -> None:
    (row,) = city.rows(allocated)
    assert row.team == compared("Integrated Locality Team North")
    assert "amina" not in str(row).lower()
