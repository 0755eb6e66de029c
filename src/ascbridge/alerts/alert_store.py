"""Alerts as they are kept: what is judged and told of them, and what is to be sent, is written in one transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import delete, select, update

from ascbridge.alerts import alert_rules
from ascbridge.alerts.alert_rules import EVERYTHING, SETTLED_MS, Alert, Letter, Trouble, Window
from ascbridge.alerts.causes import CAUSES
from ascbridge.events.ledgers import audit
from ascbridge.storage.tables import alert, alert_post, maintenance, part_trouble
from ascbridge.storage.upsert import insert, upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row, Select

    from ascbridge.alerts.alert_rules import Terms
    from ascbridge.events.ledgers.audit import AuditEntry

MOST = 500
SEEN_EVERY_MS = 10_000
KEEP_POSTS_MS = 31 * 86_400_000
LONGEST_WAIT_MS = 300_000
"""Between two tries to send one message."""
STALE_MS = 60_000
"""A process that has said nothing about itself for so long does not live, or cannot."""
LONGEST_WINDOW_MS = 7 * 86_400_000
_ALERT = tuple(alert.c[name] for name in Alert.__slots__)
_WINDOW = tuple(maintenance.c[name] for name in Window.__slots__)


class CannotAnswer(ValueError):
    """An alert or a window about which that cannot be said; the text says why. `unknown`: there is none."""

    def __init__(self, text: str, *, unknown: bool = False) -> None:
        super().__init__(text)
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Post:
    """One message to be sent: by `mail` to addresses, or by `webhook` to a name."""

    number: int
    route: str
    goes_to: tuple[str, ...]
    subject: str
    text: str
    made_ms: int
    tries: int


@dataclass(frozen=True, slots=True)
class Routes:
    """To whom each in the row is written, and the names of webhooks, which hear everything at once."""

    mail: tuple[tuple[str, ...], ...] = ()
    webhooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """Since when somebody looks: what is not seen for a while from then on is over. `late_news` says of a span of time
    how many people's news came late in it.
    """

    since_ms: int = 0
    late_news: Callable[[Connection, int, int], str] | None = None


def judge(
    connection: Connection,
    troubles: Sequence[Trouble],
    terms: Terms,
    routes: Routes,
    watched: Watched,
    now_ms: int,
) -> None:
    """Begin, go on with and end alerts, and lay down what is to be sent."""
    now = {(one.cause, one.about): one for one in troubles if alert_rules.may_be_told(one)}
    known = {(one.cause, one.about): one for one in standing(connection)}
    _begin(connection, [one for key, one in now.items() if key not in known], now_ms)
    _go_on(connection, [(one, now[key]) for key, one in known.items() if key in now], now_ms)
    for one in known.values():
        if one.seen_ms > now_ms:  # by a clock that was set back since: it is over when that is so by this one
            _set(connection, one.number, seen_ms=now_ms)
    gone = [
        one
        for key, one in known.items()
        if key not in now and now_ms - max(one.seen_ms, watched.since_ms) >= SETTLED_MS
    ]
    ended = [_end(connection, one, watched, now_ms) for one in gone]
    windows = maintenance_now(connection, now_ms)
    seen = [one for one in standing(connection) if (one.cause, one.about) in now]
    letters = alert_rules.to_tell(seen, windows, terms, now_ms) + alert_rules.over(ended)
    for letter in letters:
        _lay(connection, letter, terms, routes, now_ms)


def write_down(connection: Connection, told: Iterable[Alert], now_ms: int) -> None:
    """Write down what began and was told while nothing could be written; it ends as every alert does, whoever looks."""
    known = {(one.cause, one.about) for one in standing(connection)}
    columns = ("cause", "about", "text", "since_ms", "told_ms", "step")
    rows = [
        {name: getattr(one, name) for name in columns} | {"seen_ms": now_ms}
        for one in told
        if (one.cause, one.about) not in known
        and alert_rules.may_be_told(Trouble(one.cause, one.about, one.text))
    ]
    insert(connection, alert, rows)


def _begin(connection: Connection, fresh: Iterable[Trouble], now_ms: int) -> None:
    insert(connection, alert, [asdict(one) | {"since_ms": now_ms, "seen_ms": now_ms} for one in fresh])


def _go_on(connection: Connection, going: Iterable[tuple[Alert, Trouble]], now_ms: int) -> None:
    for one, trouble in going:
        if one.text != trouble.text or not 0 <= now_ms - one.seen_ms < SEEN_EVERY_MS:
            _set(connection, one.number, text=trouble.text, seen_ms=now_ms)


def _end(connection: Connection, one: Alert, watched: Watched, now_ms: int) -> Alert:
    delays = watched.late_news is not None and CAUSES[one.cause].delays
    late = watched.late_news(connection, one.since_ms, now_ms) if watched.late_news and delays else ""
    _set(connection, one.number, over_ms=now_ms, late=late)
    return replace(one, over_ms=now_ms, late=late)


def _lay(connection: Connection, letter: Letter, terms: Terms, routes: Routes, now_ms: int) -> None:
    """Lay one letter down to be sent, and note that it was told."""
    said = {
        "subject": alert_rules.subject(letter), "text": alert_rules.words(letter, terms), "made_ms": now_ms,
        "next_ms": now_ms,
    }  # fmt: skip
    to = [("mail", routes.mail[letter.step])] if letter.step < len(routes.mail) else []
    if letter.step == 0 or letter.kind == "escalated":
        to += [("webhook", (name,)) for name in routes.webhooks]
    rows = [said | {"route": route, "goes_to": orjson.dumps(names).decode()} for route, names in to]
    insert(connection, alert_post, rows)
    if letter.kind != "over":
        for one in letter.alerts:
            _set(connection, one.number, told_ms=now_ms, step=letter.step + 1)


def _set(connection: Connection, number: int, **values: object) -> None:
    connection.execute(update(alert).where(alert.c.number == number).values(**values))


def standing(connection: Connection) -> tuple[Alert, ...]:
    """Return what goes on, the oldest first."""
    return _alerts(
        connection, select(*_ALERT).where(alert.c.over_ms.is_(None)).order_by(alert.c.number).limit(MOST)
    )


def past(connection: Connection, most: int = 50) -> tuple[Alert, ...]:
    """Return what was over last, the latest first."""
    ended = select(*_ALERT).where(alert.c.over_ms.is_not(None))
    return _alerts(connection, ended.order_by(alert.c.over_ms.desc()).limit(most))


def one_alert(connection: Connection, number: int) -> Alert | None:
    """Return one alert, or None."""
    return next(iter(_alerts(connection, select(*_ALERT).where(alert.c.number == number))), None)


def _alerts(connection: Connection, wanted: Select[Any]) -> tuple[Alert, ...]:
    return tuple(Alert(*row) for row in connection.execute(wanted))


def acknowledge(connection: Connection, number: int, who: AuditEntry, now_ms: int) -> None:
    """Note that somebody has it, for the reason that `who` holds. Raises `CannotAnswer`."""
    found = one_alert(connection, number)
    if found is None:
        raise CannotAnswer("there is no such alert", unknown=True)
    if found.over_ms is not None:
        raise CannotAnswer("it is over")
    if found.acknowledged_ms is not None:
        raise CannotAnswer(f"{found.acknowledged_by} has it already")
    _set(connection, number, acknowledged_ms=now_ms, acknowledged_by=who.who, acknowledged_why=who.why)
    audit.record(connection, replace(who, what="acknowledge alert", whom=f"alert:{number}"), now_ms)


# -- maintenance ---------------------------------------------------------------------------------------------


def maintenance_now(connection: Connection, now_ms: int) -> tuple[Window, ...]:
    """Return the planned work that is under way or still to come."""
    wanted = select(*_WINDOW).where(maintenance.c.until_ms > now_ms, maintenance.c.ended_ms.is_(None))
    return tuple(
        Window(*row) for row in connection.execute(wanted.order_by(maintenance.c.from_ms).limit(MOST))
    )


def plan(
    connection: Connection, wanted: Window, known: Collection[str], who: AuditEntry, now_ms: int
) -> None:
    """Plan work on something, on which nobody is told of alerts. Raises `CannotAnswer`; the number is ours to give."""
    if wanted.about != EVERYTHING and wanted.about not in known:
        raise CannotAnswer(f"there is no {wanted.about}", unknown=True)
    if wanted.until_ms <= max(wanted.from_ms, now_ms):
        raise CannotAnswer("it must end after it begins, and not in the past")
    if wanted.until_ms - wanted.from_ms > LONGEST_WINDOW_MS:
        raise CannotAnswer("it lasts seven days at the most: plan it again for longer")
    row = {name: value for name, value in asdict(wanted).items() if name != "number"} | {"who": who.who}
    insert(connection, maintenance, [row])
    audit.record(connection, replace(who, what="plan maintenance", whom=wanted.about, why=wanted.why), now_ms)


def finish(connection: Connection, number: int, who: AuditEntry, now_ms: int) -> None:
    """End planned work, or let it not begin. Raises `CannotAnswer`."""
    going = (
        maintenance.c.number == number,
        maintenance.c.ended_ms.is_(None),
        maintenance.c.until_ms > now_ms,
    )
    done = connection.execute(update(maintenance).where(*going).values(ended_ms=now_ms, ended_by=who.who))
    if not done.rowcount:
        raise CannotAnswer("there is no such planned work, or it has ended", unknown=True)
    audit.record(connection, replace(who, what="end maintenance", whom=f"maintenance:{number}"), now_ms)


# -- what is to be sent -------------------------------------------------------------------------------------


def due(connection: Connection, now_ms: int) -> tuple[Post, ...]:
    """Return what is to be sent now, the oldest first."""
    c = alert_post.c
    wanted = select(c.number, c.route, c.goes_to, c.subject, c.text, c.made_ms, c.tries)
    by_another_clock = c.next_ms > now_ms + LONGEST_WAIT_MS  # it was set back since: nobody waits for so long
    rows = connection.execute(
        wanted.where(c.sent_ms.is_(None), (c.next_ms <= now_ms) | by_another_clock)
        .order_by(c.next_ms)
        .limit(20)
    )
    return tuple(_post(row) for row in rows)


def _post(row: Row[int, str, str, str, str, int, int]) -> Post:
    number, route, goes_to, subject, text, made_ms, tries = row
    return Post(number, route, tuple(orjson.loads(goes_to)), subject, text, made_ms, tries)


def was_sent(connection: Connection, number: int, now_ms: int) -> None:
    """Note that it was sent, and forget what was sent long ago."""
    connection.execute(
        update(alert_post).where(alert_post.c.number == number).values(sent_ms=now_ms, fault="")
    )
    connection.execute(delete(alert_post).where(alert_post.c.made_ms < now_ms - KEEP_POSTS_MS))


def was_not_sent(connection: Connection, post: Post, fault: str, next_ms: int) -> None:
    """Note that it could not be sent, and when it is tried again."""
    changed = {"fault": fault, "next_ms": next_ms, "tries": post.tries + 1}
    connection.execute(update(alert_post).where(alert_post.c.number == post.number).values(**changed))


def forget(connection: Connection, before_ms: int, most: int = 200) -> int:
    """Remove alerts that were over before a time (UTC ms), the oldest first; return how many. What goes on stays."""
    old = select(alert.c.number).where(alert.c.over_ms < before_ms).order_by(alert.c.over_ms).limit(most)
    return connection.execute(delete(alert).where(alert.c.number.in_(old.scalar_subquery()))).rowcount


# -- what the processes of many machines say of themselves ------------------------------------------------


def say_of_parts(connection: Connection, member: str, parts: Mapping[str, str], now_ms: int) -> None:
    """Write down what is wrong with a process's parts now; `parts`: every part, with words or none."""
    upsert(
        connection,
        part_trouble,
        [
            {"member": member, "part": part, "text": text, "seen_ms": now_ms}
            for part, text in sorted(parts.items())
        ],
    )


def said_of_parts(connection: Connection, now_ms: int) -> tuple[dict[tuple[str, str], str], frozenset[str]]:
    """Return what processes said of their parts just now, and which of them say nothing any more."""
    rows = connection.execute(select(part_trouble)).all()
    heard: dict[str, int] = {}
    for row in rows:
        heard[row.member] = max(heard.get(row.member, 0), row.seen_ms)
    silent = frozenset(member for member, seen_ms in heard.items() if now_ms - seen_ms > STALE_MS)
    said = {
        (row.member, row.part): row.text
        for row in rows
        if row.member not in silent and row.text and now_ms - row.seen_ms <= STALE_MS
    }
    return said, silent


def heard_of_parts(connection: Connection, now_ms: int) -> dict[str, str]:
    """Return of each part that some process speaks for just now what is wrong with it, or nothing."""
    rows = connection.execute(select(part_trouble).where(part_trouble.c.seen_ms >= now_ms - STALE_MS))
    found: dict[str, str] = {}
    for row in rows:
        found[row.part] = found.get(row.part) or row.text
    return found


def left(connection: Connection, member: str) -> None:
    """Note that a process ended as it was told to: it is not missed."""
    connection.execute(delete(part_trouble).where(part_trouble.c.member == member))
