"""Who hears of trouble, as settings say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge import config
from ascbridge.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

HOOK: dict[str, Any] = {"url": "http://hooks.example/x", "secret_file": "secret"}


@pytest.mark.parametrize(
    "alerts, said",
    [
        ({"to": ["a@b.example"]}, "nudges.smtp"),
        ({"then": [["a@b.example"]]}, "alerts.to"),
        ({"to": ["nobody"]}, "not a mail address"),
        ({"webhooks": {"teams": HOOK}}, "must begin with https://"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, alerts: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.load(None, data_dir=tmp_path, alerts=alerts)
