"""A whole bridge on the side: one patient's story from the admission to the care home, and nothing left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.bootstrap.trying import trial
from ascbridge.config import ConfigError
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.storage.tables import task
from tests.intake.conftest import SetClock
from tests.intake.messages import adt

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.operations.trial import Trial

STORY = [
    ("01", [], []),
    ("02", ["patient-admitted"], []),
    ("03", ["patient-transferred"], []),
    ("04", ["stay-details-recorded"], []),
    ("05", ["patient-ready-for-discharge", "discharge-task-opened"], ["requested"]),
    ("06", ["patient-not-ready-for-discharge", "discharge-task-paused"], ["on-hold"]),
    ("07", ["patient-ready-for-discharge", "discharge-task-resumed"], ["requested"]),
    ("08", ["patient-went-on-leave"], ["requested"]),
    ("09", ["patient-returned-from-leave"], ["requested"]),
    ("10", ["patient-discharged", "discharge-task-changed"], ["requested"]),
    ("11", ["discharge-cancelled", "discharge-task-changed"], ["requested"]),
    ("12", ["patient-discharged", "discharge-task-changed"], ["requested"]),
]
"""Each message of the story: what it makes known beside the person's details and the stay, and the task after it."""


def said(made: Trial, after: int) -> list[str]:
    names = [event.event_type.removesuffix(".v1").rpartition(".")[2] for event in made.events()[after:]]
    return [name for name in names if name not in {"patient-details-recorded", "stay-changed"}]


def tasks(made: Trial) -> list[Any]:
    return made.bridge.read_now(lambda c: list(c.execute(select(task))))


async def test_iris_has_one_task_through_every_change_of_mind(tmp_path: Path, shared_data: Path) -> None:
    made = trial("itk-v24", tmp_path, SetClock(1_773_241_200_000))  # 2026-03-11, when she left for good
    told, ids = [], set()
    for number, _, _ in STORY:
        (file,) = (shared_data / "adt-open" / "authored-itk-v24").glob(f"{number}_*.hl7")
        after = len(made.events())
        (answer,) = made.take(file.read_bytes())
        assert parse_ack(answer).accepted
        told.append((number, said(made, after), [row.status for row in tasks(made)]))
        ids |= {row.task_id for row in tasks(made)}
    assert told == STORY
    assert len(ids) == 1
    assert [one["decision"] for one in made.decisions()] == ["open"]
    kinds = [body["resourceType"] for body in await made.resources()]
    assert [kinds.count(kind) for kind in ("Patient", "Encounter", "Task", "ServiceRequest")] == [1, 1, 1, 1]
    await made.close()


async def test_a_profile_in_shadow_says_what_it_saw_and_opens_nothing(tmp_path: Path) -> None:
    made = trial("uhcw", tmp_path)
    made.take(adt("A16"))
    assert "patient-ready-for-discharge" in said(made, 0)
    assert tasks(made) == []
    assert await made.resources() == []
    await made.close()


async def test_two_trials_know_nothing_of_one_another(tmp_path: Path) -> None:
    first, second = trial("itk-v24", tmp_path / "a"), trial("itk-v24", tmp_path / "b")
    first.take(adt("A01"))
    assert len(first.inbound()) == 1
    assert second.inbound() == second.events() == []
    await first.close()
    await second.close()


def test_a_profile_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="feed profile 'nobody'"):
        trial("nobody", tmp_path / "made")
    assert not (tmp_path / "made").exists()
