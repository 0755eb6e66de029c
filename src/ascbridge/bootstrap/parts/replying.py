"""Puts together what tells hospitals how the work on their patients stands."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.replies.addressing import told_of
from ascbridge.replies.reply_sender import ReplySender, Terms
from ascbridge.replies.reply_words import words_of
from ascbridge.replies.rri import Envelope
from ascbridge.replies.telling import Telling, Wanted
from ascbridge.storage.alone import AlwaysMine, PostgresTurn
from ascbridge.storage.database import PostgresDatabase

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.config import Settings
    from ascbridge.config_sections import ClientTlsSettings, ReplySettings
    from ascbridge.replies.reply_store import Queued
    from ascbridge.replies.rri import Told


def readers(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Who owes an effect because hospitals are told: nobody where none is."""
    return {Telling.name: Telling.topics} if settings.replies else {}


def reply(ground: Ground) -> list[ReplySender]:
    """Queue what is to be told, and return what sends it: one for each hospital. Raises `CannotStart`."""
    wanted = ground.settings.replies
    if not wanted:
        return []
    listeners = [Wanted(name, one.facility, frozenset(one.tell)) for name, one in wanted.items()]
    ground.deliver(Telling(listeners, ground.desk.generation, ground.clock))
    return [_sender(ground, name, one) for name, one in wanted.items()]


def _sender(ground: Ground, name: str, wanted: ReplySettings) -> ReplySender:
    ours = settled.hospital_profile(ground.settings).acknowledgment
    envelope = Envelope(
        sending_application=ours.our_application,
        sending_facility=ours.our_facility,
        receiving_application=wanted.receiving_application,
        receiving_facility=wanted.receiving_facility or wanted.facility,
        message=wanted.message,
        processing="T" if ground.settings.invented_people else "P",
    )
    terms = Terms(
        name, wanted.host, wanted.port, envelope,
        answer_s=wanted.answer_seconds, tries=wanted.tries, retry_s=wanted.retry_seconds,
        overdue_s=wanted.overdue_minutes * 60,
    )  # fmt: skip
    turn = (
        PostgresTurn(ground.database, f"replies {name}")
        if isinstance(ground.database, PostgresDatabase)
        else AlwaysMine()
    )
    return ReplySender(
        terms, ground.database, partial(_told, ground),
        clock=ground.clock, turn=turn, tls=_client_tls(name, wanted.tls),
    )  # fmt: skip


def _told(ground: Ground, connection: Connection, queued: Queued) -> Told | None:
    reference = ground.desk.reference_now(connection)
    return told_of(
        connection,
        ground.desk.data_keys,
        queued,
        ground.desk.generation,
        partial(words_of, reference=reference),
    )


def _client_tls(name: str, files: ClientTlsSettings | None) -> ssl.SSLContext | None:
    if files is None:
        return None
    try:
        context = ssl.create_default_context(cafile=files.ca_file)
        if files.certificate is not None:
            context.load_cert_chain(files.certificate, files.private_key)
    except OSError as fault:
        raise CannotStart(f"replies.{name}.tls: {fault}") from None
    return context
