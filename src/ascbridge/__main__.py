"""Runs the command as ``python -m ascbridge``."""

from ascbridge.cli import app

app(prog_name="ascbridge")
