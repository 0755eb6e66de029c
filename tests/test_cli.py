"""The command: which commands it has. What each does is in tests/command_line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.testing import CliRunner

from ascbridge import __version__
from ascbridge.cli import app

if TYPE_CHECKING:
    from click.testing import Result


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def told(code: int, *arguments: object) -> str:
    """What a command said, once it ended with `code`."""
    done = run(*arguments)
    assert done.exit_code == code, done.output
    return done.output


def test_without_a_command_it_says_which_there_are() -> None:
    said = run().output
    for name in (
        "up",
        "serve",
        "send",
        "try",
        "trace",
        "dead-letters",
        "replay",
        "complete",
        "doctor",
        "master-key",
    ):
        assert name in said
    assert f"ascbridge {__version__}" in told(0, "version")
