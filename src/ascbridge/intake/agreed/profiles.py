"""Reads feed profiles: those shipped with the bridge, by name, and a deployer's own, by path."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from ascbridge.config import ConfigError
from ascbridge.intake.sources.profile import Profile, text_hash

_FOLDER = resources.files("ascbridge.intake.sources") / "profiles"


def shipped() -> tuple[str, ...]:
    """The names of the profiles that come with the bridge."""
    return tuple(sorted(p.name.removesuffix(".toml") for p in _FOLDER.iterdir() if p.name.endswith(".toml")))


def read(name_or_path: str) -> Profile:
    """Read a profile by its shipped name or by path. Raises `ConfigError` naming every fault in it."""
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
        if not path.is_file():
            raise ConfigError(f"feed profile {name_or_path}: there is no such file")
        text = path.read_text("utf-8")
    elif name_or_path in shipped():
        text = (_FOLDER / f"{name_or_path}.toml").read_text("utf-8")
    else:
        raise ConfigError(
            f"feed profile {name_or_path!r}: give a path ending in .toml, or one of {', '.join(shipped())}"
        )
    return parse(text, name_or_path)


def parse(text: str, name: str) -> Profile:
    """Read a profile from its TOML text; `name` is for telling faults apart."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"feed profile {name}: not TOML: {fault}") from None
    try:
        return Profile(**values, text_sha256=text_hash(text))
    except ValidationError as fault:
        lines = [f"feed profile {name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors()]
        raise ConfigError("\n".join(lines)) from None
