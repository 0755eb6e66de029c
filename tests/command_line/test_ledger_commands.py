"""What is no export is told, with its reason. The rest: `tests/web/operations/test_ledger_pages.py`."""

from pathlib import Path

from typer.testing import CliRunner

from ascbridge.cli import app


def test_a_file_that_is_no_export_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.txt"
    path.write_bytes(b"no json\n")
    done = CliRunner().invoke(app, ["ledger", "verify", str(path)])
    assert done.exit_code == 1
    assert "is no export of a ledger" in done.output
