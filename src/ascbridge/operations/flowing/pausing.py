"""Pause, drain and resume a feed, a sink or a family of events: with a reason, audited, and told in plain words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ascbridge.events.handlers import pauses, set_aside
from ascbridge.events.handlers.pauses import Pause
from ascbridge.events.ledgers import audit
from ascbridge.nudges.nudger import Nudger
from ascbridge.replies.reply_sender import sink_name
from ascbridge.storage.tables import dirty_person, reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.config import Settings
    from ascbridge.events.handlers.pauses import Kind, Mode
    from ascbridge.events.ledgers.audit import AuditEntry
    from ascbridge.intake.sources.profile import Profile

Known = dict[tuple["Kind", str], str]
"""What can be stopped, by kind and name, with what people call it."""
FAMILY_TITLES = {
    "person": "Who people are",
    "referral": "Contacts and referrals",
    "discharge": "Hospital stays",
    "care": "Support by the council",
    "task": "Tasks",
}


def known(settings: Settings, profiles: Mapping[str, Profile]) -> Known:
    """What can be stopped by itself. What is entered at the desk cannot: nobody else keeps it meanwhile."""
    found: Known = {
        ("feed", name): profile.feed.source_name
        for name, profile in sorted(profiles.items())
        if profile.feed.source != "desk_entries"
    }
    found |= {("family", name): FAMILY_TITLES[name] for name in pauses.FAMILIES}
    found["sink", settings.sink.name] = "Shared record"
    found |= {("sink", sink_name(name)): f"Replies to {name}" for name in settings.replies}
    if settings.nudges.to or settings.nudges.allocated:
        found["sink", Nudger.name] = "Nudges by e-mail"
    return found


class CannotPause(ValueError):
    """It cannot be stopped, or let go on, like that; the text says why. `unknown`: there is no such thing."""

    def __init__(self, text: str, *, unknown: bool = False) -> None:
        super().__init__(text)
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Stopped:
    """Something that is stopped, what people call it, and how many people's news waits for it (at most 1,000)."""

    pause: Pause
    title: str
    people: int

    @property
    def mark(self) -> str:
        """Changes with whatever is said of it."""
        return f"{self.pause.kind} {self.pause.name} {self.pause.mode} {self.pause.since_ms} {self.people}"

    @property
    def many(self) -> str:
        """How many people wait, in figures."""
        more = self.people >= set_aside.PEOPLE_COUNTED
        return f"{self.people:,}{' or more' if more else ''}"


def stop(
    connection: Connection,
    known: Mapping[tuple[Kind, str], str],
    wanted: Pause,
    who: AuditEntry,
    now_ms: int,
) -> None:
    """Stop something; `wanted` says what, how, why and whom to ring. Raises `CannotPause`."""
    _check(known, wanted.kind, wanted.name)
    if wanted.mode == "drain" and wanted.kind != "feed":
        raise CannotPause("only a feed can be drained: pause it")
    if pauses.is_paused(connection, wanted.kind, wanted.name):
        raise CannotPause("it is stopped already: let it go on first")
    try:
        with connection.begin_nested():
            pauses.begin(connection, replace(wanted, since_ms=now_ms, who=who.who, role=who.role))
    except IntegrityError:
        raise CannotPause("somebody else stopped it at this moment") from None
    what = f"{wanted.mode} {wanted.kind}"
    audit.record(
        connection, replace(who, what=what, whom=f"{wanted.kind}:{wanted.name}", why=wanted.why), now_ms
    )


def resume(
    connection: Connection,
    known: Mapping[tuple[Kind, str], str],
    kind: Kind,
    name: str,
    who: AuditEntry,
    now_ms: int,
) -> None:
    """Let something go on, for the reason that `who` holds. Raises `CannotPause`."""
    if (kind, name) not in known and not pauses.is_paused(connection, kind, name):
        _check(known, kind, name)
    if not pauses.end(connection, kind, name, who.who, who.why, now_ms):
        raise CannotPause("it is not stopped")
    audit.record(connection, replace(who, what=f"resume {kind}", whom=f"{kind}:{name}"), now_ms)


def stopped(connection: Connection, known: Mapping[tuple[Kind, str], str]) -> tuple[Stopped, ...]:
    """Return what is stopped now, the longest first, with how many people's news waits."""
    return tuple(
        Stopped(
            one, known.get((one.kind, one.name), one.name), people(connection, one.kind, one.name, one.mode)
        )
        for one in pauses.standing(connection)
    )


def people(connection: Connection, kind: Kind, name: str, mode: Mode = "pause") -> int:
    """Count the people whose news waits because something is stopped, up to 1,000; nobody's waits for a drain."""
    if kind != "sink":
        return set_aside.people(connection, kind, name) if mode == "pause" else 0
    most = set_aside.PEOPLE_COUNTED
    if name.startswith("replies-"):
        waiting = (
            select(reply.c.subject)
            .where(reply.c.receiver == name.removeprefix("replies-"), reply.c.state == "waiting")
            .distinct()
        )
    else:
        waiting = select(dirty_person.c.person_id).where(dirty_person.c.sink == name)
    return connection.scalar(select(func.count()).select_from(waiting.limit(most).subquery())) or 0


def _check(known: Mapping[tuple[Kind, str], str], kind: Kind, name: str) -> None:
    if (kind, name) not in known:
        there = ", ".join(sorted(other for of, other in known if of == kind))
        raise CannotPause(f"there is no {kind} {name!r}; there are {there}", unknown=True)
