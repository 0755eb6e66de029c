"""What an hour comes to: sums that come out, and whether all of it is at rest."""

import pytest

from ascbridge.events.ledgers.hour_count import HOUR_MS, Counted, Tally

WHOLE = {"received": 4, "refused": 1, "duplicate": 1, "kept": 2, "stored": 2, "delivered": 2}


@pytest.mark.parametrize("word", WHOLE)
def test_each_sum_must_come_out(word: str) -> None:
    assert Counted(WHOLE, {}).adds_up
    assert not Counted(WHOLE | {word: WHOLE[word] + 1}, {}).adds_up


def test_what_is_open_is_not_at_rest() -> None:
    assert Counted(WHOLE, {}).at_rest
    assert not Counted(WHOLE | {"parked": 1}, {}).at_rest


def test_the_digest_follows_from_the_ids() -> None:
    def digest(*ids: str) -> str:
        tally = Tally(3 * HOUR_MS)
        for one in ids:
            tally.add("ward", "stored", one)
        return tally.counted()["ward"].digests["stored"]

    assert digest("a", "b") == digest("a", "b")
    assert len({digest("a", "b"), digest("a"), digest("ab")}) == 3
