"""What has left the outbox is missing only where its reader has read all that there was. The drops themselves:
`tests/bootstrap/jobs/test_closing_hours.py`.
"""

from ascbridge.events.ledgers.hour_gaps import Missing, Unsure, passed
from ascbridge.events.logs.envelope import partition_of


def test_a_reader_on_its_way_is_not_blamed() -> None:
    one = Unsure(Missing("log", "ward", 0, "m1", "discharge", "e1"), ("person",), "p1")
    part = partition_of("p1", 2)
    ends = {"person": {0: 9, 1: 9}}
    assert not passed(one, {}, ends)
    assert not passed(one, {("discharge", "person", part): 8, ("discharge", "person", 1 - part): 9}, ends)
    assert passed(one, {("discharge", "person", part): 9}, ends)
