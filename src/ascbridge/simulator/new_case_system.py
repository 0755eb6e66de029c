"""The new case system: posts each change, signed, as an object of its own making, its moments in UTC.

It has the faults of a young system, and the same ones for the same seed: some posts come late and so out of order, and
some come again and again, because its sender gives up waiting too soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.intake.agreed.profiles import read
from ascbridge.simulator.council import person
from ascbridge.simulator.crosswalk import PERSON, new_number, renumbered
from ascbridge.simulator.sender_forms import as_sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ascbridge.intake.sources.profile import ObjectSection
    from ascbridge.simulator.case_timeline import Statement

PROFILE = Path(__file__).parent / "profiles" / "new-case-system.toml"
"""The feed profile: what its objects mean."""
LATE, AGAIN = 0.1, 0.05
LATEST_MS, AGAIN_AFTER_MS, MOST_TIMES = 2 * 3_600_000, 30_000, 3


@dataclass(frozen=True, slots=True)
class Post:
    """One request at a moment (UTC milliseconds). What is sent again has the same key and the same body."""

    at_ms: int
    key: str
    body: bytes


class NewCaseSystem:
    """Writes what was said as the new system's posts."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sections: Mapping[str, ObjectSection] = {one.fact: one for one in read(str(PROFILE)).objects}

    def posts(self, said: Iterable[Statement]) -> list[Post]:
        """Everything that it posts, in the order in which it does."""
        posts: list[Post] = []
        for one in said:
            random = Random(f"new {self._seed} {one.citizen.council_id} {one.fact} {one.at_ms}")
            key = f"ev-{random.getrandbits(64):016x}"
            late = random.randint(0, LATEST_MS) if random.random() < LATE else 0
            times = random.randint(2, MOST_TIMES) if random.random() < AGAIN else 1
            body = self._body(one, key)
            posts += [Post(one.at_ms + late + time * AGAIN_AFTER_MS, key, body) for time in range(times)]
        return sorted(posts, key=lambda post: (post.at_ms, post.key))

    def _body(self, one: Statement, key: str) -> bytes:
        section = self._sections[one.fact]
        # the clock of its server goes to the second
        recorded = datetime.fromtimestamp(one.at_ms // 1000, UTC).isoformat()
        who = person(one.citizen) | {"council_id": new_number(PERSON, one.citizen.council_id)}
        fact = {"id": key, "recorded": recorded, "person": who} | renumbered(one, new_number)
        return orjson.dumps(nested(dict(section.when), as_sent(fact, section.members)))


def nested(body: dict[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Put what is sent into an object, each at its path."""
    for path, value in sent.items():
        *parts, last = path.split(".")
        place = body
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = value
    return body
