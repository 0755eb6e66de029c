"""A council's database, as it is set: read into a bridge on one machine, or refused at the start with what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.bootstrap import listening
from ascbridge.bootstrap.parts import polling, settled
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.config import ConfigError
from ascbridge.intake.agreed import profiles
from ascbridge.operations.flowing.neighbour import Neighbour
from ascbridge.storage.alone import AlwaysMine
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import intake_count, polled_row
from tests.intake.case_system import CaseSystem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.config import Settings

PATIENCE_S = 60
URL = "postgresql+asyncpg://reader:secret@127.0.0.1/council"


def url_file(tmp_path: Path, url: str = URL, mode: int = 0o600) -> Path:
    path = tmp_path / "council.url"
    path.write_text(url + "\n")
    path.chmod(mode)
    return path


def asked(settings: Settings) -> object:
    ((name, wanted),) = settings.council.databases.items()
    shelf: Any = None
    return polling.poll_of(name, wanted, profiles.read(wanted.profile), shelf, AlwaysMine())


@pytest.mark.parametrize(
    "url,profile,mode,said",
    [
        (URL, "council-views", 0o640, r"council\.databases\.views\.url_file: .*chmod 600"),
        (
            "mssql+aioodbc://a:secret@b/c",
            "council-views",
            0o600,
            "needs the driver .*, which is not installed",
        ),
        ("sqlite:///a", "council-views", 0o600, "must be one of postgresql"),
        (URL, "council-facts", 0o600, "says nothing of tables"),
    ],
)
def test_what_cannot_be_read_is_refused_at_the_start(
    tmp_path: Path, make_settings: Callable[..., Settings], url: str, profile: str, mode: int, said: str
) -> None:
    path = url_file(tmp_path, url, mode)
    made = make_settings(council={"databases": {"views": {"profile": profile, "url_file": path}}})
    with pytest.raises(CannotStart, match=said) as caught:
        asked(made)
    assert "secret@" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, make_settings: Callable[..., Settings]) -> None:
    views = {"profile": "council-views", "url_file": tmp_path / "none"}
    with pytest.raises(CannotStart, match=r"url_file: .*none"):
        asked(make_settings(council={"databases": {"views": views}}))


def test_changes_that_a_database_cannot_tell_are_refused(
    tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    text = profiles._FOLDER.joinpath("council-views.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('kind = "time"', 'kind = "row-version"'))
    views = {"profile": str(own), "url_file": url_file(tmp_path)}
    with pytest.raises(
        CannotStart, match=r"reporting\.packages: postgresql has no changes of kind 'row-version'"
    ):
        asked(make_settings(council={"databases": {"views": views}}))


def test_two_databases_of_one_profile_are_refused(
    tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    views = {"profile": "council-views", "url_file": url_file(tmp_path)}
    with pytest.raises(ValueError, match="one and two have one profile"):
        make_settings(council={"databases": {"one": views, "two": views}})


def test_its_feed_is_one_of_the_bridges_feeds(tmp_path: Path, make_settings: Callable[..., Settings]) -> None:
    views = {"profile": "council-views", "url_file": url_file(tmp_path)}
    assert "council-views" in settled.profiles_of(make_settings(council={"databases": {"views": views}}))
    views = {"profile": "council-vistas", "url_file": url_file(tmp_path)}
    with pytest.raises(ConfigError, match="council-vistas"):
        settled.profiles_of(make_settings(council={"databases": {"views": views}}))


@pytest.mark.postgres
async def test_a_database_is_read_into_a_bridge_and_says_how_it_is(
    tmp_path: Path, make_settings: Callable[..., Settings], settings: Settings, postgres_url: str
) -> None:
    system = CaseSystem(postgres_url)
    await system.make()
    await system.open_packages(1, 2)
    await system.open_packages(3, status="Perhaps")
    views = {"profile": "council-views", "url_file": url_file(tmp_path, postgres_url), "poll_seconds": 1}
    made = make_settings(
        council={"databases": {"views": views}}, data_dir=settings.data_dir, mllp=settings.mllp
    )
    stop = asyncio.Event()
    running = asyncio.create_task(listening.listen(made, stop))
    beside = Neighbour("listen", settled.vitals_socket(made))
    kept = SqliteDatabase(settled.file_of(made, "kept"), writable=False)

    async def until(reached: Callable[[dict[str, int], str], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                rows = await kept.read(lambda c: list(c.execute(select(intake_count))))
                counts = {row.name: row.n for row in rows if row.feed == "council-views"}
                if reached(counts, await beside.trouble()):
                    return
                assert not running.done(), running
                await asyncio.sleep(0.02)

    await until(lambda counts, _: counts == {"received": 3, "kept": 2, "refused": 1})
    await until(lambda _, trouble: trouble == "")
    counted = await beside.counts()
    assert counted is not None
    assert 'ascbridge_polled_rows_total{feed="council-views",outcome="gone"} 0.0' in counted
    assert 'ascbridge_poll_age_seconds{feed="council-views"}' in counted
    await system.do("ALTER TABLE reporting.packages RENAME COLUMN surname TO last_name")
    await until(lambda _, trouble: "columns are missing: surname" in trouble)
    await system.do("ALTER TABLE reporting.packages RENAME COLUMN last_name TO surname")
    await system.open_packages(4)
    await until(lambda counts, trouble: counts["kept"] == 3 and trouble == "")
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    assert await kept.read(lambda c: len(list(c.execute(select(polled_row))))) == 4
    await kept.close()
