"""What the quickstart promises happens, with the files and commands that it names."""

from __future__ import annotations

import re
from pathlib import Path

from ascbridge.bootstrap.trying import trial
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.intake.hl7v2.hl7_batch import split_batch

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "quickstart.md").read_text("utf-8")


def sent() -> list[Path]:
    return [ROOT / name for name in re.findall(r"ascbridge send (\S+)", PAGE)]


async def test_the_files_it_sends_do_what_it_says(tmp_path) -> None:
    bridge = trial("itk-v24", tmp_path)
    try:
        ready, not_ready = sent()
        told = []
        for file in (ready, ready, not_ready):
            before = len(bridge.events())
            answers = [one for raw in split_batch(file.read_bytes()) for one in bridge.take(raw)]
            assert {parse_ack(one).code.value for one in answers} == {"AA"}
            told.append([event.event_type.split(".")[-2] for event in bridge.events()[before:]])
        assert told[0].count("discharge-task-opened") == 1
        assert told[1] == []
        assert "discharge-task-paused" in told[2]
        assert "discharge-task-opened" not in told[2]
    finally:
        await bridge.close()


def test_it_names_make_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^make (\w+)", PAGE, re.MULTILINE))
    assert targets
    assert [one for one in targets if not re.search(rf"^{one}:", makefile, re.MULTILINE)] == []
