"""Sends one e-mail by SMTP (RFC 5321), with STARTTLS or TLS where it leaves this machine."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out. `password` only with a `user`."""

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


def send(server: MailServer, sender: str, to: Sequence[str], subject: str, text: str) -> None:
    """Send it, in the thread that calls. Raises `OSError` (of which `smtplib.SMTPException` is one)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer of a machine is wanted
    message.set_content(text)
    context = ssl.create_default_context()
    if server.tls == "tls":
        talk: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE_S, context=context)
    else:
        talk = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_S)
    with talk:
        if server.tls == "starttls":
            talk.starttls(context=context)
        if server.user:
            talk.login(server.user, server.password)
        talk.send_message(message)
