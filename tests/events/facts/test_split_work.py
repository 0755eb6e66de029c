"""What is said of split-off work names nobody, and is read with what an older writer left out."""

import pytest

from ascbridge.events.facts.catalogue import FACTS, fact_name, read_fact
from ascbridge.events.facts.split_work import SubTaskCompleted, SubTaskFact

WORDS = [fact for fact in FACTS.values() if issubclass(fact, SubTaskFact)]


def test_each_is_published_on_the_topic_of_tasks() -> None:
    assert len(WORDS) == 7
    assert {(fact.family, fact.seals) for fact in WORDS} == {("task", None)}
    assert fact_name(SubTaskCompleted) == "task.sub-task-completed.v1"


@pytest.mark.parametrize("fact", WORDS)
def test_an_event_is_read_back_as_it_was_said(fact: type[SubTaskFact]) -> None:
    said = {
        "task": "u1", "parent": "t1", "spell": "s1", "kind": "transport", "title": "Transport home", "revision": 1,
        "status": "requested", "state": "to-book", "state_words": "To be booked", "signal": "wanted", "opened_ms": 5,
    }  # fmt: skip
    read = read_fact(fact_name(fact), {**said, "unknown": "later"})
    assert isinstance(read, fact)
    assert (read.due_ms, read.tell, read.before_discharge, read.offers) == (None, "", False, 0)
