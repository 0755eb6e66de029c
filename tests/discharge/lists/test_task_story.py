"""A task's story: acts, evidence, and why."""

from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.lists import task_story, worklist
from ascbridge.people.actor import Actor
from tests.discharge.builders import Bench, known
from tests.discharge.conftest import NOW

SAM = Actor("sam", "discharge-team", "work")


def test_the_story_tells_acts_evidence_and_why(ward: Bench) -> None:
    id = ward.write(lambda connection: worklist.rows(connection, "open", NOW))[0].fact.task
    ward.write(lambda connection: desk.note(connection, Sitting(ward.desk, SAM, 0, NOW.now_ms), id, "rang"))
    ward.say(known("2026-03-01T02:00"), patient="p-late")
    story = ward.write(lambda connection: task_story.story(connection, id, NOW))
    assert story is not None
    assert [(act.version, act.act, act.actor, act.role) for act in story.acts] == [
        (1, "note", "sam", "discharge-team")
    ]
    assert story.acts[0].sealed is not None
    assert [one.type.split(".")[-2] for one in story.evidence] == [
        "patient-admitted",
        "patient-ready-for-discharge",
    ]
    assert story.evidence[1].effect.startswith("task opened")
    assert story.explanation["rule"] == "ready"
    assert story.explanation["because"][0]["event"] == story.evidence[1].event_id
    assert story.row.fact.spell == "late"
    assert story.stay.status == "in-progress"
    assert story.sealed_visit is not None
    assert ward.write(lambda connection: task_story.story(connection, "t-none", NOW)) is None
