"""Puts together what nudges teams by e-mail."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.nudges.mailing import MailServer, send
from ascbridge.nudges.nudge_rules import Reader, Rhythm
from ascbridge.nudges.nudge_store import CALDICOTT
from ascbridge.nudges.nudger import Nudger
from ascbridge.storage.alone import AlwaysMine, PostgresTurn
from ascbridge.storage.database import PostgresDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.config import Settings


def nudgers(ground: Ground) -> list[Nudger]:
    """Return what nudges, or nothing where nobody has an address. Raises `CannotStart`."""
    wanted = ground.settings.nudges
    if not (wanted.to or wanted.allocated or wanted.workers or wanted.openings):
        return []
    unknown = sorted(set(wanted.to) - set(_teams(ground)))
    if unknown:
        raise CannotStart(f"nudges.to: {', '.join(unknown)}: no such team in the list of teams")
    server = mail_server(ground.settings)
    rhythm = Rhythm(
        round(wanted.minutes_ahead * 60_000),
        round(wanted.minutes_apart * 60_000),
        wanted.quiet_from,
        wanted.quiet_to,
    )
    turn = (
        PostgresTurn(ground.database, "nudges")
        if isinstance(ground.database, PostgresDatabase)
        else AlwaysMine()
    )
    to = {
        Reader(team): tuple(dict.fromkeys((*wanted.to.get(team, ()), *wanted.allocated.get(team, ()))))
        for team in (wanted.to | wanted.allocated)
    }
    if wanted.openings:
        to[Reader(CALDICOTT)] = wanted.openings
    to |= {Reader(name, worker=True): addresses for name, addresses in wanted.workers.items()}
    return [
        Nudger(
            to, rhythm, ground.database, send=partial(send, server, wanted.sender),
            link=wanted.link.rstrip("/"), desk=ground.desk, clock=ground.clock, turn=turn,
        )
    ]  # fmt: skip


def mail_server(settings: Settings) -> MailServer:
    """Where mail goes out, for nudges as for alerts; settings that name an address name it. Raises `CannotStart`."""
    wanted = settings.nudges
    assert wanted.smtp is not None
    password = _password(wanted.smtp_password_file)
    return MailServer(wanted.smtp.host, wanted.smtp.port, wanted.smtp_tls, wanted.smtp_user, password)


def _teams(ground: Ground) -> tuple[str, ...]:
    now_ms = ground.clock.now_ms()
    return tuple(ground.desk.known_lists.now.teams(now_ms).names)


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        if path.stat().st_mode & 0o077:
            raise CannotStart(f"nudges.smtp_password_file: {path}: others may read it: chmod 600")
        return path.read_text("utf-8").strip()
    except OSError as fault:
        raise CannotStart(f"nudges.smtp_password_file: {path}: {fault.strerror}") from None
