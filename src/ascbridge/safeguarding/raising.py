"""A concern comes in: kept, routed, given its time and a reference, and said on the topic, in one transaction.

The same words from the same sender are one concern, and get the same reference again. The answer says nothing of what
was known before: it is the same for an adult with a concern and for one without.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ascbridge.events.facts.concerns import (
    Adult,
    Concern,
    ConcernFact,
    ConcernRaised,
    ConcernsRepeated,
    RaisedBy,
    SealedConcern,
)
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.people import nhs_numbers
from ascbridge.people.release import KnownDraft, release_known
from ascbridge.safeguarding import concern_store as store
from ascbridge.safeguarding.concern_clocks import decide_by, repeated
from ascbridge.safeguarding.concern_store import Act, Stood
from ascbridge.safeguarding.routing import route
from ascbridge.safeguarding.vault import write_down

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.safeguarding.concern_words import AdultSaid, ConcernSaid
    from ascbridge.safeguarding.vault import Insider, Vault

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a reference: none that is taken for another when it is read out."""


@dataclass(frozen=True, slots=True)
class Came:
    """By which way it came (``form``, ``api``, ``desk``...), who sent it, and by what a repeat is recognised.

    `once` is the sender's own number of it, or of the form; empty: the words themselves. `raw` is what came, where
    these words were made of it.
    """

    way: str
    who: Insider
    once: str = ""
    raw: str = field(default="", repr=False)


def take(connection: Connection, vault: Vault, said: ConcernSaid, came: Came) -> str:
    """Take a concern without faults; return the reference for its sender. Call it inside one write transaction."""
    text = said.model_dump_json()
    digest = vault.keyring.lookup("walled message", came.way, came.who.name, came.once or text)
    if (before := store.message_of(connection, came.way, digest)) is not None:
        return str(before.reference)
    now_ms = vault.clock.now_ms()
    concern = _concern(vault, said, now_ms)
    subject = store.subject_of(connection, lookups(vault, said.adult, concern.concern), now_ms)
    stood = Stood(concern, subject, 1)
    before_it = store.raised_of(connection, subject)
    store.add(connection, vault, stood, digest)
    who = came.who
    store.add_act(
        connection, vault, stood, Act(version=1, at_ms=now_ms, act="raise", who=who.name, role=who.role)
    )
    kept = {"said": said.model_dump(mode="json"), "who": who.name} | ({"body": came.raw} if came.raw else {})
    store.keep_message(
        connection, vault, subject, kept, now_ms,
        way=came.way, digest=digest, outcome="taken", concern_id=concern.concern, reference=concern.reference,
    )  # fmt: skip
    facts: list[ConcernFact] = [ConcernRaised(concern=concern.concern, revision=1)]
    if repeated(vault.rules, [*before_it, now_ms], now_ms):
        facts.append(ConcernsRepeated(concern=concern.concern, revision=1))
    tell(connection, vault, stood, facts, now_ms)
    write_down(connection, vault, who, "concern raised", whom=concern.concern, why=came.way)
    return concern.reference


def tell(connection: Connection, vault: Vault, stood: Stood, facts: list[ConcernFact], now_ms: int) -> None:
    """Say on the topic what became of a concern, with all of it sealed beside."""
    about = stood.said.concern
    drafts = [
        KnownDraft(
            stood.subject_key, type(fact).__name__, now_ms, fact, SealedConcern(said=stood.said), walled=True
        )
        for fact in facts
    ]
    id = derived_id(now_ms, about, stood.version)
    events = release_known(connection, drafts, Cause(id, id, now_ms), vault.data_keys, vault.prefix, now_ms)
    vault.outbox.emit(connection, events, now_ms)


def lookups(vault: Vault, adult: AdultSaid, concern_id: str) -> list[str]:
    """Return the keyed hashes under which an adult is known; of one without any number, of this concern alone."""
    number = nhs_numbers.standard(adult.nhs_number)
    said = (("nhs", number), ("council", adult.council_id), ("person", adult.person_id))
    found = [vault.keyring.lookup("adult", kind, value) for kind, value in said if value]
    return found or [vault.keyring.lookup("adult", "concern", concern_id)]


def _concern(vault: Vault, said: ConcernSaid, now_ms: int) -> Concern:
    routed = route(
        vault.rules, vault.calendar, said.origin, said.place, mental_health=said.mental_health, at_ms=now_ms
    )
    plain = said.model_dump(exclude={"adult", "raised_by"})
    adult = said.adult.model_dump() | {"nhs_number": nhs_numbers.standard(said.adult.nhs_number)}
    return Concern(
        **plain,
        concern="c" + secrets.token_hex(16),
        reference=_reference(),
        adult=Adult(**adult),
        raised_by=RaisedBy(**said.raised_by.model_dump()),
        team=routed.team,
        day_team=routed.day_team,
        because=routed.because,
        raised_ms=now_ms,
        decide_by_ms=decide_by(vault.rules, vault.calendar, now_ms),
    )


def _reference() -> str:
    return "SG-" + "".join(secrets.choice(_LETTERS) for _ in range(8))
