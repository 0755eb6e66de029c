"""A person says that two stays are one, or that they are not: both their people and their stays follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.discharge.acts.desk import NotAChoice, NotNow, Sitting, StaleTask
from ascbridge.discharge.acts.join_desk import join_stay, keep_apart
from ascbridge.discharge.deciding.decision import task_id
from ascbridge.people.actor import Actor
from ascbridge.people.links import DecisionRefused
from ascbridge.people.membership import person_of
from ascbridge.storage.tables import audit, event_log
from tests.discharge.builders import at, details, ready
from tests.discharge.folding.test_joined_stays import SITE, at_work, entered, linked, sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.discharge.builders import Bench

TASK = task_id("e1")


def sitting(bench: Bench, version: int = 0) -> Sitting:
    return Sitting(bench.desk, Actor("sam", "discharge-team", "work"), version, at("2026-03-20T12:00"))


def joining(
    bench: Bench, stay: str = "s1", why: str = "Rang the ward", version: int = 0
) -> Callable[[Connection], int]:
    return lambda c: join_stay(c, sitting(bench, version), bench.keyring, TASK, stay, why)


def two(bench: Bench) -> None:
    """A stay that was entered, and one that the hospital tells of; nothing says that they are one."""
    entered(bench)
    sent(bench)
    bench.say(ready("2026-03-06T09:00", facility=SITE))
    assert len(at_work(bench)) == 2


def test_a_person_joins_what_nobody_else_may(bench: Bench) -> None:
    two(bench)
    assert bench.write(joining(bench)) == 1
    assert [one.spell for one in at_work(bench)] == ["e1"]
    persons = bench.write(lambda c: person_of(c, ["desk", "p1"]))
    assert persons["desk"] == persons["p1"]
    assert {"patients linked", "task join_stay"} <= set(bench.ask(select(audit.c.what)))
    assert any("patients-linked" in headers for headers in bench.ask(select(event_log.c.headers)))


def test_another_site_is_joined_where_a_person_says_so(bench: Bench) -> None:
    entered(bench, facility="RLT")
    linked(bench)
    sent(bench)
    bench.say(ready("2026-03-06T09:00", facility=SITE))
    bench.write(joining(bench))
    assert [one.spell for one in at_work(bench)] == ["e1"]


def test_a_person_parts_what_joined_by_itself_and_joins_it_again(bench: Bench) -> None:
    entered(bench)
    linked(bench)
    sent(bench)
    bench.say(ready("2026-03-07T09:00", facility=SITE))
    bench.write(lambda c: keep_apart(c, sitting(bench), TASK, "s1", "Another ward"))
    assert [one.spell for one in at_work(bench)] == ["e1", "s1"]
    bench.say(details("2026-03-08T09:00"))
    assert len(at_work(bench)) == 2, "what a person said holds"
    bench.write(joining(bench, version=1))
    assert [one.spell for one in at_work(bench)] == ["e1"]


def test_what_cannot_be_joined_is_refused(bench: Bench) -> None:
    two(bench)
    with pytest.raises(NotAChoice):
        bench.write(joining(bench, "e1"))
    with pytest.raises(NotAChoice):
        bench.write(joining(bench, "nothing"))
    with pytest.raises(DecisionRefused):
        bench.write(joining(bench, why=" "))
    with pytest.raises(NotNow):
        bench.write(lambda c: join_stay(c, sitting(bench), bench.keyring, task_id("s1"), "e1", "no"))
    with pytest.raises(NotNow):
        bench.write(lambda c: keep_apart(c, sitting(bench), task_id("s1"), "e1"))
    assert len(at_work(bench)) == 2


def test_who_saw_an_older_task_joins_nothing(bench: Bench) -> None:
    two(bench)
    bench.write(lambda c: keep_apart(c, sitting(bench), TASK, "s1"))
    with pytest.raises(StaleTask):
        bench.write(joining(bench, version=0))
