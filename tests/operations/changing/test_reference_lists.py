"""Loading lists and taking them back: judged before, in force at once, and in the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.operations.changing import reference_lists
from ascbridge.operations.changing.reference_lists import CannotLoad
from ascbridge.operations.finding import audit_search
from ascbridge.reference.list_files import BadList, read
from tests.reference.lists import DROP, HOURS, text
from tests.reference.test_due_times import DUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

WHO = AuditEntry("work", "Ola Green", "it-operations", "", why="agreed at the board")
HOUR = 3_600_000


@pytest.fixture
def load(empty_city: City) -> Callable[[str], Any]:
    city = empty_city
    return lambda written: city.bridge.write_now(
        lambda c: reference_lists.load(c, city.desk, written, WHO, city.clock.at_ms)
    )


def state(city: City) -> dict[str, str]:
    lists = city.bridge.read_now(city.desk.known_lists.read)
    found = reference_lists.listed(lists, city.clock.at_ms)
    return {one.version.data.ident: one.state for one in found if one.version.kind == "service-hours"}


def test_a_list_is_loaded_with_what_it_changes_and_stands_in_the_audit(
    empty_city: City, load: Callable[[str], Any]
) -> None:
    now_ms = empty_city.clock.at_ms
    done = load(text("service-hours", HOURS))
    assert done.summary == "2 removed, 2 changed"
    assert done.before.data.ident == "service-hours@1"
    assert done.version.begins_ms == now_ms  # its day has passed
    assert done.notes == (
        "2026-05-01 has passed: it holds from when it is loaded, and changes nothing before",
        "2 of its values are not agreed or not known",
    )
    (entry,) = empty_city.bridge.read_now(audit_search.entries)
    assert (entry.who, entry.what, entry.whom, entry.why, entry.result) == (
        "Ola Green", "reference data loaded", "service-hours@2", "agreed at the board", "2 removed, 2 changed",
    )  # fmt: skip
    assert state(empty_city) == {"service-hours@2": "in force", "service-hours@1": "behind another"}


def test_asking_what_would_change_changes_nothing(empty_city: City) -> None:
    city = empty_city
    plan = city.bridge.read_now(
        lambda c: reference_lists.plan(
            c, city.desk, text("reasons", DROP, day="2027-01-01"), "Ola Green", city.clock.at_ms
        )
    )
    assert [one.how for one in plan.differences].count("added") == 1
    assert city.bridge.read_now(audit_search.entries) == ()
    lists = city.bridge.read_now(city.desk.known_lists.read)
    assert lists.reasons(city.clock.at_ms).version == 1


@pytest.mark.parametrize(
    "written, fault",
    [
        ("kind = 7", "kind: must be one of"),
        (
            text("service-hours", HOURS, version=1),
            "service-hours@1 is known already, or older; the next number is 2",
        ),
        (
            text("service-hours", HOURS, more="effective_to = 2026-05-02\n"),
            "2026-05-02 has passed, so it would never hold",
        ),
        (
            text("service-hours", HOURS.partition('[[hours]]\nteam = "Emergency')[0]),
            "teams@1 and service-hours@2: Emergency Out of Hours has no hours",
        ),
        (text("due-times", DUE.replace('"ready"', '"shouted"')), "there is no signal shouted"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_changes(
    empty_city: City, load: Callable[[str], Any], written: str, fault: str
) -> None:
    with pytest.raises(CannotLoad, match=fault):
        load(written)
    assert empty_city.bridge.read_now(audit_search.entries) == ()


def test_a_list_is_taken_back_once_and_what_held_before_holds_again(
    empty_city: City, load: Callable[[str], Any]
) -> None:
    city = empty_city
    load(text("service-hours", HOURS))
    city.clock.at_ms += HOUR

    def take_back(number: int) -> Any:
        return city.bridge.write_now(
            lambda c: reference_lists.take_back(c, city.desk, "service-hours", number, WHO, city.clock.at_ms)
        )

    assert take_back(2).data.ident == "service-hours@1"
    assert state(city) == {"service-hours@2": "taken back", "service-hours@1": "in force"}
    lists = city.bridge.read_now(city.desk.known_lists.read)
    assert lists.hours(city.clock.at_ms - 1).version == 2
    newest = city.bridge.read_now(audit_search.entries)[0]
    assert (newest.what, newest.whom) == ("reference data taken back", "service-hours@2")
    with pytest.raises(CannotLoad, match="service-hours@2 holds no longer"):
        take_back(2)
    with pytest.raises(CannotLoad, match="nobody loaded service-hours@1"):
        take_back(1)
    with pytest.raises(CannotLoad, match="the next number is 3"):
        load(text("service-hours", HOURS))


def test_a_version_to_come_and_one_that_ended_are_told(empty_city: City, load: Callable[[str], Any]) -> None:
    load(text("service-hours", HOURS, day="2027-01-01", more="effective_to = 2027-01-01\n"))
    assert state(empty_city)["service-hours@2"] == "to come"
    empty_city.clock.at_ms += 365 * 24 * HOUR
    assert state(empty_city) == {"service-hours@2": "ended", "service-hours@1": "in force"}


def test_what_nobody_agreed_is_listed_from_what_is_in_force(
    empty_city: City, load: Callable[[str], Any]
) -> None:
    load(text("reasons", DROP))
    lists = empty_city.bridge.read_now(empty_city.desk.known_lists.read)
    found = reference_lists.not_agreed(lists, empty_city.clock.at_ms)
    assert [one.what for one in found if one.kind == "reasons"] == ["drop: duplicate", "drop: moved-away"]
    told = [one.what for one in found if one.kind == "localities"]
    assert told == ["The three bases: their names", "The three bases: which postcodes each looks after"]


def test_files_are_checked_together_without_a_bridge() -> None:
    alone = HOURS.partition('[[hours]]\nteam = "Emergency')[0]
    hours = read(text("service-hours", alone))
    assert reference_lists.fits([hours], "Community Discharge Team", 0) == [
        "teams@1 and service-hours@2: Emergency Out of Hours has no hours"
    ]
    with pytest.raises(BadList, match="no stage asleep"):
        reference_lists.checked(text("due-times", DUE.replace('"new"', '"asleep"')))
