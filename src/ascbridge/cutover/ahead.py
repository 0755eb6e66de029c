"""A comparison of everybody that is made ahead, in short readings, and holds at the moment for which it is made good.

Whoever decides by it (a switch, proposals that are accepted) keeps the database for themselves, so that nothing is said
in between; and nobody else may wait until everybody is compared. So that is done before, some people after others, and
at the moment itself only those are compared again of whom something was said since, with the few beside them.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ascbridge.cutover import comparing, steps
from ascbridge.cutover.whole import Whole
from ascbridge.events.handlers import switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.cutover.comparing import Comparison
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.events.handlers.switches import Pair

PEOPLE = 50
"""People that are compared at once: as few as that, because of one who spoke all of them are compared again."""
FEW = 2
"""Parts that may be compared again at the moment itself: what takes some hundredths of a second."""

Told = tuple[str, str]
"""A message's id and an event type that it tells."""


@dataclass(slots=True)
class _Part:
    """The people behind one patient key, up to that of the next part."""

    after: str
    found: Whole = field(default_factory=Whole)
    told: list[Told] = field(default_factory=list)


class Ahead:
    """One comparison. `tell` says what is to be done about some people; `found` and `told` are of everybody."""

    def __init__(
        self, pair: Pair, rules: Rules, tell: Callable[[Comparison], list[Told]] = lambda _: []
    ) -> None:
        self._pair, self._rules, self._tell = pair, rules, tell
        self._name = f"ahead {uuid.uuid4()}"
        self._parts: list[_Part] = []
        self._turn = 0
        self._whole = False

    @property
    def found(self) -> Whole:
        """What came of comparing everybody."""
        found = Whole()
        for part in self._parts:
            found.join(part.found)
        return found

    @property
    def told(self) -> list[Told]:
        """What is to be done about everybody."""
        return [one for part in self._parts for one in part.told]

    def stand(self, connection: Connection, now_ms: int) -> None:
        """Write down that it is under way, so that whoever changes what is compared ends it (`steps.forget`)."""
        steps.stand(connection, self._name, self._rules, steps.Step(now_ms))

    def begin(self, connection: Connection, now_ms: int) -> None:
        """Begin, in a transaction that writes."""
        self.stand(connection, now_ms)
        self._turn = turn(connection)

    def step(self, connection: Connection) -> bool:
        """Compare some more people; return whether there may be more of them."""
        after = self._parts[-1].after if self._parts else ""
        keys = comparing.people(connection, self._pair, after, PEOPLE)
        if not self._parts:
            self._parts.append(_Part(""))
        if keys:
            self._compare(connection, self._parts[-1], keys)
            self._parts.append(_Part(keys[-1]))
        return bool(keys)

    def holds(self, connection: Connection) -> bool:
        """Whether nobody has changed what is compared by since it began: the crosswalk, or what is heard."""
        return steps.stands(connection, self._name)

    def catch_up(self, connection: Connection, until: int | None = None) -> int:
        """Compare those again of whom something was said since; return how many parts they were in.

        `until` is the `turn` from which the next one looks on. At the moment itself there is none.
        """
        said = comparing.said_since(connection, self._pair, self._turn)
        starts = [part.after for part in self._parts]
        again = {bisect_left(starts, key) - 1 for key in comparing.all_called(connection, self._pair, said)}
        for number in sorted(again):
            part = self._parts[number] = _Part(starts[number])
            last = starts[number + 1] if number + 1 < len(starts) else None
            if keys := comparing.people(connection, self._pair, part.after, None, last):
                self._compare(connection, part, keys)
        self._turn = self._turn if until is None else until
        return len(again)

    def _compare(self, connection: Connection, part: _Part, keys: list[str]) -> None:
        compared = comparing.of_people(connection, self._pair, self._rules, keys)
        part.found.add(compared, self._pair, self._rules)
        part.told += self._tell(compared)


def turn(connection: Connection) -> int:
    """Return the last turn in which words were written, once none is under way: in a transaction that writes."""
    switches.hold_still(connection, to_change=True)
    return comparing.last_turn(connection)
