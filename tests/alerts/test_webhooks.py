"""An alert is posted, signed, again under the same number where it was not taken."""

from __future__ import annotations

import http.server
import threading
from functools import partial
from typing import TYPE_CHECKING

import orjson

from ascbridge.alerts import webhooks
from ascbridge.alerts.alert_store import Routes
from ascbridge.intake.doors.webhook_signature import Signed, verify
from tests.alerts.test_alerter import DOWN, Bench, city, mail

if TYPE_CHECKING:
    from tests.nudges.mail_server import MailServer as Receiving
    from tests.web.city import City

__all__ = ["city", "mail"]


def test_a_webhook_gets_it_signed(city: City, mail: Receiving) -> None:
    got: list[tuple[dict[str, str], bytes]] = []

    class Hearing(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204 if len(got) > 1 else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hearing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        secret = b"s" * 32
        hook = webhooks.Hook(f"http://127.0.0.1:{server.server_address[1]}/", secret)
        now_ms = city.clock.now_ms()
        post = partial(webhooks.post, hook, now_ms=now_ms)
        bench = Bench(city, mail, routes=Routes((), ("teams",)), hooks={"teams": post})
        bench.wrong = [DOWN]
        bench.pass_(15_000)
        server.shutdown()
    assert mail.got == []
    (first, _), (headers, body) = got
    named = {name.lower(): value for name, value in headers.items()}
    assert first["webhook-id"] == named["webhook-id"]
    signed = Signed(named["webhook-id"], named["webhook-timestamp"], named["webhook-signature"])
    verify((secret,), signed, body, now_ms=now_ms, window_s=1)
    assert orjson.loads(body)["data"]["subject"] == "ascbridge: Alert: Nothing can be sent (icr)"
