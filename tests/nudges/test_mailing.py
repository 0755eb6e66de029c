"""One e-mail, as it arrives; what a server refuses is an error that says so."""

from __future__ import annotations

import smtplib
import ssl

import pytest

from ascbridge.nudges.mailing import MailServer, send
from tests.nudges.mail_server import mail_server


def test_a_message_as_it_arrives() -> None:
    with mail_server() as server:
        send(
            MailServer("127.0.0.1", server.port, "none"),
            "a@b.example",
            ["c@d.example"],
            "Café",
            "Zoë\n.\nend\n",
        )
    (got,) = server.got
    assert (got["From"], got["To"], got["Subject"]) == ("a@b.example", "c@d.example", "Café")
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Message-ID"].endswith("@b.example>")
    assert got.get_content().splitlines() == ["Zoë", ".", "end"]


def test_a_server_without_tls_is_not_spoken_to_where_tls_is_wanted() -> None:
    with mail_server() as server:
        with pytest.raises(smtplib.SMTPException):
            send(MailServer("127.0.0.1", server.port), "a@b.example", ["c@d.example"], "s", "t")
        assert server.got == []


def test_a_server_that_is_away_is_an_os_error() -> None:
    with mail_server() as server:
        port = server.port
    with pytest.raises(ConnectionRefusedError):
        send(MailServer("127.0.0.1", port, "none"), "a@b.example", ["c@d.example"], "s", "t")
    assert issubclass(smtplib.SMTPException, OSError)
    assert issubclass(ssl.SSLError, OSError)
