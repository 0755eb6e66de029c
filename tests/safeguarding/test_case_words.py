"""What a case system says becomes of its concerns, in whatever order it comes, once; nothing of it is lost."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ascbridge.events.logs.log_table import as_record
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.case_words import LONGEST_WAIT_MS, hear, raise_what_waits
from ascbridge.storage.tables import walled_message
from tests.safeguarding.behind import DAY, NIA, said
from tests.safeguarding.test_case_lines import later

if TYPE_CHECKING:
    from tests.safeguarding.behind import Behind


def concern(id: str = "1", **more: Any) -> bytes:
    return json.dumps({"id": id, "concern": said(**more).model_dump(mode="json")}).encode()


def heard(behind: Behind, *lines: bytes) -> list[str]:
    return [behind.run(lambda c, one=line: hear(c, behind.vault, one)) for line in lines]


def every(behind: Behind) -> list[Any]:
    return [
        *behind.run(lambda c: store.every_open(c, behind.vault)),
        *behind.run(lambda c: store.closed_since(c, behind.vault, 0)),
    ]


def acts(behind: Behind, stood: Any) -> list[Any]:
    return behind.run(lambda c: store.acts_of(c, behind.vault, stood.said.concern))  # type: ignore[no-any-return]  # acts


def waiting(behind: Behind) -> int:
    wanted = select(walled_message).where(walled_message.c.outcome == "waiting")
    return len(behind.run(lambda c: list(c.execute(wanted))))


def test_decided_recorded_and_concluded_there_it_is_so_here_at_their_time_and_by_them(behind: Behind) -> None:
    lines = [
        concern(),
        later("decision"),
        later("recorded", "S2"),
        later("document", "S3"),
        later("conclusion", "S4"),
    ]
    assert heard(behind, *lines) == ["taken"] * 5
    (one,) = every(behind)
    decision, conclusion = one.said.decision, one.said.conclusion
    assert decision is not None
    assert conclusion is not None
    assert (one.said.status, decision.by, decision.outcome) == ("closed", "Ann Lee", "s42-enquiry")
    assert decision.at_ms == 1_792_494_000_000, "12:00 in Coventry on 20 October 2026"
    assert (conclusion.risk, one.said.wishes.achieved, one.said.capacity) == ("reduced", "fully", "no")
    assert [act.act for act in acts(behind, one)] == ["raise", "decide", "record", "document", "conclude"]
    assert [as_record(row).event_type.split(".")[-2] for row in behind.events()] == [
        "concern-raised", "concern-decided", "concern-recorded", "concern-recorded", "enquiry-concluded",
    ]  # fmt: skip


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_they_come_it_ends_the_same(behind: Behind, order: tuple[int, ...]) -> None:
    lines = [concern(), later("decision"), later("conclusion", "S2")]
    heard(behind, *(lines[number] for number in order))
    (one,) = every(behind)
    assert (one.said.status, one.version) == ("closed", 3)
    assert waiting(behind) == 0


def test_said_again_nothing_is_done_twice(behind: Behind) -> None:
    lines = [concern(), later("decision"), later("note", "S2")]
    heard(behind, *lines)
    assert heard(behind, *lines) == ["again"] * 3
    (one,) = every(behind)
    assert one.version == 3


def test_decided_otherwise_here_it_stays_so_and_what_they_said_is_a_note(behind: Behind) -> None:
    heard(behind, concern())
    (one,) = every(behind)
    behind.act(one.said.reference, "decide", NIA, choice="signposted", text="Advised")
    assert heard(behind, later("decision")) == ["taken"]
    (one,) = every(behind)
    assert one.said.decision.outcome == "signposted"
    last = acts(behind, one)[-1]
    assert (last.act, last.who) == ("note", "case system")
    assert "decided by Ann Lee" in last.text
    assert "s42-enquiry" in last.text


def test_what_never_gets_its_concern_is_raised_as_one_after_a_day(behind: Behind) -> None:
    assert heard(behind, later("decision", about="77")) == ["waiting"]
    assert behind.run(lambda c: raise_what_waits(c, behind.vault)) == 0
    behind.clock.at_ms += LONGEST_WAIT_MS + 1
    assert behind.run(lambda c: raise_what_waits(c, behind.vault)) == 1
    assert behind.run(lambda c: raise_what_waits(c, behind.vault)) == 0
    (one,) = every(behind)
    assert "Its concern 77 never came" in one.said.account
    assert "s42-enquiry" in one.said.account


def test_a_conclusion_whose_decision_never_came_is_a_note_after_a_day(behind: Behind) -> None:
    heard(behind, concern(), later("conclusion"))
    behind.clock.at_ms += DAY + 1
    assert behind.run(lambda c: raise_what_waits(c, behind.vault)) == 1
    (one,) = every(behind)
    assert one.said.decision is None
    assert "concluded by Ann Lee" in acts(behind, one)[-1].text


def test_a_time_to_come_is_now(behind: Behind) -> None:
    heard(behind, concern(), later("decision", at="2199-01-01T00:00:00Z"))
    (one,) = every(behind)
    assert one.said.decision.at_ms == behind.clock.at_ms


def test_it_is_forgotten_with_its_concern(behind: Behind) -> None:
    heard(behind, concern(), later("decision", outcome="no-further-action"), later("note", "S2"))
    behind.clock.at_ms += 9 * 366 * DAY
    before_ms = behind.clock.at_ms - 8 * 366 * DAY
    assert behind.run(lambda c: store.forget(c, behind.vault, before_ms, behind.clock.at_ms)) == 1
    assert behind.run(lambda c: list(c.execute(select(walled_message)))) == []
