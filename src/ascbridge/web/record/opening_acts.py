"""Opening a record without a relationship, taking a contact, looking at what was opened: for pages and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people.actor import Actor
from ascbridge.people.membership import keys_of
from ascbridge.relationship import duty_contacts, openings
from ascbridge.relationship.own_words import LONGEST, Stated
from ascbridge.web.doorbook import where_from
from ascbridge.web.purpose import REASONS, reader_of
from ascbridge.web.refusals import NothingChosen

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.relationship.openings import Opening, Tally
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

OTHER = "Something else"
OPENING_REASONS = (*REASONS, OTHER)


class NoSuchPerson(LookupError):
    """There is nobody with this id, or no longer."""


async def open_without(request: Request, visitor: Visitor, person_id: str, reason: str, text: str) -> int:
    """Open a record without a relationship; return until when (UTC ms). Raises `NothingChosen` or `NoSuchPerson`."""
    parts: WebParts = request.app.state.parts
    rules, now_ms, said = parts.settings.relationship, parts.clock.now_ms(), " ".join(text.split())[:LONGEST]
    if reason not in OPENING_REASONS:
        raise NothingChosen("Choose why you open this", "reason")
    if not said:
        raise NothingChosen("Say in your own words why you open this", "words")
    until_ms, due_ms = (
        now_ms + round(rules.open_minutes * 60_000),
        now_ms + round(rules.review_hours * 3_600_000),
    )
    stated = Stated(person_id, reason, said, now_ms, until_ms, due_ms)

    def work(connection: Connection) -> int:
        _known(connection, person_id)
        acting = actor_of(request, visitor)
        return openings.break_glass(connection, parts.data_keys, reader_of(visitor), acting, stated)

    return await parts.database.write(work)


async def take_contact(request: Request, visitor: Visitor, person_id: str, caller: str, text: str) -> int:
    """Write down a contact; return when the shift ends (UTC ms). Raises `NothingChosen` or `NoSuchPerson`."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    if caller not in duty_contacts.CALLERS:
        raise NothingChosen("Choose who got in touch", "caller")
    if not text.strip():
        raise NothingChosen("Say who it was and what about", "about")
    until_ms = duty_contacts.end_of_shift(now_ms, parts.settings.relationship.shift_ends)

    stated = Stated(person_id, caller, text[:LONGEST], now_ms, until_ms)

    def work(connection: Connection) -> int:
        _known(connection, person_id)
        acting = actor_of(request, visitor)
        events = duty_contacts.log_contact(
            connection, parts.data_keys, reader_of(visitor), acting, stated, parts.desk.prefix
        )
        parts.desk.outbox.emit(connection, events, now_ms)
        return until_ms

    shift_ends_ms = await parts.database.write(work)
    parts.wake()
    return shift_ends_ms


async def review(request: Request, visitor: Visitor, opening_id: str, outcome: str, text: str) -> None:
    """Say what came of looking at an opening. Raises `ReviewRefused` or `NoSuchOpening`."""
    parts: WebParts = request.app.state.parts
    now_ms, actor = parts.clock.now_ms(), actor_of(request, visitor)
    await parts.database.write(
        lambda c: openings.review(c, parts.data_keys, actor, opening_id, outcome, text, now_ms)
    )


def queue(
    connection: Connection, parts: WebParts, visitor: Visitor, now_ms: int
) -> tuple[Tally, list[Opening], list[Opening]]:
    """Return how much waits, what waits and what was looked at; nobody's own words where the role is masked."""
    keys = parts.data_keys if visitor.may("openings") is Access.full else None
    tally = openings.tally(connection, now_ms)
    return tally, openings.waiting(connection, keys), openings.reviewed(connection, keys, now_ms)


def actor_of(request: Request, visitor: Visitor) -> Actor:
    """Return a visitor as whoever acts, for the audit."""
    parts: WebParts = request.app.state.parts
    return Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor), visitor.sign_in)


def _known(connection: Connection, person_id: str) -> None:
    if not keys_of(connection, [person_id]):
        raise NoSuchPerson(person_id)
