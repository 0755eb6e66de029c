"""The short slice of `make fuzz` that every run of the suite has: fixed seeds, and all that ever found something."""

from __future__ import annotations

from pathlib import Path

import pytest

from ascbridge.intake.hl7v2.mllp import Framer
from tests.fuzz import drive, grammar, targets

CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.bin"))


@pytest.mark.parametrize("name, examples", [("framer", 150), ("parser", 300), ("door", 200), ("file", 150)])
def test_whatever_comes_in_is_read_kept_and_answered(name: str, examples: int) -> None:
    assert drive.play(name, 2026, examples) >= examples // 2


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_once_found_something_finds_nothing(path: Path) -> None:
    drive.replay(path.name.partition("-")[0], path.read_bytes())


def test_a_seed_gives_the_same_examples_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(targets, "parser", seen.append)
    drive.play("parser", 7, 40)
    first = seen.copy()
    seen.clear()
    drive.play("parser", 7, 40)
    assert seen == first
    assert len(set(first)) > 20


def test_what_fails_carries_its_bytes_and_ends_the_drive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(raw: bytes) -> None:
        assert b"PV1" not in raw, "there it is"

    monkeypatch.setattr(targets, "parser", fails)
    monkeypatch.setattr(drive, "CORPUS", tmp_path)
    assert drive.drive("parser", 3, 1, 1, 1) == 1
    said = capsys.readouterr()
    assert "--target parser --seed 3 --rounds 1" in said.out
    assert "there it is" in said.err
    (kept,) = tmp_path.iterdir()
    assert b"PV1" in kept.read_bytes()


def test_an_example_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(_raw: bytes) -> None:
        while True:
            pass

    monkeypatch.setattr(drive, "HANG_S", 0.05)
    with pytest.raises(drive.Hang):
        drive.within_time(hangs, b"")


def test_a_framer_that_loses_bytes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Framer.feed
    monkeypatch.setattr(Framer, "feed", lambda self, data: feed(self, data[:-1]))
    with pytest.raises(AssertionError):
        targets.framer(grammar.on_the_wire(grammar.HL7[0]) * 3)
