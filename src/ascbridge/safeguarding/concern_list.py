"""What somebody sees of concerns: lists, counts, search and one of them, less all that they are kept from.

Every question reads and opens the same rows whoever asks, and leaves out afterwards: so nobody can tell by the time
that an answer takes, by its counts or by its length that there is something they are kept from.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ascbridge.people import nhs_numbers
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_clocks import Alert, alerts, due_ms
from ascbridge.safeguarding.exclusion import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.safeguarding.concern_store import Act, Stood
    from ascbridge.safeguarding.vault import Insider, Vault

ConcernView = Literal["to-decide", "enquiries", "mine", "needs-a-look", "closed"]
CONCERN_VIEWS: tuple[ConcernView, ...] = get_args(ConcernView)
CLOSED_LATELY_MS = 30 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A concern on a list: as it stands, by when something is due (UTC ms), and what needs an eye."""

    stood: Stood
    due_ms: int | None
    alerts: tuple[Alert, ...]

    @property
    def mark(self) -> str:
        """A short text that is another one when this would be shown otherwise."""
        return f"{self.stood.said.concern} {self.stood.version} {self.due_ms} {self.alerts}"

    @property
    def late(self) -> bool:
        """Whether what it waits for is overdue."""
        return "decision-late" in self.alerts or "conclusion-late" in self.alerts


@dataclass(frozen=True, slots=True)
class ConcernShown:
    """One concern, what was done with it, and the adult's other concerns, the latest first."""

    listed: Listed
    acts: tuple[Act, ...]
    others: tuple[Stood, ...]


def lists(
    connection: Connection, vault: Vault, who: Insider, team: str = ""
) -> dict[ConcernView, list[Listed]]:
    """Return every list for somebody, what is due soonest first; with `team`, of that team alone."""
    seen = [
        one
        for one in _listed(connection, vault, _lately(connection, vault), who)
        if not team or one.stood.said.team == team
    ]
    seen.sort(key=lambda one: (one.due_ms is None, one.due_ms or 0, one.stood.said.raised_ms))
    still = [one for one in seen if one.stood.said.status != "closed"]
    closed = [one for one in seen if one.stood.said.status == "closed"]
    return {
        "to-decide": [one for one in still if one.stood.said.decision is None],
        "enquiries": [one for one in still if one.stood.said.decision is not None],
        "mine": [one for one in still if one.stood.said.accepted_by == who.name],
        "needs-a-look": [one for one in still if one.alerts],
        "closed": sorted(closed, key=lambda one: _ended_ms(one.stood), reverse=True),
    }


def standing(connection: Connection, vault: Vault, who: Insider) -> str:
    """Return a text that is another one when something changed on a list of somebody, and the same when nothing did."""
    seen = sorted(
        (one.said.concern, one.version) for one in _lately(connection, vault) if visible(one.said, who)
    )
    return hashlib.sha256(str(seen).encode()).hexdigest()


def found(connection: Connection, vault: Vault, who: Insider, asked: str) -> list[Listed]:
    """Return the concerns with a reference, or about the adult with an NHS number, that somebody may see."""
    number = nhs_numbers.standard(asked)
    by_number = store.known_adult(connection, vault.keyring.lookup("adult", "nhs", number))
    by_reference = store.by_reference(connection, vault, asked.strip().upper())
    rows = store.of_adults(connection, vault, [by_number])[by_number]
    return _listed(connection, vault, [*rows, *([by_reference] if by_reference else [])], who)


def shown(connection: Connection, vault: Vault, who: Insider, concern_id: str) -> ConcernShown | None:
    """Return one concern; None where there is none, or none for this reader."""
    stood = store.by_id(connection, vault, concern_id)
    acts = store.acts_of(connection, vault, concern_id)
    if stood is None or not visible(stood.said, who):
        return None
    of_adult = store.of_adults(connection, vault, [stood.subject_key])[stood.subject_key]
    others = [one for one in of_adult if one.said.concern != concern_id and visible(one.said, who)]
    return ConcernShown(_one(vault, stood, of_adult, who), tuple(acts), tuple(reversed(others)))


def hidden(connection: Connection, vault: Vault, who: Insider, concern_ids: Iterable[str]) -> frozenset[str]:
    """Return those of these concerns that there are, and that are not there for somebody."""
    found = store.by_ids(connection, vault, concern_ids)
    return frozenset(one.said.concern for one in found if not visible(one.said, who))


def _lately(connection: Connection, vault: Vault) -> list[Stood]:
    """All that is open, and all that was closed of late."""
    since_ms = vault.clock.now_ms() - CLOSED_LATELY_MS
    return [*store.every_open(connection, vault), *store.closed_since(connection, vault, since_ms)]


def _listed(connection: Connection, vault: Vault, rows: Iterable[Stood], who: Insider) -> list[Listed]:
    every = list(rows)
    of_adult = store.with_adults(connection, vault, every)
    listed = [_one(vault, one, of_adult[one.subject_key], who) for one in every]
    return [one for one in listed if visible(one.stood.said, who)]


def _one(vault: Vault, stood: Stood, of_adult: Iterable[Stood], who: Insider) -> Listed:
    # Of concerns that somebody is kept from not even their number may show.
    raised = [one.said.raised_ms for one in of_adult if visible(one.said, who)]
    now_ms = vault.clock.now_ms()
    return Listed(stood, due_ms(stood.said), alerts(vault.rules, stood.said, raised, now_ms))


def _ended_ms(stood: Stood) -> int:
    said = stood.said
    ends = [one.at_ms for one in (said.decision, said.conclusion) if one is not None]
    return max(ends, default=said.raised_ms)
