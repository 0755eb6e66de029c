"""Why somebody has no task: each cause in plain words with what to do, and nothing of what the messages say."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import find_whom, why_no_task
from ascbridge.operations.finding.find_whom import Whom
from ascbridge.operations.finding.why_no_task import Answer, Asked
from tests.operations.no_task_causes import CAUSES, NAMED, NUMBER, WHO, erased, no_stay

if TYPE_CHECKING:
    from tests.web.city import City


def ask(city: City, whom: Whom) -> Answer:
    def read(connection: object) -> Answer:
        keys = find_whom.look(connection, city.keyring, city.data_keys, whom, ["RKB"])  # type: ignore[arg-type]  # what read_now gives
        asked = Asked(keys, whom.nhs_number, city.desk.reference.rules, city.clock.at_ms)
        return why_no_task.answer(connection, city.data_keys, asked)  # type: ignore[arg-type]  # what read_now gives

    return city.bridge.read_now(read)


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_told_in_plain_words_with_what_to_do(empty_city: City, cause: str) -> None:
    comes_about, words = CAUSES[cause]
    comes_about(empty_city)
    found = ask(empty_city, Whom(nhs_number=NUMBER))
    told = f"{found.findings[0].words} {found.findings[0].next_step}"
    assert [one for one in words if one not in told] == [], told
    assert found.findings[0].cause == (cause if cause != "restricted" else "no-rule")
    assert all(one.words and one.next_step for one in found.findings)
    assert not [name for name in NAMED if name in str(asdict(found))]


def test_whoever_was_erased_is_said_to_be_by_the_number_that_is_left(empty_city: City) -> None:
    erased(empty_city)
    (found,) = ask(empty_city, Whom(local_id="L300")).findings
    assert found.cause == "erased"
    (found,) = ask(empty_city, Whom(nhs_number=NUMBER)).findings
    assert (found.cause, "erased" in found.words) == ("never-came", True)


def test_whoever_has_a_task_is_told_of_it_first(city: City) -> None:
    found = ask(city, Whom(nhs_number="9993000019"))
    assert [one.cause for one in found.findings] == ["has-task"]
    assert found.findings[0].link == f"/tasks/{city.task_of(0).task_id}"
    assert found.messages


def test_a_message_of_somebody_else_is_no_finding(empty_city: City) -> None:
    no_stay(empty_city)
    CAUSES["held"][0](empty_city)
    found = ask(empty_city, Whom(nhs_number="9993000019"))
    assert [one.cause for one in found.findings] == ["never-came"]
    assert WHO["nhs_number"] not in str(found)
