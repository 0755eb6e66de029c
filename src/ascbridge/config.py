"""Settings: one frozen model, read from a TOML file, `ASCBRIDGE_...` variables and the command line.

Every fault is told at once, at start, with the setting's name. No setting is a secret: settings name secrets' files.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from ascbridge.settings_together import disagreements


class ConfigError(Exception):
    """Settings that cannot be used; the text names each of them and says what to do."""


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


Words = Annotated[str, StringConstraints(min_length=1)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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
    feed: Words = "itk-v24"
    tls: TlsSettings | None = None
    allowed_senders: tuple[Annotated[str, AfterValidator(_an_address)], ...] = ()
    max_frame_bytes: int = Field(1_000_000, ge=1_000, le=64_000_000)
    idle_seconds: float = Field(3600, gt=0, le=604_800)
    resend_window_hours: float = Field(72, gt=0, le=8_760)


class FeedSettings(_Section):
    """What is set apart for one feed; what is left out is as for every other."""

    hold_minutes: float | None = Field(None, gt=0, le=10_080)
    hold_tries: int | None = Field(None, ge=1, le=1_000)


class HttpSettings(_Section):
    """Pages and interfaces."""

    address: HostPort = HostPort(port=8080)
    tls: TlsSettings | None = None


class HealthSettings(_Section):
    """Where a service without pages says how it is. None: its own port on loopback, see `HEALTH_PORTS`."""

    address: HostPort | None = None


HEALTH_PORTS = {"intake": 8081, "discharge": 8082, "record": 8083}
"""The services without pages that answer on a port of their own, and on which one unless settings say otherwise."""


class SignInSettings(_Section):
    """OpenID Connect. Without an issuer, sign-in is a one-time link and works on loopback only."""

    issuer: WebAddress = ""
    client_id: str = ""
    client_secret_file: Path | None = None
    role_claim: Words = "roles"


class KafkaSettings(_Section):
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


class SinkSettings(_Section):
    """Where the shared record is. `builtin` is the record store of this machine; `fhir` a FHIR R4 server."""

    name: Words = "icr"
    kind: Literal["builtin", "fhir"] = "builtin"
    url: WebAddress = ""
    token_file: Path | None = None
    people_per_bundle: int = Field(50, ge=1, le=500)
    in_flight: int = Field(2, ge=1, le=32)
    timeout_seconds: float = Field(30, gt=0, le=3_600)
    catch_up_per_second: float = Field(200, gt=0, le=100_000)


class CouncilSettings(_Section):
    """Who we are. Coventry's ODS code is not public: it stays configuration."""

    name: Words = "Coventry City Council"
    ods_code: Words = "COVASC"
    event_prefix: str = Field("uk.gov.coventry.asc", pattern=r"^[a-z][a-z0-9.]*$")
    identifier_base: Annotated[Words, AfterValidator(_web_address)] = "https://fhir.coventry.gov.uk/Id"
    facts_folder: Path | None = None
    facts_feed: Words = "council-facts"


class WebhookSettings(_Section):
    """Where the council's case system posts signed facts. Without an address nothing listens."""

    address: HostPort | None = None
    feed: Words = "council-webhook"
    secret_files: tuple[Path, ...] = Field((), max_length=2)
    tls: TlsSettings | None = None
    replay_seconds: float = Field(300, ge=10, le=3_600)
    max_body_bytes: int = Field(256_000, ge=1_000, le=4_000_000)


class DischargeSettings(_Section):
    """How the discharge desk works: the rule set, and files of reference data that replace the shipped ones."""

    rules: Words = "ready-opens"
    calendar_file: Path | None = None
    owner_team: Words = "Community Discharge Team"
    downtime_folder: Path | None = None
    downtime_minutes: float = Field(15, ge=1, le=24 * 60)


class _Variables(EnvSettingsSource):
    """Variables of the environment. A text where a list or a section is wanted is told as any other fault is."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


PREFIX = "ASCBRIDGE_"
OTHER_VARIABLES = {"MEMBER", "SERVICE", "UID", "GID"}
"""What our own containers say in variables of this prefix that is no setting."""


class Settings(BaseSettings):
    """Everything that can be set. `roles` says which parts run in which process."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
    )

    data_dir: Path = Path("data")
    database_url: str = ""
    workers: int = Field(0, ge=0, le=64)
    """Processes beside the working one that prepare what is published. On one machine; elsewhere run more services."""
    invented_people: bool = False
    clock_file: Path | None = None
    master_key_file: Path | None = None
    erasures_file: Path | None = None
    batch: int = Field(200, ge=1, le=10_000)
    pause_ms: int = Field(20, ge=0, le=10_000)
    hold_minutes: float = Field(10, gt=0, le=10_080)
    hold_tries: int = Field(5, ge=1, le=1_000)
    feeds: dict[str, FeedSettings] = {}
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    mllp: MllpSettings = MllpSettings()
    http: HttpSettings = HttpSettings()
    health: HealthSettings = HealthSettings()
    sign_in: SignInSettings = SignInSettings()
    kafka: KafkaSettings = KafkaSettings()
    sink: SinkSettings = SinkSettings()
    council: CouncilSettings = CouncilSettings()
    webhook: WebhookSettings = WebhookSettings()
    discharge: DischargeSettings = DischargeSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # ours tells more
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # no hidden files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # secrets stay in files
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let variables win over the file, which arrives as init arguments."""
        return _Variables(settings_cls), init_settings

    @property
    def on_postgres(self) -> bool:
        """Whether state is in PostgreSQL rather than in SQLite files under `data_dir`."""
        return bool(self.database_url)

    def health_address(self, service: str) -> HostPort | None:
        """Where a service says how it is and what it counts; None where it has no such port."""
        if service in {"web", "work"}:
            return self.http.address
        if self.health.address is not None or service not in HEALTH_PORTS:
            return self.health.address
        return HostPort(port=HEALTH_PORTS[service])

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, given: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Judge each setting by itself and those that rest on one another, and raise all that was found in one go."""
        found: list[InitErrorDetails] = []
        try:
            made = build(given)
        except ValidationError as fault:
            found = [_told(error["loc"], error["type"], error["msg"]) for error in fault.errors()]
            made = build(_without(given, {error["loc"][:2] for error in fault.errors()}))
        wrong = {_dotted(error["loc"][:2]) for error in found}
        for names, text in disagreements(made):
            if not any(name in wrong or name.partition(".")[0] in wrong for name in names):
                found.append(_told(tuple(names[0].split(".")), "disagree", text))
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return made


_ADVICE = {
    "extra_forbidden": "there is no such setting; docs/reference/settings.md lists them",
    "missing": "is needed",
    "model_type": "must be a section with settings of its own, not one value",
    "tuple_type": 'must be a list, such as ["192.0.2.7"]',
    "path_type": "must be the path of a file or folder, as text",
    "string_too_short": "must not be empty",
}
"""What to do, where pydantic's own words are not for somebody who sets things."""


def _told(loc: tuple[int | str, ...], kind: str, text: str) -> InitErrorDetails:
    for said, ours in (("Input should be", "must be"), ("String should", "must"), ("Value error, ", "")):
        text = text.replace(said, ours)
    told = PydanticCustomError("setting", "{text}", {"text": _ADVICE.get(kind, text)})
    return InitErrorDetails(type=told, loc=loc, input=None)


def _without(given: Any, wrong: Iterable[tuple[int | str, ...]]) -> dict[str, Any]:
    """What was given, less these settings: their defaults stand in while the others are judged."""
    left = {name: dict(value) if isinstance(value, dict) else value for name, value in given.items()}
    for section, *names in wrong:
        below = left.get(str(section))
        if names and isinstance(below, dict):
            below.pop(names[0], None)
        else:
            left.pop(str(section), None)
    return left


def _dotted(loc: Iterable[int | str]) -> str:
    return ".".join(map(str, loc))


def load(path: Path | None = None, **overrides: object) -> Settings:
    """Read settings from `path` (TOML) and the environment; `overrides` come from the command line and win.

    Raises `ConfigError` with one line for each fault.
    """
    values = _of_file(path) if path is not None else {}
    for dotted, value in overrides.items():
        _set(values, dotted.split("__"), value)
    lines = [
        f"{name}: there is no such setting; docs/reference/settings.md lists them"
        for name in _unknown_variables()
    ]
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # pydantic judges what a file holds
    except ValidationError as fault:
        lines += [f"{_dotted(error['loc'])}: {error['msg']}" for error in fault.errors()]
    if lines:
        raise ConfigError("\n".join(lines))
    return settings


def _of_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read: {fault.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path}: not TOML: {fault}") from None


def _unknown_variables() -> list[str]:
    """The variables of our prefix that name no setting: one letter wrong, and a setting would not be what it says."""
    named = [name for name in os.environ if name.upper().startswith(PREFIX)]
    known = {*map(str.upper, Settings.model_fields), *OTHER_VARIABLES}
    return sorted(name for name in named if name.upper().removeprefix(PREFIX).partition("__")[0] not in known)


def _set(values: dict[str, object], names: list[str], value: object) -> None:
    for name in names[:-1]:
        below = values.setdefault(name, {})
        if not isinstance(below, dict):  # the file has one value for a whole section, and that is told
            return
        values = below
    values[names[-1]] = value
