"""The sections of the settings: what each may hold, and what stands in where nothing is set."""

from __future__ import annotations

import re
from datetime import time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _an_address(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not an IP address such as 192.0.2.7 (names and networks are none)"
        ) from None
    return text


def _brokers(text: str) -> str:
    for one in text.split(",") if text else ():
        HostPort.parse(one.strip())
    return text


def _web_address(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("must begin with https://")
    return text


def _mail(text: str) -> str:
    name, at, domain = text.partition("@")
    if not (name and at and domain) or any(one.isspace() or one in "<>,;" for one in text):
        raise ValueError(f"{text!r} is not a mail address such as team@council.example")
    return text


def _mail_or_nothing(text: str) -> str:
    return _mail(text) if text else text


MailAddress = Annotated[str, AfterValidator(_mail)]
Words = Annotated[str, StringConstraints(min_length=1)]
OneLine = Annotated[str, StringConstraints(pattern=r"^[^\r\n]+$")]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Coded = Annotated[str, Field(pattern=r"^[a-z]+:[^\s#]+#[^\s#]+$", max_length=300)]
"""A code of a system: ``system#code``."""


class Section(BaseModel):
    """A part of the settings: nothing in it that is not named here, and nothing that changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class HostPort(Section):
    """An address to listen on or to call."""

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)

    @classmethod
    def parse(cls, text: str) -> HostPort:
        """Read ``HOST:PORT``; an IPv6 host stands in brackets. Raises `ValueError` saying what is wrong."""
        host, colon, port = text.rpartition(":")
        if not colon or not port.isdigit() or int(port) > 65535:
            raise ValueError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:2575")
        return cls(host=host.strip("[]") or "127.0.0.1", port=int(port))

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")


class TlsSettings(Section):
    """Certificates of a listener. With `client_ca` only senders whose certificate it signed are let in."""

    certificate: Path
    private_key: Path
    client_ca: Path | None = None


class MllpSettings(Section):
    """The HL7 v2 listener."""

    address: HostPort = HostPort(port=2575)
    feed: Words = "itk-v24"
    tls: TlsSettings | None = None
    allowed_senders: tuple[Annotated[str, AfterValidator(_an_address)], ...] = ()
    max_frame_bytes: int = Field(1_000_000, ge=1_000, le=64_000_000)
    idle_seconds: float = Field(3600, gt=0, le=604_800)
    resend_window_hours: float = Field(72, gt=0, le=8_760)


class FeedSettings(Section):
    """What is set apart for one feed; what is left out is as for every other."""

    hold_minutes: float | None = Field(None, gt=0, le=10_080)
    hold_tries: int | None = Field(None, ge=1, le=1_000)


class HttpSettings(Section):
    """Pages and interfaces."""

    address: HostPort = HostPort(port=8080)
    tls: TlsSettings | None = None


class HealthSettings(Section):
    """Where a service without pages says how it is. None: its own port on loopback, see `HEALTH_PORTS`.

    `record` is degraded where anything waits for it, or for its sink, for longer than `behind_seconds`.
    """

    address: HostPort | None = None
    behind_seconds: float = Field(300, ge=10, le=86_400)


HEALTH_PORTS = {"intake": 8081, "discharge": 8082, "record": 8083}
"""The services without pages that answer on a port of their own, and on which one unless settings say otherwise."""


class KafkaSettings(Section):
    """Apache Kafka; without `bootstrap` the log is SQLite. A SASL protocol needs who we are and our password's file."""

    bootstrap: Annotated[str, AfterValidator(_brokers)] = ""
    partitions: int = Field(8, ge=1, le=1024)
    replication: int = Field(1, ge=1, le=100)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ca_file: Path | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password_file: Path | None = None
    topics_file: Path | None = None
    session_seconds: float = Field(10, ge=6, le=1_800)

    @property
    def sasl(self) -> bool:
        """Whether the brokers ask who we are."""
        return self.security_protocol.startswith("SASL_")


class FolderSettings(Section):
    """A folder into which a case system writes files, and the profile that says what they mean."""

    folder: Path
    profile: Words = "council-facts"


class SftpSettings(Section):
    """A folder on another system's SFTP server, of which `into` (a name of `council.folders`) gets the files."""

    into: Words
    host: Words
    port: int = Field(22, ge=1, le=65535)
    user: Words
    host_keys: tuple[Words, ...] = ()
    host_keys_file: Path | None = None
    key_file: Path | None = None
    password_file: Path | None = None
    remote_folder: Words
    pattern: Words = "*"
    whole: Literal["still", "manifest", "renamed"] = "still"
    afterwards: Literal["leave", "move", "delete"] = "leave"
    moved_to: str = ""
    reports_to: str = ""
    look_every_seconds: float = Field(60, ge=0.5, le=86_400)
    max_file_bytes: int = Field(4_000_000_000, ge=1_000, le=1_000_000_000_000)
    late_minutes: float = Field(120, gt=0, le=10_080)


class DatabaseSettings(Section):
    """A reporting database of a case system: the profile that says what its tables mean, and how hard to lean on it.

    `url_file` holds its address with user and password: for PostgreSQL ``postgresql+asyncpg://USER:PASSWORD@HOST/NAME``.
    """

    profile: Words
    url_file: Path
    poll_seconds: float = Field(30, ge=1, le=86_400)
    sweep_hours: float = Field(24, gt=0, le=720)
    rows_per_query: int = Field(200, ge=2, le=10_000)
    pause_ms: int = Field(50, ge=0, le=60_000)
    statement_seconds: float = Field(30, ge=1, le=600)
    gone_percent: float = Field(10, ge=0, le=100)


class CouncilSettings(Section):
    """Who we are. Coventry's ODS code is not public: it stays configuration."""

    name: Words = "Coventry City Council"
    ods_code: Words = "COVASC"
    event_prefix: str = Field("uk.gov.coventry.asc", pattern=r"^[a-z][a-z0-9.]*$")
    identifier_base: Annotated[Words, AfterValidator(_web_address)] = "https://fhir.coventry.gov.uk/Id"
    folders: dict[str, FolderSettings] = {}
    sftp: dict[str, SftpSettings] = {}
    databases: dict[str, DatabaseSettings] = {}


class PostedSettings(Section):
    """Where signed requests are posted to. Without an address nothing listens."""

    address: HostPort | None = None
    secret_files: tuple[Path, ...] = Field((), max_length=2)
    tls: TlsSettings | None = None
    replay_seconds: float = Field(300, ge=10, le=3_600)
    max_body_bytes: int = Field(256_000, ge=1_000, le=4_000_000)


class WebhookSettings(PostedSettings):
    """Where the council's case system posts signed facts."""

    feed: Words = "council-webhook"


class CutoverSettings(Section):
    """The feeds of the case system that goes and of the one that takes over; without `old` there is no cut-over.

    And a file that replaces the shipped rules by which both are compared, and for how long what is compared is kept.
    """

    old: str = ""
    new: str = ""
    ids: Literal["own", "same"] = "own"
    rules_file: Path | None = None
    keep_days: int = Field(366, ge=30)


class ClientTlsSettings(Section):
    """TLS to somebody whom we call: who signed their certificate, and ours where they ask for one."""

    ca_file: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None


class ReplySettings(Section):
    """One hospital that is told how the work on its patients stands, over MLLP."""

    facility: Words
    host: Words
    port: int = Field(ge=1, le=65535)
    tls: ClientTlsSettings | None = None
    message: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}\^[A-Z][0-9]{2}$")] = "RRI^I12"
    receiving_application: str = ""
    receiving_facility: str = ""
    tell: tuple[Literal["received", "accepted", "rejected", "allocated", "planned", "closed"], ...] = (
        "received", "accepted", "rejected", "allocated", "planned", "closed",
    )  # fmt: skip
    answer_seconds: float = Field(30, gt=0, le=600)
    tries: int = Field(10, ge=1, le=1_000)
    retry_seconds: float = Field(30, gt=0, le=3_600)
    overdue_minutes: float = Field(60, gt=0, le=10_080)


class NudgeSettings(Section):
    """E-mail to teams whose work is about to be late, and (`allocated`, by the council's own names of teams) to those
    whose people came into hospital; to one worker about their own (`workers`, by the name with which they sign in and
    the case system names them); and to who looks at records opened without a relationship (`openings`). Without
    addresses nobody is written to.
    """

    to: dict[str, tuple[MailAddress, ...]] = {}
    allocated: dict[OneLine, tuple[MailAddress, ...]] = {}
    workers: dict[OneLine, tuple[MailAddress, ...]] = {}
    openings: tuple[MailAddress, ...] = ()
    smtp: HostPort | None = None
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str = ""
    smtp_password_file: Path | None = None
    sender: Annotated[str, AfterValidator(_mail_or_nothing)] = ""
    link: WebAddress = ""
    minutes_ahead: float = Field(30, ge=5, le=1_440)
    minutes_apart: float = Field(15, ge=1, le=1_440)
    quiet_from: time = time(20)
    quiet_to: time = time(8)


class DischargeSettings(Section):
    """How the discharge desk works: the rule set, the team that owns its work, lists for downtime, late news, and the
    hosts whose documents are linked to.
    """

    rules: Words = "ready-opens"
    owner_team: Words = "Community Discharge Team"
    downtime_folder: Path | None = None
    downtime_minutes: float = Field(15, ge=1, le=24 * 60)
    late_news_minutes: float = Field(60, ge=5, le=3 * 24 * 60)
    document_hosts: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+$")], ...] = ()


class SafeguardingSettings(Section):
    """What stands behind the safeguarding wall: a database role and keys of its own, never those of the bridge.

    On one machine it is there always; on PostgreSQL where `database_url` names the role that has its schema.
    """

    database_url: str = ""
    master_key_file: Path | None = None
    rules_file: Path | None = None
    folder: Path | None = None
    webhook: PostedSettings = PostedSettings()
    sasl_username: str = ""
    sasl_password_file: Path | None = None


def _not_none(times: tuple[time, ...]) -> tuple[time, ...]:
    if not times:
        raise ValueError("must name a time")
    return times


class RelationshipSettings(Section):
    """How long a record stays open without a relationship, by when that is looked at, and when shifts end (London)."""

    open_minutes: float = Field(60, ge=5, le=24 * 60)
    review_hours: float = Field(72, ge=1, le=31 * 24)
    agreed_by: str = ""
    shift_ends: Annotated[tuple[time, ...], AfterValidator(_not_none)] = (time(8), time(20))


def _origin(text: str) -> str:
    found = re.fullmatch(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", text)
    if found is None:
        raise ValueError(
            f"{text!r} is not an origin such as https://cases.council.example (no path, no wildcard)"
        )
    if found[1] == "http" and found[2] not in ("127.0.0.1", "localhost"):
        raise ValueError(f"{text!r}: must begin with https://")
    return text


class InContextSettings(Section):
    """How long a case system's link to a record can be used, and which origins may show records in a frame: none."""

    link_seconds: float = Field(60, ge=10, le=600)
    frame_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()


ReadElsewhere = Literal[
    "Encounter", "Appointment", "Condition", "AllergyIntolerance", "MedicationStatement", "MedicationRequest",
    "CarePlan", "Flag",
]  # fmt: skip
"""What may be read of somebody in a record of somebody else's: nothing that is an address, a telephone or a place."""


class ElsewhereSettings(Section):
    """A FHIR R4 server of somebody else's that is read when a record is opened there; nothing of it is kept."""

    title: Words
    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    token_file: Path | None = None
    shows: tuple[ReadElsewhere, ...] = ("Encounter", "Condition", "AllergyIntolerance", "MedicationStatement")


class FrontDoorSettings(Section):
    """How the front door works: a file that replaces the shipped teams, hours, due times and outcomes."""

    rules_file: Path | None = None


class TelemetrySettings(Section):
    """Where traces go by OTLP over HTTP (``http://127.0.0.1:4318``); empty: nowhere."""

    otlp_url: WebAddress = ""
