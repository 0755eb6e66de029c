"""Puts the fetching of files by SFTP together, as it is set. Loaded only where one is set, as its driver is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.intake.doors.fetched import FetchedFiles
from ascbridge.intake.doors.sftp_pull import PullTerms, SftpPull
from ascbridge.intake.doors.sftp_remote import RemoteAccount, pinned
from ascbridge.intake.rows.landing import Landing

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.bootstrap.parts.ways_in import Keeping
    from ascbridge.clock import Clock
    from ascbridge.config_sections import SftpSettings


def pull_of(name: str, wanted: SftpSettings, folder: Path, keeping: Keeping, clock: Clock) -> SftpPull:
    """What fetches from one remote folder. Raises `CannotStart` where no host key is pinned that can be read."""
    account = RemoteAccount(
        wanted.host, wanted.port, wanted.user, host_keys(name, wanted), wanted.key_file, wanted.password_file
    )
    terms = PullTerms(
        folder=wanted.remote_folder,
        pattern=wanted.pattern,
        whole=wanted.whole,
        afterwards=wanted.afterwards,
        moved_to=wanted.moved_to,
        reports=wanted.reports_to,
        max_bytes=wanted.max_file_bytes,
        look_every_s=wanted.look_every_seconds,
        waits_too_long_s=wanted.late_minutes * 60,
    )
    return SftpPull(
        name, account, terms,
        landing=Landing(folder), fetched=FetchedFiles(name, keeping, clock), turn=keeping.turn(f"sftp {name}"),
    )  # fmt: skip


def host_keys(name: str, wanted: SftpSettings) -> tuple[str, ...]:
    """The lines that are pinned. Raises `CannotStart`."""
    lines = wanted.host_keys
    try:
        if wanted.host_keys_file is not None:
            text = wanted.host_keys_file.read_text("utf-8")
            lines = tuple(line for line in text.splitlines() if line.strip() and not line.startswith("#"))
        pinned(lines)
    except (OSError, ValueError) as fault:
        raise CannotStart(f"council.sftp.{name}: the server's host key: {fault}") from None
    return lines
