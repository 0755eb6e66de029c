"""HAPI's FHIR validator with UK Core, offline: every issue of a resource, and every code nobody here can look up."""

import json
import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.servers.parts import is_ready
from tests.servers.process import Process, free_port, java

ROOT = Path(__file__).resolve().parents[2]
# Set ASCBRIDGE_UKCORE where the UK Core definitions lie elsewhere.
UK_CORE = Path(os.environ.get("ASCBRIDGE_UKCORE") or ROOT.parent / "shared" / "data" / "ukcore")
# Our own profiles, where there are any.
OWN_PROFILES = ROOT / "contracts" / "fhir"


def missing() -> str:
    """Return what keeps the validator from starting, or nothing."""
    if not is_ready("validator"):
        return "the FHIR validator's jars: run tests/servers/install.sh"
    if not UK_CORE.is_dir():
        return "the UK Core definitions: set ASCBRIDGE_UKCORE"
    return "" if shutil.which("java") else "java"


@dataclass(frozen=True)
class Issue:
    """One thing the validator says about one place in a resource."""

    severity: str
    location: str | None
    message: str
    message_id: str | None

    @property
    def is_error(self) -> bool:
        return self.severity in {"fatal", "error"}

    @property
    def unverified(self) -> str | None:
        """The code, as system#code, that no code system at hand could look up."""
        return self.message if self.message_id == "NOT_VERIFIED" else None


class ValidatorClient:
    """A validator that runs: one connection to it, made when first used."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._line: socket.socket | None = None

    def validate(self, resource: Mapping[str, Any] | str, *profiles: str) -> list[Issue]:
        """Check a resource, as dict or as JSON or XML text, against its meta.profile and the profiles named."""
        text = resource if isinstance(resource, str) else json.dumps(resource)
        self._connect()
        issues = self._exchange({"resource": text, "profiles": list(profiles)})
        return [
            Issue(each["severity"], each["location"], each["message"], each["messageId"]) for each in issues
        ]

    def dropped(self) -> list[str]:
        """Return the slices taken out of profiles because nobody at hand defines their extension."""
        self._connect()
        return self._dropped

    def close(self) -> None:
        if self._line is not None:
            self._replies.close()
            self._line.close()
            self._line = None

    def _connect(self) -> None:
        if self._line is None:
            self._line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self._replies = self._line.makefile("r", encoding="utf-8")
            self._dropped: list[str] = json.loads(self._replies.readline())

    def _exchange(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        assert self._line is not None
        self._line.sendall(json.dumps(request).encode() + b"\n")
        reply: list[dict[str, Any]] = json.loads(self._replies.readline())
        return reply


class FhirValidator(ValidatorClient, Process):
    """A validator of one's own, with the definitions of UK Core and whatever further folders are named."""

    def __init__(self, definitions: Sequence[Path] = ()) -> None:
        ValidatorClient.__init__(self, free_port())
        Process.__init__(self, "validator")
        ours = [
            UK_CORE / "structuredefinitions",
            UK_CORE / "codesystems",
            UK_CORE / "valuesets",
            OWN_PROFILES,
        ]
        self._definitions = [str(path) for path in [*ours, *definitions] if path.is_dir()]

    def command(self) -> list[str]:
        options = ("-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
        arguments = (str(self.port), *self._definitions)
        return java("validator", "Validator", *arguments, heap="1g", options=options)

    def answers(self) -> bool:
        try:
            self._connect()
        except OSError:
            return False
        return True

    def __enter__(self) -> Self:
        return super().__enter__()

    def __exit__(self, *exc: object) -> None:
        self.close()
        super().__exit__(*exc)
