"""A rehearsal on a copy of a whole store: nothing leaves the sandbox, and the store stays as it is."""

from __future__ import annotations

import hashlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.bootstrap.backups import backing_up
from ascbridge.bootstrap.backups.manifest import BackupFault
from ascbridge.bootstrap.shadow import rehearsing
from ascbridge.config import Settings, load
from ascbridge.record import fhir_server, sinks
from tests.operations.changing.test_rehearsal import both_speak
from tests.operations.two_systems import NEW, OLD, TwoSystems, profile_text
from tests.test_cli import told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Store:
    """A store with two case systems, not running; its settings publish to a server and keep a journal."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder, self.outside = tmp_path / "real", tmp_path / "outside"
        self.outside.mkdir()
        for name, authority in ((OLD, "COVASC"), (NEW, "COVNEW")):
            (self.outside / f"{name}.toml").write_text(profile_text(name, authority))
        city = TwoSystems(self.folder)
        (self.folder / "master.key").write_bytes(bytes(range(32)))
        (self.folder / "master.key").chmod(0o600)
        both_speak(city)
        city.close()

    def settings(self, **more: Any) -> Settings:
        folders = {
            name: {"folder": self.outside / name, "profile": str(self.outside / f"{name}.toml")}
            for name in (OLD, NEW)
        }
        return load(
            None, data_dir=self.folder, cutover={"old": OLD, "new": NEW}, council={"folders": folders},
            sink={"kind": "fhir", "name": "icr", "url": "http://127.0.0.1:9/fhir"},
            erasures_file=self.outside / "erasures.jsonl",
            discharge={"downtime_folder": self.outside / "lists"}, **more,
        )  # fmt: skip

    def sums(self) -> dict[str, str]:
        """Every file of the store and of what is outside, by what is in it."""
        files = [
            path for folder in (self.folder, self.outside) for path in folder.rglob("*") if path.is_file()
        ]
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if not path.name.endswith(("-shm", "-wal"))  # made by any reader
        }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    return Store(tmp_path)  # type: ignore[return-value]  # nothing to take down


@pytest.fixture
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take note of every try to reach anything or to listen."""
    tries: list[str] = []

    def refuse(what: str) -> Any:
        def tried(*_args: object, **_named: object) -> None:
            tries.append(what)
            raise AssertionError(f"the sandbox tried to {what}")

        return tried

    for name in ("connect", "connect_ex", "bind", "listen", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse(name))
    monkeypatch.setattr(fhir_server.FhirServer, "__init__", refuse("make a sink"))
    monkeypatch.setattr(sinks.BuiltinSink, "__init__", refuse("make a sink"))
    return tries


def test_nothing_leaves_the_sandbox_and_the_store_stays_as_it_is(
    store: Store, tmp_path: Path, no_way_out: list[str]
) -> None:
    before, room = store.sums(), tmp_path / "room"
    room.mkdir()
    found = rehearsing.rehearse(store.settings(), ["contact"], NEW, room=room)
    assert [one.kind for one in found.tasks] == ["triage"]
    assert found.resources["Task new"] == 1
    assert store.sums() == before
    assert not (store.outside / "erasures.jsonl").exists()
    assert list(room.iterdir()) == []
    assert no_way_out == []


def test_a_back_up_from_before_will_do(store: Store, tmp_path: Path) -> None:
    backing_up.back_up(store.settings(), tmp_path / "copy")
    key = store.folder / "master.key"
    found = rehearsing.rehearse(store.settings(), ["contact"], NEW, backup=tmp_path / "copy", key_file=key)
    assert len(found.tasks) == 1


def test_everything_that_is_written_is_in_the_sandbox(store: Store, tmp_path: Path) -> None:
    inside = rehearsing.sandboxed(store.settings(workers=2), tmp_path / "sandbox")
    assert inside.data_dir == tmp_path / "sandbox"
    assert (inside.erasures_file, inside.master_key_file, inside.workers) == (None, None, 0)
    assert inside.discharge.downtime_folder is None


def test_on_postgresql_it_says_what_to_do(store: Store) -> None:
    settings = store.settings().model_copy(update={"database_url": "postgresql+asyncpg://u@h/d"})
    with pytest.raises(BackupFault, match="restore a copy"):
        rehearsing.rehearse(settings, ["contact"], NEW)


def test_the_command_says_what_would_change(store: Store, tmp_path: Path) -> None:
    config = tmp_path / "bridge.toml"
    feeds = "".join(
        f'[council.folders.{name}]\nfolder = "{store.outside / name}"\nprofile = "{store.outside / name}.toml"\n'
        for name in (OLD, NEW)
    )
    config.write_text(
        f'data_dir = "{store.folder}"\n[cutover]\nold = "{OLD}"\nnew = "{NEW}"\n'
        f'[sink]\nkind = "fhir"\nname = "icr"\nurl = "http://127.0.0.1:9/fhir"\n{feeds}'
    )
    said = told(1, "cutover", "rehearse", "contact", "--to", NEW, "--config", config)
    assert "contact\t0 agree\t0 differs\t1 missing\t1 extra" in said
    assert "against\tcontact: agreement" in said
    assert "\ttriage\tnot there\tto requested, " in said
    assert said.endswith("no-go\n")
    assert "no case system" not in told(
        2, "cutover", "rehearse", "contact", "--to", "elsewhere", "--config", config
    )
