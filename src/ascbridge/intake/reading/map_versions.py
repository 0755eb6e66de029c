"""Rows that people added to feeds' code maps, over what each feed's file says: asked for, signed, in force, taken back.

Each is a version of its feed's map. All that are in force hold together; of two for one code the higher number. Nobody
changes a row: to take one back puts the map where it stood without it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import func, select, update

from ascbridge.storage.tables import map_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from ascbridge.intake.sources.profile import Profile
    from ascbridge.people.actor import Actor

State = Literal["asked", "in force", "being taken back", "taken back", "refused"]
STAMP_DIGITS = 12
_IN_FORCE = map_version.c.state == "in force"


class NoVersion(LookupError):
    """There is no such version, or what was asked of it was decided already."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row of a feed's code map: what is sent, and what it means."""

    feed: str
    name: str
    sent: str
    meant: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a feed's map. Times are UTC epoch milliseconds."""

    feed: str
    number: int
    name: str
    sent: str
    meant: str
    sha256: str
    said: str
    why: str
    made_by: str
    made_in: str
    made_ms: int
    state: State
    decided_by: str
    decided_why: str
    decided_ms: int | None
    shadow: str = ""

    @property
    def row(self) -> MapRow:
        """What it adds."""
        return MapRow(self.feed, self.name, self.sent, self.meant)


_COLUMNS = [map_version.c[name] for name in Version.__slots__]


def in_force(connection: Connection) -> tuple[MapRow, ...]:
    """Return every row that is in force, in the order in which they hold."""
    wanted = select(map_version.c.feed, map_version.c.name, map_version.c.sent, map_version.c.meant)
    ordered = wanted.where(_IN_FORCE).order_by(map_version.c.feed, map_version.c.number)
    return tuple(MapRow(*row) for row in connection.execute(ordered))


def over(profiles: Mapping[str, Profile], rows: Iterable[MapRow]) -> dict[str, Profile]:
    """Return the profiles with these rows over their maps. Whether a profile is signed, its file says."""
    found = dict(profiles)
    for row in rows:
        profile = found.get(row.feed)
        if profile is not None:
            codes = profile.codes | {row.name: profile.codes.get(row.name, {}) | {row.sent: row.meant}}
            found[row.feed] = profile.model_copy(update={"codes": codes})
    return found


def still_over(rows: Iterable[MapRow], base: Profile, tried: Profile) -> list[MapRow]:
    """Return the rows that hold over a profile in place of the one that holds: all but those whose code it changes."""

    def said(profile: Profile, row: MapRow) -> str | None:
        return profile.codes.get(row.name, {}).get(row.sent)

    return [one for one in rows if one.feed == tried.feed.name and said(base, one) == said(tried, one)]


def digest(profile: Profile) -> str:
    """Return the SHA-256 of a whole map: what is signed, and what an event's reader can be asked for."""
    return hashlib.sha256(orjson.dumps(profile.codes, option=orjson.OPT_SORT_KEYS)).hexdigest()


def stamp(profile: Profile, rows: Iterable[MapRow], *, other_codes: bool = False) -> str:
    """Return by what a feed is read, as its events say it: ``feed@profile``, the first digits of the SHA-256 of the
    profile's text; and ``+map``, those of the whole code map (`Version.sha256`), where people added rows to it, or
    codes are read by a later version of the profile than the rest (`other_codes`).
    """
    added = other_codes or any(row.feed == profile.feed.name for row in rows)
    code_map = f"+{digest(profile)[:STAMP_DIGITS]}" if added else ""
    return f"{profile.feed.name}@{profile.text_sha256[:STAMP_DIGITS]}{code_map}"


def ask(
    connection: Connection,
    row: MapRow,
    sha256: str,
    said: str,
    who: Actor,
    why: str,
    now_ms: int,
    shadow: str = "",
) -> int:
    """Write down a row that somebody asks for; return its number. Nothing takes effect."""
    last = connection.scalar(select(func.max(map_version.c.number)).where(map_version.c.feed == row.feed))
    number = (last or 0) + 1
    values = {
        "feed": row.feed, "number": number, "name": row.name, "sent": row.sent, "meant": row.meant, "sha256": sha256,
        "said": said, "why": why, "made_by": who.who, "made_in": who.sign_in, "made_ms": now_ms, "state": "asked",
        "shadow": shadow,
    }  # fmt: skip
    connection.execute(map_version.insert(), [values])
    return number


def decide(
    connection: Connection, one: Version, state: State, decided_by: str, why: str, now_ms: int
) -> None:
    """Say what became of it. Raises `NoVersion` where somebody said so meanwhile."""
    here = (map_version.c.feed == one.feed, map_version.c.number == one.number)
    values = {"state": state, "decided_by": decided_by, "decided_why": why, "decided_ms": now_ms}
    done = connection.execute(
        update(map_version).where(*here, map_version.c.state == one.state).values(**values)
    )
    if done.rowcount != 1:
        raise NoVersion(f"{one.feed} {one.number}")


def set_aside(connection: Connection, row: MapRow) -> None:
    """Have a row not hold in a shadow, where what is tried says otherwise of its code."""
    same = [map_version.c[name] == getattr(row, name) for name in MapRow.__slots__]
    connection.execute(update(map_version).where(*same, _IN_FORCE).values(state="taken back"))


def being_taken_back(connection: Connection) -> tuple[Version, ...]:
    """Return those that are not in force any more, and by which messages were read that were not read again yet."""
    rows = connection.execute(select(*_COLUMNS).where(map_version.c.state == "being taken back"))
    return tuple(map(_version, rows))


def is_taken_back(connection: Connection, one: Version) -> None:
    """Say that all that was read by it was read again."""
    here = (map_version.c.feed == one.feed, map_version.c.number == one.number)
    connection.execute(update(map_version).where(*here).values(state="taken back"))


def of(connection: Connection, feed: str, number: int) -> Version:
    """Return one. Raises `NoVersion`."""
    here = (map_version.c.feed == feed, map_version.c.number == number)
    row = connection.execute(select(*_COLUMNS).where(*here)).first()
    if row is None:
        raise NoVersion(f"{feed} {number}")
    return _version(row)


def of_shadow(connection: Connection, name: str) -> tuple[Version, ...]:
    """Return what was asked for from a shadow and is asked for or in force, in the order in which it holds."""
    still = map_version.c.state.in_(("asked", "in force"))
    wanted = select(*_COLUMNS).where(map_version.c.shadow == name, still)
    rows = connection.execute(wanted.order_by(map_version.c.feed, map_version.c.number))
    return tuple(map(_version, rows))


def latest(connection: Connection, most: int = 200) -> tuple[Version, ...]:
    """Return the versions of every feed, those that were asked for last first."""
    ordered = select(*_COLUMNS).order_by(
        map_version.c.made_ms.desc(), map_version.c.feed, map_version.c.number
    )
    return tuple(map(_version, connection.execute(ordered.limit(most))))


def _version(row: Any) -> Version:
    return Version(**row._asdict())
