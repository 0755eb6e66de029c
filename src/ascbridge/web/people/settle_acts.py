"""Settling something about people, for pages and programs alike: the decision, its audit entry and its events
in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, get_args

from ascbridge.people import erase, links, objections, requests, restrictions
from ascbridge.people.actor import Actor
from ascbridge.people.links import DecisionRefused
from ascbridge.people.membership import keys_of
from ascbridge.people.objections import Wish
from ascbridge.people.ownership import BELONGS, settle_number
from ascbridge.people.same_or_not import SAME_OR_NOT, settle_pair
from ascbridge.web.doorbook import where_from
from ascbridge.web.refusals import NothingChosen

if TYPE_CHECKING:
    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

SettleAct = Literal["lift", "erase", "part", "join", "approve", "refuse", "number", "pair", "object", "share"]
SETTLE_ACTS: tuple[SettleAct, ...] = get_args(SettleAct)
LONGEST_WHY = 300
_ON_WHICH_DAY = "Write the day on which they said so, as 2026-03-14"
_NEEDS_CHOICE = {
    "part": "Choose the record that is somebody else's",
    "join": "Enter the person id of the other record",
    "number": "Choose whose the number is",
    "pair": "Choose whether they are one person",
    "object": _ON_WHICH_DAY,
    "share": _ON_WHICH_DAY,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decides, and why. `about` is a person id; for approving and refusing a request's id, for a
    number the patient key in quarantine, for a pair that may be one person both keys with a space between. `choice` is
    a patient key, another person's id, whose the number is, whether they are one, or the day on which somebody
    objected or took that back, as ISO text.
    """

    act: SettleAct
    about: str
    why: str
    choice: str = ""


async def settle(request: Request, visitor: Visitor, decision: Decision) -> str:
    """Do it; return the id of the request that was made, else what it was about.

    Raises `NothingChosen`, and what `people` raises: `RequestRefused`, `DecisionRefused`, `NoSuchRequest`.
    """
    parts: WebParts = request.app.state.parts
    why = " ".join(decision.why.split())[:LONGEST_WHY]
    if not why and decision.act != "approve":
        raise NothingChosen("Say why", "why")
    if not decision.choice and decision.act in _NEEDS_CHOICE:
        raise NothingChosen(_NEEDS_CHOICE[decision.act])
    actor = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor), visitor.sign_in)
    now_ms = parts.clock.now_ms()

    def work(connection: Connection) -> str:
        done, events = _do(connection, parts, actor, decision, why, now_ms)
        parts.desk.outbox.emit(connection, events, now_ms)
        return done

    done = await parts.database.write(work)
    parts.wake()
    return done


def _do(
    connection: Connection, parts: WebParts, actor: Actor, decision: Decision, why: str, now_ms: int
) -> tuple[str, list[ReleasedEvent]]:
    about = decision.about
    match decision.act:
        case "lift":
            return restrictions.request_release(connection, about, actor, why, now_ms), []
        case "erase":
            return erase.request_erasure(connection, about, actor, why, now_ms), []
        case "refuse":
            requests.refuse(connection, about, actor, why, now_ms)
            return about, []
        case "approve":
            return about, _approve(connection, parts, actor, about, now_ms)
        case "part" | "join":
            return about, _link(connection, parts, actor, decision, why, now_ms)
        case "number":
            return about, _number(connection, parts, actor, decision, why, now_ms)
        case "pair":
            return about, _pair(connection, parts, actor, decision, why, now_ms)
        case "object" | "share":
            return about, _objection(connection, parts, actor, decision, why, now_ms)


def _approve(
    connection: Connection, parts: WebParts, actor: Actor, request_id: str, now_ms: int
) -> list[ReleasedEvent]:
    if requests.find(connection, request_id).kind == "erase":
        erase.approve_erasure(connection, request_id, actor, now_ms)
        return []
    prefix = parts.desk.prefix
    return restrictions.approve_release(connection, request_id, actor, parts.data_keys, prefix, now_ms)


def _link(
    connection: Connection, parts: WebParts, actor: Actor, decision: Decision, why: str, now_ms: int
) -> list[ReleasedEvent]:
    """Take one record out of a person, or join two persons."""
    prefix, keys = parts.desk.prefix, keys_of(connection, [decision.about, decision.choice])
    here = keys.get(decision.about, ())
    if decision.act == "part":
        if decision.choice not in here:
            raise DecisionRefused("this record is not this person's any more: look again")
        others = [key for key in here if key != decision.choice]
        return links.unlink(
            connection, parts.keyring, decision.choice, others,
            actor=actor, why=why, prefix=prefix, now_ms=now_ms,
        )  # fmt: skip
    there = keys.get(decision.choice, ())
    if not here or not there or decision.about == decision.choice:
        raise DecisionRefused("there is no other person with this id")
    return links.link(
        connection, parts.keyring, here[0], there, actor=actor, why=why, prefix=prefix, now_ms=now_ms
    )


def _number(
    connection: Connection, parts: WebParts, actor: Actor, decision: Decision, why: str, now_ms: int
) -> list[ReleasedEvent]:
    belongs = next((one for one in BELONGS if one == decision.choice), None)
    if belongs is None:
        raise NothingChosen(_NEEDS_CHOICE["number"])
    return settle_number(
        connection, parts.keyring, decision.about, belongs,
        actor=actor, why=why, prefix=parts.desk.prefix, now_ms=now_ms,
    )  # fmt: skip


def _pair(
    connection: Connection, parts: WebParts, actor: Actor, decision: Decision, why: str, now_ms: int
) -> list[ReleasedEvent]:
    choice = next((one for one in SAME_OR_NOT if one == decision.choice), None)
    if choice is None:
        raise NothingChosen(_NEEDS_CHOICE["pair"])
    one, _, other = decision.about.partition(" ")
    return settle_pair(
        connection, parts.keyring, (one, other), choice,
        actor=actor, why=why, prefix=parts.desk.prefix, now_ms=now_ms,
    )  # fmt: skip


def _objection(
    connection: Connection, parts: WebParts, actor: Actor, decision: Decision, why: str, now_ms: int
) -> list[ReleasedEvent]:
    try:
        day = date.fromisoformat(decision.choice).isoformat()
    except ValueError:
        raise NothingChosen(_ON_WHICH_DAY) from None
    return objections.state(
        connection, parts.data_keys, decision.about, Wish(decision.act == "object", day),
        actor=actor, why=why, prefix=parts.desk.prefix, now_ms=now_ms,
    )  # fmt: skip
