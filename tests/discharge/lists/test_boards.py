"""Counts by ward, stage and day, and who comes first of each."""

from collections import Counter
from dataclasses import replace

from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.lists import boards, worklist
from ascbridge.discharge.lists.boards import EARLY, LATER, NOT_SAID
from ascbridge.discharge.lists.todays_changes import todays_changes
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.events.facts import catalogue as words
from ascbridge.people.actor import Actor
from tests.discharge.builders import ED, W21, Bench, admitted, at, details, ready, snapshot
from tests.discharge.conftest import NOW

SAM = Actor("sam", "discharge-team", "work")


def claimed(ward: Bench, spell: str) -> None:
    id = next(task.task for task in ward.tasks() if task.spell == spell)
    ward.write(lambda connection: desk.claim(connection, Sitting(ward.desk, SAM, 0, NOW.now_ms), id))


def test_a_board_counts_who_is_late_ready_in_nobodys_hands_and_puzzling(ward: Bench) -> None:
    ward.say(snapshot("2026-03-06T12:20", spell="late", ward=ED), patient="p-late")
    claimed(ward, "later")
    ed, w21 = ward.write(lambda connection: boards.tally(connection, "open", NOW, "ward"))
    assert (ed.name, ed.people, ed.late, ed.near, ed.ready, ed.nobodys, ed.looks) == (
        "ED, RKB01",
        1,
        1,
        0,
        1,
        1,
        0,
    )
    assert (w21.name, w21.people, w21.late, w21.near, w21.nobodys, w21.looks) == ("W21, RKB01", 2, 0, 2, 1, 1)
    assert ed.first_ms < NOW.now_ms < w21.first_ms
    assert (ed.look_ms, w21.look_ms) == (None, at("2026-03-06T12:50"))


def test_a_board_of_people_in_hospital_has_the_paused_and_none_who_left(ward: Bench) -> None:
    (w21,) = ward.write(lambda connection: boards.tally(connection, "in-hospital", NOW, "ward"))
    assert w21.people == 4
    (team,) = ward.write(lambda connection: boards.tally(connection, "open", NOW, "owner_team"))
    assert (team.name, team.people) == ("Community Discharge Team", 3)


def test_late_work_is_counted_by_the_team_that_was_told(ward: Bench) -> None:
    early = replace(NOW, now_ms=at("2026-03-06T08:00"))
    assert ward.write(lambda connection: boards.told(connection, early)) == []
    later = replace(NOW, now_ms=at("2026-03-16T12:50"))
    late = ward.write(lambda connection: worklist.rows(connection, "escalated", later, limit=9))
    assert len(late) > 1
    assert ward.write(lambda connection: boards.told(connection, later)) == sorted(
        Counter(row.fact.escalates_to for row in late).items()
    )


def test_a_restricted_person_stands_under_no_ward(ward: Bench) -> None:
    ward.say(words.PatientRestricted(level="national"), patient="p-late")
    found = ward.write(lambda connection: boards.tally(connection, "open", NOW, "ward"))
    assert [(one.name, one.people) for one in found] == [("", 1), ("W21, RKB01", 2)]
    assert ward.write(lambda connection: boards.names(connection, "ward")) == ["", "W21, RKB01"]


def test_the_first_of_each_come_in_due_order_and_no_more_than_asked(ward: Bench) -> None:
    ward.say(snapshot("2026-03-06T12:20", spell="late", ward=ED), patient="p-late")

    def first(most: int) -> dict[str, list[str]]:
        wards = ["ED, RKB01", "W21, RKB01", "W9"]
        found = ward.write(lambda c: boards.first_of_each(c, "open", NOW, "ward", wards, most))
        assert found.pop("W9") == []
        return {name: [row.fact.spell for row in rows] for name, rows in found.items()}

    assert first(1) == {"ED, RKB01": ["late"], "W21, RKB01": ["later"]}
    assert first(5) == {"ED, RKB01": ["late"], "W21, RKB01": ["later", "odd"]}


def test_who_is_thought_to_leave_is_counted_by_day(ward: Bench) -> None:
    days = {"late": "2026-03-05", "later": "2026-03-06T15:00", "odd": "2026-03-12", "paused": "2026-03-13"}
    for spell, day in days.items():
        ward.say(snapshot("2026-03-06T12:59", spell=spell, planned_discharge=day), patient=f"p-{spell}")
    found = ward.write(lambda connection: boards.leaving(connection, NOW, "locality"))
    assert (found.days[0], found.days[-1], len(found.days)) == ("2026-03-06", "2026-03-12", 7)
    assert {day: n for (day, _), n in found.count.items()} == {
        EARLY: 1,
        "2026-03-06": 1,
        "2026-03-12": 1,
        LATER: 1,
    }
    assert (found.names, found.on(EARLY), found.on(NOT_SAID)) == (("",), 1, 0)
    nowhere = ward.write(lambda connection: boards.leaving(connection, replace(NOW, ward="W9"), "pathway"))
    assert not nowhere.count


def test_what_comes_next_is_ones_own_work_else_what_nobody_has(ward: Bench) -> None:
    def comes_next(who: str) -> str:
        row = ward.write(lambda connection: boards.do_next(connection, Lists(NOW.now_ms, actor=who)))
        assert row is not None
        return row.fact.spell

    assert comes_next("sam") == "late"
    claimed(ward, "later")
    assert comes_next("sam") == "later"
    claimed(ward, "late")
    assert (comes_next("sam"), comes_next("alex")) == ("late", "odd")
    nobody = ward.write(lambda connection: boards.do_next(connection, replace(NOW, actor="alex", ward="W9")))
    assert nobody is None


def test_boards_are_the_same_on_both_databases(real_bench: Bench) -> None:
    bench = real_bench
    bench.clock.ms = NOW.now_ms
    for name, ward in (("one", W21), ("two", ED), ("three", W21)):
        bench.say(
            details("2026-03-02T10:00", "85+", "local"),
            admitted("2026-03-02T10:00", spell=name, ward=ward),
            ready("2026-03-06T11:30", spell=name, planned_discharge="2026-03-07T10:00"),
            patient=f"p-{name}",
        )
    tallies = bench.write(lambda c: boards.tally(c, "in-hospital", NOW, "ward"))
    assert [(one.name, one.people, one.late, one.nobodys) for one in tallies] == [
        ("ED, RKB01", 1, 1, 1),
        ("W21, RKB01", 2, 2, 2),
    ]
    first = bench.write(
        lambda c: boards.first_of_each(c, "open", NOW, "ward", ["W21, RKB01", "ED, RKB01"], 1)
    )
    assert {name: len(rows) for name, rows in first.items()} == {"ED, RKB01": 1, "W21, RKB01": 1}
    assert bench.write(lambda c: boards.names(c, "claimed_by")) == [""]
    leaving = bench.write(lambda c: boards.leaving(c, NOW, "pathway"))
    assert (leaving.names, leaving.on("2026-03-07")) == (("",), 3)
    assert bench.write(lambda c: boards.do_next(c, NOW)) is not None
    assert bench.write(lambda c: worklist.counts(c, NOW))["late"] == 3
    assert len(bench.write(lambda c: todays_changes(c, NOW, limit=2))) == 2
    assert len(bench.write(lambda c: worklist.own_work(c, NOW, "Community Discharge Team"))) == 3
