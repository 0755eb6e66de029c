"""The 91-day check, by what the council says of short-term support after a discharge."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from ascbridge.reports.at_home import ANSWERS, AtHome, at_home
from tests.frontdoor.builders import DoorBench, episode

TODAY = "2026-03-20"
"""The day that the bench's clock shows; 91 days after 19 December."""


def say(bench: DoorBench, number: int, check: str = "", on: str = "2025-12-19") -> None:
    bench.say(
        episode("2026-03-20T09:00", status="ended", discharged_on=on, check=check), patient=f"p{number}"
    )


def test_those_whose_day_has_come_by_what_was_found(real_bench: DoorBench) -> None:
    for number in range(10):
        say(real_bench, number, "at-home" if number < 5 else "")
    say(real_bench, 20, "at-home", on="2025-12-20")
    say(real_bench, 21, "at-home", on="")
    real_bench.say(episode("2026-03-20T09:00", discharged_on="2025-12-19"), patient="p22")
    found = real_bench.write(lambda c: at_home(c, ["2026-01", "2025-12"], TODAY))
    assert found[0] == AtHome("2026-01", 0, dict.fromkeys(ANSWERS, 0))
    assert found[1].due == 11
    assert (found[1].found["at-home"], found[1].found[""], found[1].found["died"]) == (5, 6, 0)


def test_few_are_withheld(bench: DoorBench) -> None:
    for number in range(4):
        say(bench, number, "at-home")
    assert bench.write(lambda c: at_home(c, ["2025-12"], TODAY)) == [
        AtHome("2025-12", None, dict.fromkeys(ANSWERS, None))
    ]


def test_only_short_term_support_is_read_and_by_its_index(bench: DoorBench) -> None:
    asked: list[tuple[str, Any]] = []

    def run(connection: Any) -> list[str]:
        def hear(_c: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
            asked.append((text, parameters))

        event.listen(connection, "before_cursor_execute", hear)
        at_home(connection, ["2025-12"], TODAY)
        event.remove(connection, "before_cursor_execute", hear)
        ((text, parameters),) = asked
        raw = connection.connection.driver_connection
        return [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]

    assert bench.write(run) == ["SEARCH care USING INDEX care_short_term (changed_ms>?)"]


@pytest.mark.parametrize("check", ["at-home", "not-at-home", "died", "not-known"])
def test_every_answer_of_the_contract_is_known(check: str) -> None:
    assert check in ANSWERS
