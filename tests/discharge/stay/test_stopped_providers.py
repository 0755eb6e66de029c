"""Support that rests on a provider who takes no new work: what is said, by which list, and of whom nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge.discharge.keeping.store import CareRow
from ascbridge.discharge.stay.case_view import Case, case_view
from ascbridge.discharge.stay.stopped_providers import Stopped, any_stopped, stopped_providers
from ascbridge.reference.in_force import ReferenceLists, version_of
from tests.discharge.builders import at
from tests.reference.lists import LEVELS, made

ELM = '\n[[provider]]\nname = "Elm House"\ncqc_location = "1-1111111"\nstatus = "{}"\nlevel = {}\n'
MARCH, APRIL, JULY = at("2026-03-01T00:00"), at("2026-04-01T00:00"), at("2026-07-01T12:00")
LEVEL_4 = "quality level 4, Persistent Serious Concerns"


def listed(status: str, level: int, version: int, loaded_ms: int) -> Any:
    body = LEVELS + ELM.format(status, level)
    return version_of(made("providers", body, version=version, day="2026-01-01"), "Nia Brown", loaded_ms)


STOPPED = ReferenceLists().with_version(listed("open", 4, 2, MARCH))
MENDED = STOPPED.with_version(listed("open", 1, 3, APRIL))


def case(kind: str = "placement", *, died: bool = False, **said: Any) -> Case:
    value = {"status": "live", "provider": "Elm House", "provider_location": "1-1111111", **said}
    return case_view({"p1": {f"{kind}:1": CareRow("1", value)}}, died=died, review_years=None)


@pytest.mark.parametrize("kind", ["placement", "package"])
def test_a_provider_who_is_stopped_now_is_told_with_the_list(kind: str) -> None:
    assert stopped_providers(case(kind, started_on="2026-02-01"), STOPPED, JULY) == (
        Stopped(kind, "Elm House", LEVEL_4, "providers@2", now=True),
    )


def test_support_that_began_while_its_provider_was_stopped_is_told_by_the_list_of_that_day() -> None:
    began = case(started_on="2026-03-14")
    assert stopped_providers(began, MENDED, JULY) == (
        Stopped("placement", "Elm House", LEVEL_4, "providers@2", now=False, began_on="2026-03-14"),
    )
    assert stopped_providers(began, STOPPED, JULY)[0].began_on == "2026-03-14"
    assert stopped_providers(case(started_on="2026-04-14"), MENDED, JULY) == ()


@pytest.mark.parametrize(
    "said",
    [
        {"status": "ended"},
        {"provider": "", "provider_location": ""},
        {"provider": "Oak Care", "provider_location": ""},
        {"provider_location": "1-2222222"},
    ],
)
def test_of_what_ended_or_of_whom_the_list_does_not_know_nothing_is_said(said: dict[str, str]) -> None:
    assert stopped_providers(case(**said), STOPPED, JULY) == ()


def test_a_death_has_stopped_it_all_and_a_start_to_come_is_judged_now() -> None:
    assert stopped_providers(case(died=True), STOPPED, JULY) == ()
    planned = case(status="planned", started_on="2026-08-01")
    assert [one.now for one in stopped_providers(planned, STOPPED, JULY)] == [True]
    assert [one.now for one in stopped_providers(case(started_on="2026-03"), STOPPED, JULY)] == [True]


def test_nothing_need_be_read_while_nobody_is_stopped() -> None:
    assert not any_stopped(ReferenceLists())
    assert any_stopped(MENDED)
    suspended = ReferenceLists().with_version(listed("suspended", 1, 2, MARCH))
    assert any_stopped(suspended)
    assert stopped_providers(case(), suspended, JULY)[0].why == "suspended"
