"""The hops of a message beyond the desk: resources and their versions, what a sink was sent and said, replies.

A resource names the message that it follows from, so its versions are the message's own; what left for a sink and
what a hospital answered is told from the moment of the message on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.operations.tracing import hop_values
from ascbridge.operations.tracing.hop_values import Hop
from ascbridge.record.origins import MESSAGE
from ascbridge.record.pushing_audit import WHAT
from ascbridge.storage.tables import (
    audit,
    dirty_person,
    message,
    reply,
    resource,
    resource_version,
    sent_resource,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.operations.tracing.hop_values import Whom
    from ascbridge.operations.tracing.trace import Trail

MOST = 60
"""Resources, pushes or replies that a trace looks at: more than any person has."""


def resources(connection: Connection, trail: Trail, whom: Whom) -> list[Hop]:
    """Each version of a resource that follows from the message, beside the version before it."""
    if not whom.persons:
        return []
    r, v = resource.c, resource_version.c
    kept = connection.execute(
        select(r.resource_type, r.resource_id, r.version, r.updated_ms, r.rule, r.body)
        .where(r.person_id.in_(whom.persons), r.updated_ms >= trail.seen.received_ms)
        .limit(MOST * 4)
    ).all()
    found: list[Hop] = []
    source = MESSAGE + trail.seen.message_id
    for kind, ident, *newest in kept:
        older = connection.execute(
            select(v.version, v.updated_ms, v.rule, v.body)
            .where(v.resource_type == kind, v.resource_id == ident)
            .order_by(v.version.desc())
            .limit(MOST)
        ).all()
        versions: list[Any] = [newest, *older]
        bodies = [orjson.loads(one[3]) for one in versions]
        for number, one in enumerate(versions):
            if bodies[number].get("meta", {}).get("source") == source:
                before = bodies[number + 1] if number + 1 < len(bodies) else None
                found.append(_version(f"{kind}/{ident}", one, bodies[number], before, whom))
    return sorted(found, key=lambda one: (one.at_ms, one.ident))[:MOST]


def _version(
    name: str, row: Any, body: Mapping[str, Any], before: Mapping[str, Any] | None, whom: Whom
) -> Hop:
    version, updated_ms, rule, _ = row
    return Hop(
        "resource", updated_ms, f"{name.partition('/')[0]} version {version} written", f"by mapping {rule}",
        f"{name}/_history/{version}", codes={"resource": name.partition("/")[0], "version": str(version), "rule": rule},
        values=hop_values.of_resource(body, before, opened=whom.opened, restricted=whom.hidden),
    )  # fmt: skip


def sent(connection: Connection, trail: Trail, whom: Whom) -> list[Hop]:
    """What left for a sink since the message came, what the sink said, and what still has to leave."""
    since_ms = trail.seen.received_ms
    rows = connection.execute(
        select(audit.c.at_ms, audit.c.who, audit.c.result)
        .where(audit.c.whom.in_(whom.persons), audit.c.at_ms >= since_ms, audit.c.what == WHAT)
        .order_by(audit.c.at_ms)
        .limit(MOST)
    )
    found = [
        Hop("sent", at_ms, f"Sent to {sink}", f"Its answer: {result}.", codes={"sink": sink})
        for at_ms, sink, result in rows
    ]
    told = {one.codes["sink"] for one in found}
    for sink, last_ms in trail.published_ms.items():
        if sink not in told and last_ms >= since_ms:
            words = _holds(connection, sink, whom)
            found.append(Hop("sent", last_ms, f"Shared record {sink} holds this person", words,
                                  codes={"sink": sink}))  # fmt: skip
    waits = connection.execute(
        select(
            dirty_person.c.sink, dirty_person.c.since_ms, dirty_person.c.tries, dirty_person.c.fault
        ).where(dirty_person.c.person_id.in_(whom.persons))
    )
    found += [
        Hop("stuck", max(since, since_ms), f"Waits to be sent to {sink}",
                 f"{fault} (tried {tries} times)" if fault else "",
                 codes={"sink": sink})
        for sink, since, tries, fault in waits
    ]  # fmt: skip
    return found


def _holds(connection: Connection, sink: str, whom: Whom) -> str:
    rows = connection.execute(
        select(sent_resource.c.resource, sent_resource.c.unsure).where(
            sent_resource.c.sink == sink, sent_resource.c.person_id.in_(whom.persons)
        ).limit(MOST)
    ).all()  # fmt: skip
    unsure = sum(bool(one.unsure) for one in rows)
    return (
        f"{len(rows)} resources"
        + (f", of {unsure} it is not known whether it took them" if unsure else "")
        + "."
    )


def replies(connection: Connection, trail: Trail) -> list[Hop]:
    """What a hospital was told of the message's tasks since it came, and what it answered."""
    rows = connection.execute(
        select(reply)
        .where(
            reply.c.task_id.in_([one.task_id for one in trail.tasks]),
            reply.c.queued_ms >= trail.seen.received_ms,
        )
        .order_by(reply.c.queued_ms)
        .limit(MOST)
    )
    found = []
    for row in rows:
        codes = {"receiver": row.receiver, "progress": row.progress, "state": row.state}
        found.append(
            Hop("reply", row.queued_ms, f"To be told to {row.receiver}: {row.progress}",
                     "" if row.settled_ms else f"waiting, tried {row.tries} times {row.note}".strip(),
                     row.reply_id, codes=codes)
        )  # fmt: skip
        if row.settled_ms:
            title = (
                f"{row.receiver} answered {row.note}" if row.state == "acknowledged" else f"Reply {row.state}"
            )
            found.append(
                Hop("reply", row.settled_ms, title.strip(), f"control id {row.control_id} {row.note}".strip(),
                         row.reply_id, row.reply_id, codes=codes)
            )  # fmt: skip
    return found


def lane_of(connection: Connection, message_id: str) -> set[str]:
    """Return the line in which a message waits."""
    return set(connection.scalars(select(message.c.lane).where(message.c.message_id == message_id)))
