"""What one setting may hold by itself."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ascbridge.config_sections import CouncilSettings, HostPort


@pytest.mark.parametrize(
    "text, host, port",
    [("127.0.0.1:2575", "127.0.0.1", 2575), (":80", "127.0.0.1", 80), ("[::1]:443", "::1", 443)],
)
def test_an_address_is_host_and_port(text: str, host: str, port: int) -> None:
    address = HostPort.parse(text)
    assert (address.host, address.port) == (host, port)


@pytest.mark.parametrize("text", ["", "host", "host:port", "host:70000"])
def test_another_text_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        HostPort.parse(text)


def test_a_section_holds_what_it_names_and_never_changes() -> None:
    council = CouncilSettings(folders={"old": {"folder": "/old"}})
    assert council.folders["old"].profile == "council-facts"
    with pytest.raises(ValidationError, match="frozen"):
        council.name = "Another"
    with pytest.raises(ValidationError, match="Extra inputs"):
        CouncilSettings(folders={"old": {"folder": "/old", "prefix": "x"}})
