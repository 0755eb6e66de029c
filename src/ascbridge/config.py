"""Settings: one frozen model, read from a TOML file, `ASCBRIDGE_...` variables and the command line.

Every fault is told at once, at start, with the setting's name. No setting is a secret: settings name secrets' files.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from ascbridge.alert_sections import AlertSettings
from ascbridge.config_sections import (
    HEALTH_PORTS,
    CouncilSettings,
    CutoverSettings,
    DischargeSettings,
    ElsewhereSettings,
    FeedSettings,
    FrontDoorSettings,
    HealthSettings,
    HostPort,
    HttpSettings,
    InContextSettings,
    KafkaSettings,
    MllpSettings,
    NudgeSettings,
    RelationshipSettings,
    ReplySettings,
    SafeguardingSettings,
    TelemetrySettings,
    WebhookSettings,
)
from ascbridge.retention_sections import RetentionSettings
from ascbridge.settings_together import disagreements
from ascbridge.sign_in_sections import SignInSettings
from ascbridge.sink_sections import SinkSettings


class ConfigError(Exception):
    """Settings that cannot be used; the text names each of them and says what to do."""


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
    batch_behind: int = Field(1_000, ge=1, le=10_000)
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
    cutover: CutoverSettings = CutoverSettings()
    webhook: WebhookSettings = WebhookSettings()
    discharge: DischargeSettings = DischargeSettings()
    replies: dict[str, ReplySettings] = {}
    elsewhere: dict[str, ElsewhereSettings] = {}
    nudges: NudgeSettings = NudgeSettings()
    alerts: AlertSettings = AlertSettings()
    retention: RetentionSettings = RetentionSettings()
    relationship: RelationshipSettings = RelationshipSettings()
    in_context: InContextSettings = InContextSettings()
    front_door: FrontDoorSettings = FrontDoorSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    safeguarding: SafeguardingSettings = SafeguardingSettings()

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
