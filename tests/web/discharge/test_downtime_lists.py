"""The lists for downtime: who and what they tell, of what time they are, where they may lie, and what is told of trouble."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING

import pytest

from ascbridge.config_sections import DischargeSettings
from ascbridge.operations.finding import audit_search
from ascbridge.simulator.discharge_team import wait_until
from ascbridge.web.discharge.downtime_lists import DowntimeLists, UnsafeFolder, file_name, write
from tests.web.city import MINUTE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.city import City

TEAM = "Community Discharge Team"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "downtime"
    made.mkdir(mode=0o700)
    return made


def written(city: City, folder: Path) -> list[Path]:
    return asyncio.run(write(city.parts(), folder))


def make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def page_of(city: City, folder: Path, team: str = TEAM) -> str:
    written(city, folder)
    return (folder / file_name(team)).read_text("utf-8")


def test_everybody_who_is_on_the_list_stands_in_the_file_in_due_order(city: City, folder: Path) -> None:
    page = page_of(city, folder)
    places = [page.index(name) for name in ("EVANS, Mary Joy", "BRADLEY-SMYTHE", "OKAFOR")]
    assert places == sorted(places)
    row = next(one for one in page.split("<tr>") if "EVANS" in one)
    for said in ("Born 14 Mar 1941 (85)", "999 300 0019", "W12", "BAY 3, BED 4", "(overdue)", "Nobody yet"):
        assert said in row, said


def test_each_table_says_of_what_time_it_is_in_the_head_that_every_printed_page_repeats(
    city: City, folder: Path
) -> None:
    page = page_of(city, folder)
    heads = page.split("<thead>")[1:]
    assert heads
    for head in heads:
        assert "as of 18 Oct 2026, 12:30" in head.split("</thead>")[0]


def test_every_team_has_a_file_of_its_own_with_its_own_people_only(city: City, folder: Path) -> None:
    assert sorted(path.name for path in written(city, folder)) == sorted(
        path.name for path in folder.iterdir()
    )
    assert "EVANS" not in (folder / file_name("Emergency Out of Hours")).read_text("utf-8")
    assert "Nobody." in (folder / file_name("Emergency Out of Hours")).read_text("utf-8")


def test_where_a_restricted_person_is_stands_nowhere(city: City, folder: Path) -> None:
    page = page_of(city, folder)
    row = next(one for one in page.split("<tr>") if "Location not shown: restricted" in one)
    assert "W1" not in row
    assert "BAY" not in row


def test_a_silent_feed_is_told(city: City, folder: Path) -> None:
    assert "had been silent" not in page_of(city, folder)
    city.clock.at_ms += 24 * 60 * MINUTE
    assert "had been silent since" in page_of(city, folder)


def test_the_files_are_for_their_owner_and_group_and_nothing_half_written_is_left(
    city: City, folder: Path
) -> None:
    for path in written(city, folder):
        assert not stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO
    assert not list(folder.glob(".*"))


def test_what_was_written_stands_in_the_audit(city: City, folder: Path) -> None:
    written(city, folder)
    rows = (folder / file_name(TEAM)).read_text("utf-8").count('<th scope="row">')
    found = city.bridge.read_now(lambda c: audit_search.entries(c, who="ascbridge"))
    told = {one.why for one in found if one.what == "downtime list written"}
    assert f"{rows} tasks in community-discharge-team.html" in told


def test_a_folder_that_everybody_may_look_into_is_not_written_to(city: City, folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(UnsafeFolder, match="chmod o-rwx"):
        written(city, folder)
    assert not list(folder.iterdir())


async def test_trouble_is_told_and_over_when_the_folder_is_there(city: City, tmp_path: Path) -> None:
    missing = tmp_path / "later"
    lists, stop = DowntimeLists(missing, every_s=0.01), asyncio.Event()
    running = asyncio.create_task(lists.run(city.parts(), stop))

    async def troubled() -> bool:
        return "there is no such folder" in lists.trouble

    async def well() -> bool:
        return not lists.trouble

    assert await wait_until(troubled, most_s=120)
    make_private(missing)
    assert await wait_until(well, most_s=120)
    stop.set()
    await running
    assert names_in(missing)


async def test_without_a_folder_nothing_is_written(city: City) -> None:
    stop = asyncio.Event()
    stop.set()
    lists = DowntimeLists(None, every_s=60)
    await lists.run(city.parts(), stop)
    assert not lists.trouble


def test_by_itself_it_is_written_every_quarter_of_an_hour() -> None:
    assert DischargeSettings().downtime_minutes == 15
