"""An export that is not whole is told."""

import pytest

from ascbridge.operations.flowing import ledger_file


def test_an_export_without_its_end_is_told() -> None:
    assert ledger_file.flaws([{"number": 1}]) == ["the last line has no head: the end was cut off"]
    assert ledger_file.flaws([{"number": 0, "head": ""}]) == []


def test_what_is_no_export_is_refused() -> None:
    with pytest.raises(ValueError, match="no lines"):
        ledger_file.read(b"")
