"""Loads a crosswalk as the new system's supplier hands it over: which of its numbers stands for which of the old ones.

A row whose kind of thing is heard from the new system already is not changed by a file: it would move a thing that is
in use. What is not in the file stays as it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.cutover import quality, steps, strands
from ascbridge.cutover.ahead import Ahead
from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.events.ledgers import audit
from ascbridge.events.logs.envelope import Ref
from ascbridge.operations.changing.switching import CHANGED, TRIES, compared_ahead
from ascbridge.people import identities, known_as
from ascbridge.people.known_as import PERSON, Pairing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.cutover.comparison_rules import Rules
    from ascbridge.cutover.quality import Proposal
    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.ledgers.audit import AuditEntry
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.storage.database import Database

KINDS = frozenset(EVENT_TYPES) - {"death", "known", "worker", "circumstances", "communication", "objection"}
"""What is numbered: persons, and every kind of thing of which a person may have several."""
MOST_ROWS = 200_000
AT_ONCE = 1_000
"""Proposals that are taken in one transaction."""


class CannotLoad(ValueError):
    """A crosswalk that cannot be used; the text says which row, and why. Nothing of it was loaded."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the old number and the new one of a person or thing; without an old one it is new."""

    kind: str
    old: str
    new: str


@dataclass(slots=True)
class Loaded:
    """What came of it. `in_use` are rows (kind, new number) that a file may not change any more."""

    rows: int = 0
    already: int = 0
    not_heard_of: int = 0
    in_use: list[str] = field(default_factory=list)


def load(
    connection: Connection,
    keyring: Keyring,
    pair: Pair,
    profiles: Mapping[str, Profile],
    rows: Sequence[Row],
    who: AuditEntry,
    now_ms: int,
) -> Loaded:
    """Load rows. A person of whom nobody has heard yet is counted, and found when the same file is loaded again.

    Raises `CannotLoad`.
    """
    _check(rows)
    switches.hold_still(connection, to_change=True)
    made = switches.load(connection, pair)
    before = {(one.kind, one.theirs): one for one in known_as.everything(connection, pair.new)}
    keys = _keys(connection, keyring, pair, profiles, rows)
    loaded, fresh = Loaded(), []
    for row in rows:
        theirs, ours = _ends(row, pair, profiles, keys)
        if not theirs or not ours:
            loaded.not_heard_of += 1
            continue
        known = before.get((row.kind, theirs))
        if known is not None and known.ours == ours:
            loaded.already += 1
        elif known is not None and made.live(EVENT_TYPES[row.kind]) == pair.new:
            loaded.in_use.append(f"{row.kind} {row.new}")
        else:
            fresh.append(Pairing(pair.new, row.kind, theirs, ours, "file", who.who, now_ms))
    known_as.write(connection, fresh)
    if fresh:
        strands.all_again(connection, pair)
        steps.forget(connection)
    loaded.rows = len(fresh)
    audit.record(connection, replace(who, what="crosswalk loaded", result=f"{len(fresh)} rows"), now_ms)
    return loaded


async def accept(
    database: Database,
    pair: Pair,
    rules: Rules,
    chosen: Collection[tuple[str, str]] | None,
    who: AuditEntry,
    clock: Clock,
) -> int:
    """Take proposals into the crosswalk, those of these kinds and new numbers or all; return how many.

    Everybody is compared before, in short readings; what is not proposed any more is left alone. They are taken some at
    a time, each time in a short transaction that is written down. Raises `CannotLoad` where what is compared by is
    changed again and again meanwhile.
    """
    done, over = 0, set[tuple[str, str]]()
    for _ in range(TRIES):
        ahead = await compared_ahead(database, Ahead(pair, rules), clock)
        alike = ahead.found.alike
        proposed = await database.read(partial(quality.proposals, pair=pair, things=alike))
        wanted = [one for one in proposed if chosen is None or (one.kind, one.theirs) in set(chosen) - over]
        for first in range(0, max(len(wanted), 1), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            take = partial(_take, pair=pair, ahead=ahead, some=some, who=who, now_ms=clock.now_ms())
            taken = await database.write(take)
            if taken is None:
                break
            done += taken
            over |= {(one.kind, one.theirs) for one in some}
        else:
            return done
    raise CannotLoad(CHANGED)


def _take(
    connection: Connection,
    pair: Pair,
    ahead: Ahead,
    some: Sequence[Proposal],
    who: AuditEntry,
    now_ms: int,
) -> int | None:
    """Take these that are proposed still; None where somebody changed what is compared by since they were."""
    switches.hold_still(connection, to_change=True)
    if not ahead.holds(connection):
        return None
    if ahead.catch_up(connection):
        still = set(quality.proposals(connection, pair, ahead.found.alike))
        some = [one for one in some if one in still]
    taken = _free(connection, pair, some)
    known_as.write(
        connection,
        [Pairing(pair.new, one.kind, one.theirs, one.ours, "accepted", who.who, now_ms) for one in taken],
    )
    if taken:
        strands.all_again(connection, pair)
        steps.forget(connection)
        ahead.stand(connection, now_ms)  # what we changed ourselves makes nothing of the rest untrue
    audit.record(connection, replace(who, what="crosswalk accepted", result=f"{len(taken)} rows"), now_ms)
    return len(taken)


def _free(connection: Connection, pair: Pair, proposed: Sequence[Proposal]) -> list[Proposal]:
    """What is heard from the new system under a name of its own already stays under it."""
    theirs = {one.theirs for one in proposed}
    before = {(one.kind, one.theirs) for one in known_as.about(connection, [pair.new], theirs)}
    return [one for one in proposed if (one.kind, one.theirs) not in before]


def _check(rows: Sequence[Row]) -> None:
    if len(rows) > MOST_ROWS:
        raise CannotLoad(f"more than {MOST_ROWS} rows: load them in parts")
    for number, row in enumerate(rows, 1):
        if row.kind not in KINDS:
            raise CannotLoad(
                f"row {number}: there is no kind {row.kind!r}; there are {', '.join(sorted(KINDS))}"
            )
        if not row.new:
            raise CannotLoad(f"row {number}: there is no new number")
    twice = [key for key, n in Counter((row.kind, row.new) for row in rows).items() if n > 1]
    if twice:
        raise CannotLoad(f"{twice[0][0]} {twice[0][1]} stands in two rows: one number is one thing")
    shared = [key for key, n in Counter((row.kind, row.old) for row in rows if row.old).items() if n > 1]
    if shared:
        raise CannotLoad(f"{shared[0][0]}: two new numbers stand for the old one {shared[0][1]}")


def _keys(
    connection: Connection,
    keyring: Keyring,
    pair: Pair,
    profiles: Mapping[str, Profile],
    rows: Sequence[Row],
) -> dict[Ref, str]:
    people = [row for row in rows if row.kind == PERSON]
    ends = [(pair.new, row.new) for row in people] + [(pair.old, row.old) for row in people if row.old]
    return identities.known(
        connection, keyring, {Ref("patient", profiles[feed].feed.authority, number) for feed, number in ends}
    )


def _ends(row: Row, pair: Pair, profiles: Mapping[str, Profile], keys: Mapping[Ref, str]) -> tuple[str, str]:
    """Both ids of a row as the crosswalk has them; empty where a person was never heard of."""
    if row.kind != PERSON:
        return row.new, row.old or f"{pair.new}/{row.new}"
    theirs = keys.get(Ref("patient", profiles[pair.new].feed.authority, row.new), "")
    if not row.old:
        return theirs, theirs
    return theirs, keys.get(Ref("patient", profiles[pair.old].feed.authority, row.old), "")
