"""Keeps messages: one transaction for a batch, with each message, its answer, the ledger's counts and nothing else.

A store: plain synchronous functions of a connection and a batch. Keys for everybody a message names must exist already
(`people.identities`), so that a message is never kept without being openable.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from ascbridge.events.logs.envelope import derived_id
from ascbridge.events.logs.sealing import seal
from ascbridge.intake.keeping import answers
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import (
    control_id_seen,
    feed_heard,
    intake_count,
    intake_hour,
    message,
    resend,
)
from ascbridge.storage.upsert import add_counts, insert, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import Ref
    from ascbridge.intake.keeping.inbox import Candidate
    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.data_keys import DataKey


HOUR_MS = 3_600_000
CLOCK_AHEAD = "sender_clock_ahead"
CLOCK_AHEAD_MS = 5 * 60_000
"""How far a sender's clock may be ahead of ours before its messages are flagged. Nothing is refused by our clock."""

_SEEN = Prepared.of(
    lambda one_of: (
        select(
            resend.c.digest,
            message.c.message_id,
            message.c.answer,
            message.c.outcome,
            message.c.repeats,
            resend.c.received_ms,
        )
        .join(message, message.c.message_id == resend.c.message_id)
        .where(
            resend.c.feed == bindparam("feed"),
            one_of(resend.c.digest, "digests"),
            resend.c.received_ms >= bindparam("since_ms"),
        )
    )
)
_CONTROL_IDS = Prepared.of(
    lambda one_of: select(control_id_seen.c.control_id, control_id_seen.c.digest).where(
        control_id_seen.c.feed == bindparam("feed"), one_of(control_id_seen.c.control_id, "control_ids")
    )
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one candidate: its outcome, the answer to send (empty: none), and why it was refused.

    `clock_ahead`: its sender's clock is ahead of ours. `apart`: it stands behind the safeguarding wall and nowhere
    else; no count, log or mark may tell of it.
    """

    outcome: str
    answer: bytes
    message_id: str
    reason: str = ""
    clock_ahead: bool = False
    apart: bool = False


@dataclass(slots=True)
class _Seen:
    message_id: str
    answer: bytes
    outcome: str
    repeats: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """All that keeping a batch needs beside the batch. `refused_lane` is the key under which refusals are sealed."""

    profile: Profile
    keys: Mapping[Ref, str]
    data_keys: Mapping[str, DataKey]
    refused_lane: str
    resend_window_ms: int
    now_ms: int


def keep(connection: Connection, candidates: Sequence[Candidate], how: Keeping) -> list[Kept]:
    """Keep, refuse or recognise each candidate, in order; the caller commits and then answers."""
    feed = how.profile.feed.name
    seen = _seen(connection, feed, {c.digest for c in candidates}, how.now_ms - how.resend_window_ms)
    reused = _control_ids(connection, feed, {c.control_id for c in candidates if c.control_id})
    results: list[Kept] = []
    fresh: list[tuple[Candidate, dict[str, Any]]] = []
    repeats: Counter[str] = Counter()
    for candidate in candidates:
        known = seen.get(candidate.digest)
        if known is not None and (known.outcome == "kept" or candidate.fault is not None):
            results.append(_again(candidate, known, how))
            known.repeats += 1
            repeats[known.message_id] += 1
            continue
        row = _row(candidate, how, len(fresh), reused)
        fresh.append((candidate, row))
        seen[candidate.digest] = _Seen(row["message_id"], row["answer"], row["outcome"], 0, how.now_ms)
        if candidate.control_id:
            reused[candidate.control_id] = candidate.digest
        ahead = _clock_ahead(candidate, how)
        results.append(Kept(row["outcome"], row["answer"], row["message_id"], row["reason"], ahead))
    _write(connection, feed, fresh, repeats, how.now_ms)
    _heard(connection, feed, candidates, how.now_ms)
    counts = Counter(result.outcome for result in results)
    counts["received"] = len(results)
    _count(connection, feed, counts, how.now_ms)
    return results


def _count(connection: Connection, feed: str, counts: Mapping[str, int], now_ms: int) -> None:
    """Count for all time, and by the hour that the ids of these messages lead with."""
    numbers = [{"name": name, "n": n} for name, n in counts.items() if n]
    add_counts(connection, intake_count, [{"feed": feed, **one} for one in numbers])
    hour_ms = now_ms - now_ms % HOUR_MS
    add_counts(connection, intake_hour, [{"feed": feed, "hour_ms": hour_ms, **one} for one in numbers])


def put_apart(candidate: Candidate, how: Keeping, number: int) -> Kept:
    """What became of one that stands behind the safeguarding wall: its sender hears what of any other."""
    message_id = derived_id(how.now_ms, how.profile.feed.name, candidate.digest, number)
    our_id = message_id.replace("-", "")[:20]
    raw, codes = candidate.raw, candidate.codes
    if candidate.fault is None:
        _, answer = answers.accepted(raw, codes, how.profile, how.now_ms, our_id)
        return Kept("kept", answer, message_id, apart=True)
    _, answer = answers.refused(raw, codes, candidate.fault, 0, how.profile, how.now_ms, our_id)
    return Kept("refused", answer, message_id, str(candidate.fault), apart=True)


def _seen(connection: Connection, feed: str, digests: set[str], since_ms: int) -> dict[str, _Seen]:
    found = _SEEN.rows(connection, feed=feed, digests=list(digests), since_ms=since_ms)
    return {row[0]: _Seen(*row[1:]) for row in found}


def _control_ids(connection: Connection, feed: str, control_ids: set[str]) -> dict[str, str]:
    if not control_ids:
        return {}
    found = _CONTROL_IDS.rows(connection, feed=feed, control_ids=list(control_ids))
    return {row[0]: row[1] for row in found}


def _again(candidate: Candidate, known: _Seen, how: Keeping) -> Kept:
    """A repeat of what was kept gets the stored answer; a repeat of what was refused is refused again.

    What was refused and now can be read, because its profile was mended, is no repeat: it is kept as new.
    """
    if known.outcome == "kept":
        return Kept("duplicate", known.answer, known.message_id)
    assert candidate.fault is not None
    _, answer = answers.refused(
        candidate.raw, candidate.codes, candidate.fault, known.repeats + 1, how.profile, how.now_ms,
        known.message_id[:20],
    )  # fmt: skip
    return Kept("refused", answer, known.message_id, str(candidate.fault))


def _clock_ahead(candidate: Candidate, how: Keeping) -> bool:
    return candidate.sent_ms - how.now_ms > CLOCK_AHEAD_MS


def _row(candidate: Candidate, how: Keeping, number: int, reused: Mapping[str, str]) -> dict[str, Any]:
    feed = how.profile.feed.name
    message_id = derived_id(how.now_ms, feed, candidate.digest, number)
    flags = [*candidate.flags]
    if _clock_ahead(candidate, how):
        flags.append(CLOCK_AHEAD)
    if candidate.control_id and reused.get(candidate.control_id, candidate.digest) != candidate.digest:
        flags.append("control_id_reused")
    lane = how.keys[candidate.lane] if candidate.lane is not None else how.refused_lane
    key = how.data_keys[lane]
    our_id = message_id.replace("-", "")[:20]
    if candidate.fault is None:
        code, answer = answers.accepted(candidate.raw, candidate.codes, how.profile, how.now_ms, our_id)
    else:
        code, answer = answers.refused(
            candidate.raw, candidate.codes, candidate.fault, 0, how.profile, how.now_ms, our_id
        )
    return {
        "message_id": message_id,
        "feed": feed,
        "lane": lane,
        "received_ms": how.now_ms,
        "control_id": candidate.control_id,
        "trigger": candidate.trigger,
        "outcome": "kept" if candidate.fault is None else "refused",
        "reason": "" if candidate.fault is None else str(candidate.fault),
        "flags": " ".join(flags),
        "key_id": key.key_id,
        "body": seal(candidate.raw, key.key, message_id),
        "answer": answer,
        "answer_code": code,
    }


def _write(
    connection: Connection,
    feed: str,
    fresh: Sequence[tuple[Candidate, dict[str, Any]]],
    repeats: Counter[str],
    now_ms: int,
) -> None:
    insert(connection, message, [row for _, row in fresh])
    marks = [
        {"feed": feed, "digest": one.digest, "message_id": row["message_id"], "received_ms": now_ms}
        for one, row in fresh
    ]
    upsert(connection, resend, marks)
    controls = {
        one.control_id: {"feed": feed, "control_id": one.control_id, "digest": one.digest, "last_ms": now_ms}
        for one, _ in fresh
        if one.control_id
    }
    upsert(connection, control_id_seen, list(controls.values()))
    if repeats:
        again = update(message).where(message.c.message_id == bindparam("id"))
        connection.execute(
            again.values(repeats=message.c.repeats + bindparam("more")),
            [{"id": message_id, "more": n} for message_id, n in repeats.items()],
        )


def _heard(connection: Connection, feed: str, candidates: Sequence[Candidate], now_ms: int) -> None:
    last = candidates[-1].control_id
    upsert(connection, feed_heard, [{"feed": feed, "last_ms": now_ms, "last_control_id": last}])
