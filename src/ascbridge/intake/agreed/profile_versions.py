"""Texts of feeds' profiles, and which held from when: asked for, signed, put in force, rolled back.

Nobody changes a text or a moment: to roll back is to have an earlier one hold again, from a later moment on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, select, tuple_, update

from ascbridge.storage.tables import profile_activation, profile_version

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor

State = Literal["asked", "signed", "refused"]
THE_FILE = 0
"""The number of what the file of the settings says."""


class NoSuchProfile(LookupError):
    """There is no such version, or what was asked of it was decided already."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text that is asked for: by what the feed is read meanwhile (`over`), and what it would do (`said`)."""

    feed: str
    body: str
    sha256: str
    over: str
    said: str


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """One text of a feed's profile. Times are UTC epoch milliseconds."""

    feed: str
    number: int
    body: str
    sha256: str
    over: str
    said: str
    why: str
    made_by: str
    made_in: str
    made_ms: int
    state: State
    decided_by: str
    decided_why: str
    decided_ms: int | None


@dataclass(frozen=True, slots=True)
class Activation:
    """From when a version of a feed's profile holds, who said so, and why."""

    feed: str
    from_ms: int
    number: int
    who: str
    why: str
    made_ms: int


_COLUMNS = [profile_version.c[name] for name in ProfileVersion.__slots__]
_MOMENTS = [profile_activation.c[name] for name in Activation.__slots__]


def activations(connection: Connection) -> tuple[Activation, ...]:
    """Return every moment from which another version held, feed by feed in their order: a few rows for each feed."""
    ordered = select(*_MOMENTS).order_by(profile_activation.c.feed, profile_activation.c.from_ms)
    return tuple(Activation(*row) for row in connection.execute(ordered))


def texts(connection: Connection, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return these versions' texts by feed and number."""
    if not wanted:
        return {}
    p = profile_version.c
    rows = connection.execute(
        select(p.feed, p.number, p.body).where(tuple_(p.feed, p.number).in_(sorted(wanted)))
    )
    return {(row.feed, row.number): row.body for row in rows}


def ask(connection: Connection, wanted: Wanted, who: Actor, why: str, now_ms: int) -> int:
    """Write down a text that somebody asks for; return its number. Nothing takes effect."""
    p = profile_version.c
    number = (connection.scalar(select(func.max(p.number)).where(p.feed == wanted.feed)) or THE_FILE) + 1
    values = {
        **asdict(wanted), "number": number, "why": why, "made_by": who.who, "made_in": who.sign_in, "made_ms": now_ms,
        "state": "asked",
    }  # fmt: skip
    connection.execute(profile_version.insert(), [values])
    return number


def decide(
    connection: Connection, one: ProfileVersion, state: State, decided_by: str, why: str, now_ms: int
) -> None:
    """Say what became of it. Raises `NoSuchProfile` where somebody said so meanwhile."""
    p = profile_version.c
    here = (p.feed == one.feed, p.number == one.number, p.state == one.state)
    values = {"state": state, "decided_by": decided_by, "decided_why": why, "decided_ms": now_ms}
    if connection.execute(update(profile_version).where(*here).values(**values)).rowcount != 1:
        raise NoSuchProfile(f"{one.feed} {one.number}")


def activate(
    connection: Connection, feed: str, number: int, from_ms: int, who: str, why: str, now_ms: int
) -> int:
    """Have a version hold from a moment on, after every moment that was said before; return that moment."""
    a = profile_activation.c
    last = connection.scalar(select(func.max(a.from_ms)).where(a.feed == feed))
    begins_ms = from_ms if last is None else max(from_ms, last + 1)
    values = {"feed": feed, "from_ms": begins_ms, "number": number, "who": who, "why": why, "made_ms": now_ms}
    connection.execute(profile_activation.insert(), [values])
    return begins_ms


def forget_moments(connection: Connection, feed: str) -> None:
    """Have nothing hold over a feed's file, in a shadow where another profile stands in for all of it."""
    connection.execute(profile_activation.delete().where(profile_activation.c.feed == feed))


def of(connection: Connection, feed: str, number: int) -> ProfileVersion:
    """Return one. Raises `NoSuchProfile`."""
    here = (profile_version.c.feed == feed, profile_version.c.number == number)
    row = connection.execute(select(*_COLUMNS).where(*here)).first()
    if row is None:
        raise NoSuchProfile(f"{feed} {number}")
    return ProfileVersion(**row._asdict())


def latest(connection: Connection, most: int = 100) -> tuple[ProfileVersion, ...]:
    """Return the versions of every feed, those that were asked for last first."""
    p = profile_version.c
    ordered = select(*_COLUMNS).order_by(p.made_ms.desc(), p.feed, p.number.desc())
    return tuple(ProfileVersion(**row._asdict()) for row in connection.execute(ordered.limit(most)))
