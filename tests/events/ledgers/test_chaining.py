"""One link of a chain: the same for the same, another for anything else."""

from ascbridge.events.ledgers.chaining import NOTHING_BEFORE, chained


def test_a_link_follows_from_what_is_said_and_what_was_before() -> None:
    one = chained(NOTHING_BEFORE, {"a": 1, "b": "x"})
    assert one == chained(NOTHING_BEFORE, {"b": "x", "a": 1})
    assert len({one, chained(one, {"a": 1, "b": "x"}), chained(NOTHING_BEFORE, {"a": 2, "b": "x"})}) == 3
