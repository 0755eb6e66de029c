"""A dry run: what it shows is what would happen, in whole, and what names somebody stays sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.trying import trial
from ascbridge.intake.hl7v2.hl7_ack import parse_ack
from ascbridge.operations.trial import Trial, tell
from tests.intake.conftest import SetClock
from tests.intake.messages import NHS_NUMBER, adt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Trial]:
    one = trial("itk-v24", tmp_path, SetClock())
    yield one
    await one.close()


def codes(answers: list[bytes]) -> list[str]:
    return [parse_ack(answer).code.value for answer in answers]


async def test_a_message_goes_all_the_way_before_the_next_one(made: Trial) -> None:
    assert codes(made.take(adt("A01"))) == ["AA"]
    first = len(made.events())
    assert [one["decision"] for one in made.decisions()] != ["open"]
    assert codes(made.take(adt("A16", control_id="T2"))) == ["AA"]
    assert len(made.events()) > first
    assert [one["decision"] for one in made.decisions()] == ["open"]
    assert made.decisions()[0]["why"]
    assert [record.event_id for record in made.inbound()] == [record.event_id for record in made.inbound(-1)]
    assert len(made.inbound()) == 2


async def test_a_refusal_and_a_repeat_publish_nothing(made: Trial) -> None:
    made.take(adt("A01"))
    before = len(made.events())
    assert codes(made.take(adt("A03", control_id="T2", visit=""))) == ["AE"]
    assert codes(made.take(adt("A01"))) == ["AA"]
    assert len(made.events()) == before
    assert len(made.inbound()) == 1


async def test_a_batch_is_answered_for_each_of_its_messages(made: Trial) -> None:
    assert codes(made.take(adt("A01") + adt("A16", control_id="T2"))) == ["AA", "AA"]


async def test_events_can_be_asked_for_by_topic(made: Trial) -> None:
    made.take(adt("A01"))
    topics = {record.topic for record in made.events()}
    assert topics == {"person", "discharge"}
    assert sum(len(made.events(topic)) for topic in topics) == len(made.events())


async def test_everything_is_told_and_nobody_is_named_in_an_event(made: Trial) -> None:
    said: list[str] = []
    messages = [adt("A01"), adt("A16", control_id="T2"), adt("A03", control_id="T3", visit=""),
                adt("A03", control_id="T4", pv1={36: "ZZ"})]  # fmt: skip
    assert await tell(made, messages, said.append) == 1
    text = "\n".join(said)
    heads = [line.split()[0] for line in said if line and not line.startswith(" ")]
    assert heads[0] == "message"
    assert [heads.count(one) for one in ("message", "state", "decision")] == [4, 3, 1]
    assert "fhir     Task/" in text
    assert "discharge_method ZZ" in text  # nobody has mapped it
    assert "T3\tAE\tno visit number" in text
    assert said[-1] == f"4 messages, 1 not accepted, {len(made.events())} events; nothing was changed"
    events = text[: text.index("state ")]
    assert '"sealed": "(sealed)"' in events
    assert NHS_NUMBER not in events
    assert "MARLOWE" not in events


async def test_a_line_of_a_file_that_is_refused_is_told_though_nobody_is_answered(tmp_path: Path) -> None:
    said: list[str] = []
    made = trial("council-facts", tmp_path, SetClock())
    try:
        assert await tell(made, [adt("A16"), b'{"no": "fact"}'], said.append) == 2
    finally:
        await made.close()
    assert [line.split(":")[0] for line in said[:2]] == [
        "message  number 1 refused",
        "message  number 2 refused",
    ]
    assert said[-1] == "2 messages, 2 not accepted, 0 events; nothing was changed"


async def test_the_shared_record_would_show_the_person_once(made: Trial) -> None:
    made.take(adt("A01"))
    made.take(adt("A02", control_id="T2"))
    kinds = [body["resourceType"] for body in await made.resources()]
    assert kinds.count("Patient") == kinds.count("Encounter") == 1
    assert await made.resources() == await made.resources()
