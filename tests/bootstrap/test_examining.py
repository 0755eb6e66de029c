"""The doctor's further looks: each fault says what to do, and what somebody has still to decide is a note."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import trustme

from ascbridge.bootstrap import examining
from ascbridge.config import Settings
from ascbridge.reference.in_force import ReferenceLists
from ascbridge.storage import migration
from tests.servers.process import free_port
from tests.web.city import City, people_the_city
from tests.web.door import EVANS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., Settings]


def certificate(folder: Path, days: int) -> dict[str, object]:
    """TLS settings with a certificate that has so many days."""
    key, made = folder / "key.pem", folder / "certificate.pem"
    ends = datetime.now(UTC) + timedelta(days=days, hours=12)
    issued = trustme.CA().issue_cert("localhost", not_after=ends)
    issued.private_key_pem.write_to_path(str(key))
    issued.cert_chain_pems[0].write_to_path(str(made))
    return {"certificate": made, "private_key": key}


@pytest.mark.parametrize("days, begins", [(400, "ok"), (9, "FAULT")])
def test_a_certificate_is_a_fault_thirty_days_before_it_ends(
    make_settings: Make, tmp_path: Path, days: int, begins: str
) -> None:
    settings = make_settings(mllp={"tls": certificate(tmp_path, days), "address": {"port": free_port()}})
    (line,) = examining.certificates(settings)
    assert line.startswith(begins)
    assert f"{days} days" in line
    (tmp_path / "certificate.pem").write_text("none")
    (line,) = examining.certificates(settings)
    assert line.startswith("FAULT mllp.tls: the certificate cannot be read")


def test_what_others_may_read_is_a_fault_that_names_the_command(settings: Settings) -> None:
    assert {line[:5] for line in examining.permissions(settings)} == {"ok   "}
    key = settings.data_dir / "master.key"
    key.chmod(0o644)
    assert [line for line in examining.permissions(settings) if line.startswith("FAULT")] == [
        f"FAULT permissions: {key} is open to others (644): chmod go= {key}"
    ]


def test_a_full_disk_is_told_before_it_is_full(make_settings: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, begins in ((90_000_000_000, "ok"), (1_000_000_000, "FAULT disk: 1.0 GB are free")):
        monkeypatch.setattr(examining.shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert examining.disk(make_settings()).startswith(begins)


def test_the_kernel_is_asked_for_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state, begins in ((0, "ok"), (5, "note  clock: the kernel says that nothing keeps it right")):

        class Kernel:
            ntp_adjtime = staticmethod(lambda _, state=state: state)

        monkeypatch.setattr(examining.ctypes, "CDLL", lambda _, kernel=Kernel: kernel)
        assert examining.clock().startswith(begins)


def test_unsigned_profiles_and_what_nobody_agreed_to_are_notes(make_settings: Make) -> None:
    settings = make_settings(mllp={"feed": "uhcw", "address": {"port": free_port()}})
    lines = list(examining.feeds(settings))
    assert any(line.startswith("note  feed uhcw: in shadow") for line in lines)
    assert any(line.startswith("note  feed uhcw: not known: ") for line in lines)
    assert "ok    feed council-facts: signed" in lines
    table, values = examining.agreement(settings)
    assert table.startswith("note  access: which organisation may see what is not agreed")
    assert "values that ship are not agreed" in values
    signed = make_settings(sign_in={"table_agreed_by": "Anne Hall, 1 December 2026"})
    assert [line for line in examining.agreement(signed) if "access" in line] == []
    switch = {"on": True, "approved_by": "Anne Hall", "approved_on": "2026-12-01", "read_by": "uhcw"}
    sink = {"kind": "fhir", "url": "http://127.0.0.1:9/fhir", "safeguarding_flag": switch}
    (told,) = [
        line for line in examining.agreement(make_settings(sink=sink)) if line.startswith("note  sink")
    ]
    assert told.endswith("approved by Anne Hall on 2026-12-01, read by uhcw")


def test_teams_to_whom_nobody_writes_are_named(make_settings: Make) -> None:
    assert "Community Discharge Team" in examining.nudged(make_settings())
    mail = {
        "smtp": {"host": "127.0.0.1", "port": 25},
        "sender": "desk@council.example",
        "link": "https://bridge.council.example",
    }
    wanted = make_settings(nudges={"to": {"Community Discharge Team": ["cdt@council.example"]}, **mail})
    line = examining.nudged(wanted)
    assert line.startswith("note  nudges: nobody is written to of ")
    assert "Community Discharge Team" not in line
    every = {name: ["all@council.example"] for name in ReferenceLists().teams(0).names}
    assert examining.nudged(make_settings(nudges={"to": every, **mail})).startswith("ok ")


def test_workers_of_whom_nothing_is_known_are_named_as_the_settings_have_them(
    make_settings: Make, tmp_path: Path
) -> None:
    mail = {
        "smtp": {"host": "127.0.0.1", "port": 25},
        "sender": "desk@council.example",
        "link": "https://bridge.council.example",
    }
    named = {name: ["one@council.example"] for name in ("AMINA yusuf", "Amina Yussuf")}
    wanted = make_settings(data_dir=tmp_path / "city", nudges={"workers": named, **mail})

    def said() -> list[str]:
        async def collect() -> list[str]:
            return [line async for line in examining.workers(wanted)]

        return asyncio.run(collect())

    assert said() == []  # there is no data yet, which is told in a line of its own
    made = City(tmp_path / "city")
    people_the_city(made)
    (wanted.data_dir / "master.key").write_bytes(bytes(range(32)))  # the city's own
    (wanted.data_dir / "master.key").chmod(0o600)
    made.council(*EVANS, "worker", worker={"team": "North Base", "name": "Amina Yusuf"})
    (line,) = said()
    made.close()
    assert line.startswith("note  nudges: nobody called 'Amina Yussuf' has a task")


def test_a_server_that_does_not_answer_is_named_without_its_password(make_settings: Make) -> None:
    settings = make_settings(
        database_url=f"postgresql+asyncpg://bridge:secret@127.0.0.1:{free_port()}/none",
        kafka={"bootstrap": f"127.0.0.1:{free_port()}"},
        sink={"kind": "fhir", "url": f"http://127.0.0.1:{free_port()}/fhir"},
    )
    lines = asyncio.run(told(settings))
    assert [line.split(":")[0] for line in lines] == ["FAULT database", "FAULT broker", "FAULT sink icr"]
    assert "secret" not in str(lines)


@pytest.mark.postgres
async def test_the_database_says_its_schema_and_its_clock(make_settings: Make, postgres_url: str) -> None:
    settings = make_settings(database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:1"})
    assert "run `ascbridge migrate`" in await examining._database(settings)
    await migration.upgrade_postgres(postgres_url)
    said = await examining._database(settings)
    assert said.startswith(f"ok    database: schema {migration.head()}, its clock within ")


async def test_hospitals_that_are_told_and_the_mail_server_are_reached_for(make_settings: Make) -> None:
    listening = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port, closed = listening.sockets[0].getsockname()[1], free_port()
    settings = make_settings(
        replies={"uhcw": {"facility": "RKB", "host": "127.0.0.1", "port": port}},
        nudges={"smtp": {"host": "127.0.0.1", "port": closed}, "smtp_tls": "none", "sender": "a@b.example"},
    )
    lines = await told(settings)
    assert f"ok    replies uhcw: 127.0.0.1:{port} can be reached" in lines
    assert [one for one in lines if one.startswith("FAULT mail: ") and f"127.0.0.1:{closed}" in one]
    listening.close()
    await listening.wait_closed()


async def told(settings: Settings) -> list[str]:
    return [line async for line in examining.servers(settings)]
