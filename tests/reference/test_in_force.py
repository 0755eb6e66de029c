"""Which version holds when: by its days, never before it was loaded, and not once it was taken back."""

from dataclasses import replace

from ascbridge.calendars import moment
from ascbridge.reference.in_force import ReferenceLists, Version, lists_of, version_of
from tests.discharge.builders import at
from tests.reference.lists import HOURS, made

APRIL, MAY, JUNE, JULY = (at(f"2026-{month:02}-01T00:00") for month in (4, 5, 6, 7))
OWNER = "Community Discharge Team"


def loaded(number: int, day: str, at_ms: int = APRIL, **head: str) -> Version:
    return version_of(made("service-hours", HOURS, version=number, day=day, **head), "Nia Brown", at_ms)


def held(lists: ReferenceLists, *times: int) -> list[int]:
    return [lists.at("service-hours", one).data.version for one in times]


def test_a_version_holds_from_its_day_in_london() -> None:
    lists = lists_of([loaded(2, "2026-05-01")])
    assert held(lists, 0, APRIL, MAY - 1, MAY, JULY) == [1, 1, 1, 2, 2]
    assert moment(made("service-hours", HOURS).effective_from) == MAY


def test_it_never_holds_before_it_was_loaded() -> None:
    lists = lists_of([loaded(2, "2020-01-01", at_ms=MAY)])
    assert held(lists, APRIL, MAY - 1, MAY) == [1, 1, 2]


def test_the_highest_number_holds_and_one_with_a_last_day_gives_way_again() -> None:
    lists = lists_of([loaded(2, "2026-05-01"), loaded(3, "2026-06-01", more="effective_to = 2026-06-30\n")])
    assert held(lists, MAY, JUNE, JULY - 1, JULY) == [2, 3, 3, 2]
    assert [one.data.version for one in lists.coming("service-hours", APRIL)] == [2, 3]
    assert [one.data.version for one in lists.coming("service-hours", MAY)] == [3]


def test_what_is_taken_back_held_until_then() -> None:
    taken = replace(loaded(2, "2026-05-01"), taken_back_by="Nia Brown", taken_back_ms=JUNE)
    assert held(lists_of([taken]), MAY, JUNE - 1, JUNE) == [2, 2, 1]
    early = replace(loaded(2, "2026-05-01"), taken_back_by="Nia Brown", taken_back_ms=APRIL + 1)
    assert held(lists_of([early]), APRIL, MAY) == [1, 1]
    assert lists_of([early]).coming("service-hours", APRIL + 1) == ()


def test_one_version_stands_in_for_itself_as_it_was() -> None:
    lists = lists_of([loaded(2, "2026-05-01")])
    again = lists.with_version(replace(loaded(2, "2026-05-01"), taken_back_ms=APRIL + 1))
    assert len(again.versions["service-hours"]) == 2
    assert held(again, MAY) == [1]


def test_a_stored_use_finds_its_version() -> None:
    lists = lists_of([loaded(2, "2026-05-01")])
    for number in (1, 2):
        found = lists.find(f"service-hours@{number}")
        assert found is not None
        assert found.data.version == number
    assert lists.find("service-hours@3") is None
    assert lists.find("") is None


def test_what_does_not_fit_together_is_told_for_every_moment_to_come() -> None:
    alone = HOURS.partition('[[hours]]\nteam = "Emergency')[0].replace(OWNER, "Night Watch")
    version = version_of(made("service-hours", alone, day="2026-06-01"), "Nia Brown", APRIL)
    lists = lists_of([version])
    told = [
        "teams@1 and service-hours@2: Community Discharge Team has no hours",
        "teams@1 and service-hours@2: Emergency Out of Hours has no hours",
        "teams@1 and service-hours@2: there is no team Night Watch",
    ]
    assert list(lists.faults(OWNER, APRIL)) == told
    assert list(lists_of([]).faults("Nobody", APRIL)) == [
        "teams@1: there is no team Nobody, which owns discharge work",
        "teams@1 and service-hours@1: Nobody has no hours",
    ]
    ended = replace(version, taken_back_ms=APRIL)
    assert list(lists_of([ended]).faults(OWNER, APRIL)) == []


def test_a_locality_names_a_team_that_there_is() -> None:
    body = '\n[[locality]]\nname = "North base"\npostcodes = ["CV2"]\nteam = "Nobody"\n'
    lists = lists_of([version_of(made("localities", body), "Nia Brown", MAY)])
    assert list(lists.faults(OWNER, MAY)) == ["localities@2: North base: there is no team Nobody"]


def test_each_kind_can_be_asked_for() -> None:
    lists = ReferenceLists()
    asked = (
        lists.teams,
        lists.hours,
        lists.days,
        lists.due_times,
        lists.localities,
        lists.providers,
        lists.reasons,
        lists.stages,
        lists.routes,
        lists.sub_tasks,
        lists.packs,
        lists.hospitals,
        lists.urgent,
    )
    assert [one(0).kind for one in asked] == list(lists.all_at(0))
