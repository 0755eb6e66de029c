"""Settings: one frozen model, read from a TOML file, `ASCBRIDGE_...` variables and the command line.

Every fault in them is told at once, at start, with the setting's name. Secrets are read from files that settings
name; no setting holds a secret itself.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class ConfigError(Exception):
    """Settings that cannot be used; the text names each of them and says what to do."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HostPort(_Section):
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


class TlsSettings(_Section):
    """Certificates of a listener. With `client_ca` only senders whose certificate it signed are let in."""

    certificate: Path
    private_key: Path
    client_ca: Path | None = None


class MllpSettings(_Section):
    """The HL7 v2 listener."""

    address: HostPort = HostPort(port=2575)
    feed: str = "itk-v24"
    tls: TlsSettings | None = None
    allowed_senders: tuple[str, ...] = ()
    max_frame_bytes: int = Field(1_000_000, ge=1_000, le=64_000_000)
    idle_seconds: float = Field(3600, gt=0)
    resend_window_hours: float = Field(72, gt=0)


class HttpSettings(_Section):
    """Pages and interfaces."""

    address: HostPort = HostPort(port=8080)
    tls: TlsSettings | None = None


class SignInSettings(_Section):
    """OpenID Connect. Without an issuer, sign-in is a one-time link and works on loopback only."""

    issuer: str = ""
    client_id: str = ""
    client_secret_file: Path | None = None
    role_claim: str = "roles"


class KafkaSettings(_Section):
    """Apache Kafka; without `bootstrap` the log is SQLite."""

    bootstrap: str = ""
    partitions: int = Field(8, ge=1, le=1024)
    replication: int = Field(1, ge=1)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ca_file: Path | None = None
    topics_file: Path | None = None


class SinkSettings(_Section):
    """Where the shared record is. `builtin` is the record store of this machine; `fhir` a FHIR R4 server."""

    name: str = "icr"
    kind: Literal["builtin", "fhir"] = "builtin"
    url: str = ""
    token_file: Path | None = None
    people_per_bundle: int = Field(50, ge=1, le=500)
    in_flight: int = Field(2, ge=1, le=32)
    timeout_seconds: float = Field(30, gt=0)

    @model_validator(mode="after")
    def _url_where_needed(self) -> Self:
        if self.kind == "fhir" and not self.url.startswith(("http://", "https://")):
            raise ValueError("a sink of kind 'fhir' needs url = 'https://...'")
        return self


class CouncilSettings(_Section):
    """Who we are. Coventry's ODS code is not public: it stays configuration."""

    name: str = "Coventry City Council"
    ods_code: str = "COVASC"
    event_prefix: str = Field("uk.gov.coventry.asc", pattern=r"^[a-z][a-z0-9.]*$")
    identifier_base: str = "https://fhir.coventry.gov.uk/Id"
    facts_folder: Path | None = None


class DischargeSettings(_Section):
    """How the discharge desk works: the rule set, and files of reference data that replace the shipped ones."""

    rules: str = "ready-opens"
    calendar_file: Path | None = None
    owner_team: str = "Community Discharge Team"


class Settings(BaseSettings):
    """Everything that can be set. `roles` says which parts run in which process."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="ASCBRIDGE_", env_nested_delimiter="__"
    )

    data_dir: Path = Path("data")
    database_url: str = ""
    workers: int = Field(0, ge=0, le=64)
    invented_people: bool = False
    clock_file: Path | None = None
    master_key_file: Path | None = None
    batch: int = Field(200, ge=1, le=10_000)
    pause_ms: int = Field(20, ge=0, le=10_000)
    hold_minutes: float = Field(10, gt=0)
    hold_tries: int = Field(5, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    mllp: MllpSettings = MllpSettings()
    http: HttpSettings = HttpSettings()
    sign_in: SignInSettings = SignInSettings()
    kafka: KafkaSettings = KafkaSettings()
    sink: SinkSettings = SinkSettings()
    council: CouncilSettings = CouncilSettings()
    discharge: DischargeSettings = DischargeSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # pydantic-settings names its sources so
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # no hidden files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # secrets stay in files
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let variables win over the file, which arrives as init arguments."""
        return env_settings, init_settings

    @property
    def on_postgres(self) -> bool:
        """Whether state is in PostgreSQL rather than in SQLite files under `data_dir`."""
        return bool(self.database_url)

    @model_validator(mode="after")
    def _together(self) -> Self:
        faults = []
        if self.kafka.bootstrap and not self.database_url:
            faults.append("kafka.bootstrap is set but database_url is not: Kafka needs PostgreSQL beside it")
        if self.database_url and not self.database_url.startswith("postgresql+asyncpg://"):
            faults.append("database_url must begin with postgresql+asyncpg://")
        if self.database_url and not self.kafka.bootstrap:
            faults.append("database_url is set but kafka.bootstrap is not: PostgreSQL needs Kafka beside it")
        if not self.http.address.loopback and not (self.sign_in.issuer and self.http.tls):
            faults.append(
                f"http.address {self.http.address.host} can be reached from other machines: "
                "set sign_in.issuer and http.tls, or listen on 127.0.0.1"
            )
        if not self.mllp.address.loopback and not (
            (self.mllp.tls and self.mllp.tls.client_ca) or self.mllp.allowed_senders
        ):
            faults.append(
                f"mllp.address {self.mllp.address.host} can be reached from other machines: "
                "set mllp.tls with client_ca, or mllp.allowed_senders, or listen on 127.0.0.1"
            )
        if faults:
            raise ValueError("; ".join(faults))
        return self


def load(path: Path | None = None, **overrides: object) -> Settings:
    """Read settings from `path` (TOML) and the environment; `overrides` come from the command line and win.

    Raises `ConfigError` with one line for each fault.
    """
    values: dict[str, object] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"{path}: there is no such file") from None
        except tomllib.TOMLDecodeError as fault:
            raise ConfigError(f"{path}: not TOML: {fault}") from None
    for dotted, value in overrides.items():
        _set(values, dotted.split("__"), value)
    try:
        return Settings(**values)  # type: ignore[arg-type]  # pydantic judges what a file holds
    except ValidationError as fault:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in fault.errors()]
        raise ConfigError("\n".join(lines)) from None


def _set(values: dict[str, object], names: list[str], value: object) -> None:
    for name in names[:-1]:
        below = values.setdefault(name, {})
        assert isinstance(below, dict)
        values = below
    values[names[-1]] = value
