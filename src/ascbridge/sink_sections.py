"""The settings of a sink: where the shared record is published to, in which way, and what else may stand there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from ascbridge.access import Organisation
from ascbridge.config_sections import Coded, Section, WebAddress, Words


class FlagSwitch(Section):
    """Whether this sink holds a bare Flag where there is a safeguarding concern: who approved that, when, who reads."""

    on: bool = False
    approved_by: str = ""
    approved_on: date | None = None
    read_by: Organisation | Literal[""] = ""


class SinkSettings(Section):
    """Where the shared record is. `builtin` is the record store of this machine; `fhir` a FHIR R4 server."""

    name: Words = "icr"
    kind: Literal["builtin", "fhir"] = "builtin"
    url: WebAddress = ""
    token_file: Path | None = None
    strategy: Literal["by-id", "by-identifier", "message"] = "by-id"
    provenance: bool = True
    message_source: WebAddress = "https://fhir.coventry.gov.uk/fhir"
    message_event: Coded = "https://fhir.nhs.uk/CodeSystem/message-event#notification"
    people_per_bundle: int = Field(50, ge=1, le=500)
    in_flight: int = Field(2, ge=1, le=32)
    timeout_seconds: float = Field(30, gt=0, le=3_600)
    catch_up_per_second: float = Field(200, gt=0, le=100_000)
    safeguarding_flag: FlagSwitch = FlagSwitch()
