"""A FHIR server of somebody else's, in a thread of its own: it answers searches from what it holds, or hangs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NUMBER = "9993000019"
MARY: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "m1",
    "birthDate": "1941-03-14",
    "address": [{"line": ["1 CANARY ROW"]}],
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER}],
}
ALLERGY: dict[str, Any] = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "patient": {"reference": "Patient/m1"},
    "code": {"text": "Canary penicillin"},
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "recordedDate": "2020-05-06T10:00:00Z",
}
STAY: dict[str, Any] = {
    "resourceType": "Encounter",
    "id": "e1",
    "subject": {"reference": "Patient/m1"},
    "status": "in-progress",
    "class": {"code": "IMP", "display": "inpatient encounter"},
    "period": {"start": "2026-10-15"},
    "location": [{"location": {"display": "CANARY WARD"}}],
}
RESTRICTED = {"meta": {"security": [{"code": "R"}]}}


class OtherFhir:
    """What it holds, whom it was asked for, and whether it hangs."""

    def __init__(self, *held: dict[str, Any]) -> None:
        self.held = list(held)
        self.asked: list[str] = []
        self.hangs = False
        self.breaks = ""
        self.go_on = threading.Event()
        self.url = ""

    def answer(self, kind: str, asked: dict[str, list[str]]) -> bytes:
        """Return a searchset; of patients those with the number that was asked for."""
        number = asked.get("identifier", [""])[0].partition("|")[2]
        found = [
            one
            for one in self.held
            if one["resourceType"] == kind
            and (not number or number in {each["value"] for each in one.get("identifier", ())})
        ]
        return json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in found]}).encode()


@contextmanager
def running(*held: dict[str, Any]) -> Iterator[OtherFhir]:
    """Run one on this machine until the block ends."""
    other = OtherFhir(*held)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the standard library's name
            at = urlsplit(self.path)
            other.asked.append(self.path)
            if other.hangs:
                other.go_on.wait(60)
            kind = at.path.rsplit("/", 1)[-1]
            body = b"not FHIR" if other.breaks == kind else other.answer(kind, parse_qs(at.query))
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # whoever asked went away

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    other.url = f"http://127.0.0.1:{server.server_port}/fhir"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield other
    finally:
        other.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join(30)
