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
import os
import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LIMIT = 6.2
"""By chance it is passed less than once in a hundred million times."""
BLOCKS = int(os.environ.get("BLOCKS") or 72)
"""With so many the score can reach 7.4; with fewer than 51 it could not reach the limit, whatever the times were."""


def chance(comparisons: int) -> float:
    """At most how likely it is that any of so many comparisons fails by chance."""
    return comparisons * 2 * math.exp(-(LIMIT**2) / 2)


def score(found: Sequence[float]) -> float:
    """Return the signed-rank sum in its own bound; ties in size share no rank and are parted by order, noughts say nothing."""
    ranked = sorted((one for one in found if one), key=abs)
    squares = sum(rank * rank for rank in range(1, len(ranked) + 1))
    signed = sum(math.copysign(rank, one) for rank, one in enumerate(ranked, 1))
    return signed / math.sqrt(squares) if squares else 0.0


def shift(found: Sequence[float]) -> tuple[float, float]:
    """Between which seconds what a concern adds lies, surely but for one time in a thousand (the signs alone, exact).

    Half of a block's difference, since a concern is in it twice. Fewer than twelve blocks say nothing.
    """
    halves = sorted(one / 2 for one in found)
    tail, rank = 0.0, 0
    while tail + math.comb(len(halves), rank) / 2 ** len(halves) <= 0.0005:
        tail += math.comb(len(halves), rank) / 2 ** len(halves)
        rank += 1
    return (halves[rank - 1], halves[-rank]) if rank else (-math.inf, math.inf)


def differences(asked: dict[tuple[bool, bool], Callable[[], object]], blocks: int = BLOCKS) -> list[float]:
    """Return the difference of each block, in seconds."""
    assert score([1.0] * blocks) > LIMIT, "so few blocks could never tell"
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
    return found
