"""The section of the settings that says who hears that something is wrong."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ascbridge.config_sections import MailAddress, Section


class AlertHookSettings(Section):
    """Where alerts are posted, and the file of the secret that signs them."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    secret_file: Path


class AlertSettings(Section):
    """Who hears that something is wrong: `to` first, and what nobody acknowledges `then`, one list after another. Mail
    goes by the server of `nudges.smtp`.
    """

    to: tuple[MailAddress, ...] = ()
    then: tuple[tuple[MailAddress, ...], ...] = ()
    webhooks: dict[str, AlertHookSettings] = Field(default_factory=dict)
    escalate_minutes: float = Field(15, ge=1, le=1_440)
    quiet_from: time = time(20)
    quiet_to: time = time(8)
    docs: str = "docs"
    least_free_mb: int = Field(2_000, ge=1, le=10_000_000)
    sender_clock_minutes: float = Field(5, ge=1, le=720)
