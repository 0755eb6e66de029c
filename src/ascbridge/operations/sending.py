"""Sends HL7 files over MLLP and says what was answered: for an engineer at a terminal, and for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_batch import split_batch
from ascbridge.intake.hl7v2.hl7_errors import UnreadableMessage
from ascbridge.intake.hl7v2.mllp_client import MllpClient, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ascbridge.intake.hl7v2.hl7_ack import Ack


async def send_files(host: str, port: int, files: Sequence[Path], say: Callable[[str], None]) -> int:
    """Send each message of each file in order, one line each: control id, code, text. 1 if any was not
    accepted.
    """
    messages = [message for path in files for message in split_batch(path.read_bytes())]
    refused = 0
    try:
        client = await MllpClient.connect(host, port)
    except OSError as fault:
        say(f"-\t-\tnobody listens at {host}:{port}: {fault.strerror or fault}")
        return 1
    async with client:
        for message in messages:
            try:
                ack = await client.send(message)
            except (NoAnswer, UnreadableMessage) as fault:
                say(f"-\t-\t{fault}; {len(messages)} messages were to be sent, stopping here")
                return 1
            say(line(ack))
            refused += not ack.accepted
    return 1 if refused else 0


def line(ack: Ack) -> str:
    """One answer as one line: control id, acknowledgment code, text, separated by tabs."""
    parts = [ack.text]
    if ack.error is not None:
        place = f"{ack.error.segment}-{ack.error.field}" if ack.error.field else ack.error.segment
        parts.append(f"{place} {int(ack.error.code)} {ack.error.wording}".strip())
    return f"{ack.control_id or '-'}\t{ack.code.value}\t{'; '.join(filter(None, parts))}".rstrip()
