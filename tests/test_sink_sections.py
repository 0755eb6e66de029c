"""The settings of a sink: what ships is our own store, and no Flag about safeguarding."""

from __future__ import annotations

from datetime import date

import pytest

from ascbridge import config
from ascbridge.config import ConfigError


def test_our_own_store_is_the_sink_and_holds_no_flag_about_safeguarding() -> None:
    sink = config.load().sink
    assert (sink.kind, sink.strategy, sink.safeguarding_flag.on) == ("builtin", "by-id", False)


def test_the_switch_is_read_as_a_file_says_it(tmp_path) -> None:
    text = """
        [sink]
        kind = "fhir"
        url = "https://icr.example/fhir"
        [sink.safeguarding_flag]
        on = true
        approved_by = "Anne Hall, Caldicott Guardian"
        approved_on = 2026-12-01
        read_by = "uhcw"
    """
    (tmp_path / "bridge.toml").write_text(text)
    switch = config.load(tmp_path / "bridge.toml").sink.safeguarding_flag
    assert (switch.on, switch.approved_on, switch.read_by) == (True, date(2026, 12, 1), "uhcw")


def test_an_organisation_that_the_access_table_does_not_have_reads_no_flag() -> None:
    with pytest.raises(ConfigError, match=r"sink\.safeguarding_flag\.read_by"):
        config.load(sink={"safeguarding_flag": {"read_by": "everybody"}})
