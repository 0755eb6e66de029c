"""What changed today, the last first, and how."""

from dataclasses import replace

from sqlalchemy import update

from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.lists.todays_changes import count_changed_today, todays_changes
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import evidence
from tests.discharge.builders import ED, MINUTE, Bench, at, snapshot
from tests.discharge.conftest import NOW

SAM = Actor("sam", "discharge-team", "work")
TOMORROW = Lists(at("2026-03-07T09:00"))


def test_the_last_change_stands_first_with_who_did_and_said_what(ward: Bench) -> None:
    ward.clock.ms = NOW.now_ms + MINUTE
    ward.say(snapshot("2026-03-06T13:01", spell="later", ward=ED), patient="p-later")
    late = next(task for task in ward.tasks() if task.spell == "late")
    sitting = Sitting(ward.desk, SAM, 0, NOW.now_ms + 2 * MINUTE)
    ward.write(lambda connection: desk.claim(connection, sitting, late.task))
    ward.write(lambda connection: connection.execute(update(evidence).values(recorded_ms=NOW.now_ms)))
    found = ward.write(lambda connection: todays_changes(connection, NOW))
    assert [one.row.fact.spell for one in found[:2]] == ["late", "later"]
    assert (found[0].patient_key, found[0].person_id) == ("p-late", found[0].row.person_id)
    claim = found[0].told[0]
    (opened,) = [told for told in found[0].told if told.what.startswith("task opened")]
    assert (claim.actor, claim.what, claim.at_ms) == ("sam", "claim", NOW.now_ms + 2 * MINUTE)
    assert opened.actor == ""
    assert "task changed, ward" in {told.what for told in found[1].told}
    assert ward.write(lambda connection: count_changed_today(connection, NOW)) == len(found) == 5


def test_what_changed_nothing_is_left_out_and_yesterday_is_not_today(ward: Bench) -> None:
    before = ward.write(lambda connection: todays_changes(connection, NOW))
    ward.say(snapshot("2026-03-06T12:31", spell="later"), patient="p-later")
    assert ward.write(lambda connection: todays_changes(connection, NOW)) == before
    assert ward.write(lambda connection: todays_changes(connection, TOMORROW)) == []
    assert ward.write(lambda connection: count_changed_today(connection, TOMORROW)) == 0


def test_a_list_of_changes_is_narrowed_and_comes_in_pages(ward: Bench) -> None:
    every = [one.row.fact.spell for one in ward.write(lambda c: todays_changes(c, NOW))]
    paged = [
        one.row.fact.spell
        for after in (0, 2, 4)
        for one in ward.write(lambda c, after=after: todays_changes(c, NOW, limit=2, after=after))
    ]
    assert paged == every
    open_ones = ward.write(lambda c: todays_changes(c, replace(NOW, ward="W21, RKB01", whose="-")))
    assert {one.row.fact.spell for one in open_ones} == set(every)
    assert ward.write(lambda c: todays_changes(c, replace(NOW, ward="W9"))) == []
