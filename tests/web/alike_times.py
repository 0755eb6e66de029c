"""Whether two kinds of answer can be told apart by how long they take: a signed-rank test whose error is bounded exactly.

Each block asks four questions, in an order that is drawn by lot: about the adult with a concern and about another, in a
city where the concern is about the first, and in its twin where it is about the second. What cities and people differ in
by themselves is in both halves and falls out; what a concern adds to an answer is in it twice. If a concern adds
nothing, the difference of a block is as often above nought as below. Then the chance that the ranked sum of the signs,
over the square root of the sum of squared ranks, reaches `LIMIT` either way is at most 2 exp(-LIMIT^2 / 2)
(Hoeffding), whatever the times look like and however busy the machine is.
"""

from __future__ import annotations

import math
import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BLOCKS, LIMIT = 72, 6.2
"""With so many blocks the score can reach 7.4; by chance 6.2 is passed less than once in a hundred million times."""


def chance(comparisons: int) -> float:
    """At most how likely it is that any of so many comparisons fails by chance."""
    return comparisons * 2 * math.exp(-(LIMIT**2) / 2)


def score(differences: Sequence[float]) -> float:
    """Return the signed-rank sum in its own bound; ties in size share no rank and are parted by order, noughts say nothing."""
    ranked = sorted((one for one in differences if one), key=abs)
    squares = sum(rank * rank for rank in range(1, len(ranked) + 1))
    signed = sum(math.copysign(rank, one) for rank, one in enumerate(ranked, 1))
    return signed / math.sqrt(squares) if squares else 0.0


def told_apart(asked: dict[tuple[bool, bool], Callable[[], object]], blocks: int = BLOCKS) -> float:
    """Return the score of answers by (whose city, whom it is about); the concern is where the two agree."""
    lots, found = random.Random(7), []
    for one in asked.values():
        one()  # the first takes longer whomever it is about
    for _ in range(blocks):
        order = list(asked)
        lots.shuffle(order)
        took = {}
        for which in order:
            began = time.perf_counter()
            asked[which]()
            took[which] = time.perf_counter() - began
        found.append(sum(seconds if city == person else -seconds for (city, person), seconds in took.items()))
    return score(found)
