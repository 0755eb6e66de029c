"""What another system was shown is not taken back as if it had never been."""

import pytest

from ascbridge.discharge.acts import between_people, desk
from ascbridge.discharge.acts.desk import NotNow, Sitting
from ascbridge.discharge.acts.outside import shown_outside
from ascbridge.events.ledgers.audit import AuditEntry, record
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import reply
from tests.discharge.builders import Bench, admitted, at, details, ready

SAM = Actor("sam", "discharge-team", "work")


def looked(bench: Bench, what: str, whom: str, when: str, role: str = "integration") -> None:
    entry = AuditEntry("work", "trust poller", role, what, whom)
    bench.write(lambda c: record(c, entry, at(when)))


@pytest.fixture
def given_back(bench: Bench) -> Bench:
    bench.say(details("2026-03-02T10:00"), admitted("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    sitting = Sitting(bench.desk, SAM, 0, at("2026-03-06T12:00"))
    bench.write(lambda c: between_people.reject(c, sitting, bench.task().task, "other-area"))
    return bench


def undo(bench: Bench) -> int:
    sitting = Sitting(bench.desk, SAM, 1, at("2026-03-06T12:05"))
    return bench.write(lambda c: desk.undo(c, sitting, bench.task().task))


@pytest.mark.parametrize("what", ["fhir search Task", "fhir read Task", "task read", "worklist read: open"])
def test_an_answer_that_another_system_was_shown_is_not_taken_back(given_back: Bench, what: str) -> None:
    person = "" if what.startswith("worklist") else given_back.stay()["person_id"]
    looked(given_back, what, person, "2026-03-06T12:03")
    with pytest.raises(NotNow, match="trust poller was shown it since"):
        undo(given_back)
    assert given_back.task().stage == "rejected"


def test_what_nobody_outside_was_shown_since_is_taken_back(given_back: Bench) -> None:
    person = given_back.stay()["person_id"]
    looked(given_back, "fhir search Task", person, "2026-03-06T11:59")
    looked(given_back, "fhir search Task", "somebody else", "2026-03-06T12:01")
    looked(given_back, "fhir search Patient", person, "2026-03-06T12:01")
    looked(given_back, "task read", person, "2026-03-06T12:01", "discharge-team")
    assert undo(given_back) == 2
    assert given_back.task().stage == "new"


def test_the_first_who_was_shown_it_is_named(given_back: Bench) -> None:
    looked(given_back, "worklist read: open", "", "2026-03-06T12:01")
    found = given_back.write(lambda c: shown_outside(c, "anybody", "t1", at("2026-03-06T12:00")))
    assert found == ("trust poller", at("2026-03-06T12:01"))


def test_what_the_hospital_took_is_not_taken_back_and_what_waits_still_is(given_back: Bench) -> None:
    told = {"reply_id": "r1", "receiver": "uhcw", "task_id": given_back.task().task, "spell_key": "s1",
            "progress": "rejected", "since_ms": at("2026-03-06T12:00"), "state": "waiting",
            "queued_ms": at("2026-03-06T12:00"), "next_ms": 0}  # fmt: skip
    given_back.write(lambda c: c.execute(reply.insert(), [told]))
    assert given_back.write(lambda c: shown_outside(c, "x", told["task_id"], at("2026-03-06T12:00"))) is None
    taken = {"state": "acknowledged", "settled_ms": at("2026-03-06T12:01")}
    given_back.write(lambda c: c.execute(reply.update().values(**taken)))
    with pytest.raises(NotNow, match="uhcw was shown it since"):
        undo(given_back)
