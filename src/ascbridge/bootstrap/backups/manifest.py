"""What a back-up says of itself: its files with their sums, its moment, and which master key it needs.

Signed with that master key, so that a manifest that was changed, or put beside other files, shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.events.logs.sealing import Keyring

NAME = "manifest.json"
FORMAT = 1


class BackupFault(Exception):
    """A back-up that cannot be made or restored; the text says why and what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CopiedFile(_Part):
    """A file of the back-up, as it was written."""

    name: str
    bytes: int
    sha256: str


class Heard(_Part):
    """Up to where a feed's messages are in it: the last one's time (UTC epoch milliseconds) and control id."""

    feed: str
    last_ms: int
    control_id: str


class Manifest(_Part):
    """The whole of it. `made_ms`: when copying began, UTC epoch milliseconds."""

    format: int
    made_ms: int
    made_by: str
    version: str
    schema_revision: str
    key_check: str
    files: tuple[CopiedFile, ...]
    heard: tuple[Heard, ...]


def key_check(keyring: Keyring) -> str:
    """Return by what a master key is recognised; it tells nothing of the key."""
    return keyring.lookup("back-up", "which master key")


def write(folder: Path, made: Manifest, keyring: Keyring) -> Path:
    """Write the manifest, signed; return where."""
    path = folder / NAME
    said = {"manifest": made.model_dump(mode="json"), "signature": _signature(made, keyring)}
    path.write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n")
    path.chmod(0o600)
    return path


def read(folder: Path) -> tuple[Manifest, str]:
    """Return a back-up's manifest and its signature, neither of them proved. Raises `BackupFault`."""
    path = folder / NAME
    try:
        said = orjson.loads(path.read_bytes())
        made = Manifest.model_validate_json(orjson.dumps(said["manifest"]))
        signature = str(said["signature"])
    except FileNotFoundError:
        raise BackupFault(f"{folder} is no back-up that was finished: {NAME} is missing") from None
    except (ValueError, KeyError, TypeError, ValidationError) as fault:
        raise BackupFault(f"{path} cannot be read as a manifest: {type(fault).__name__}") from None
    if made.format != FORMAT:
        raise BackupFault(f"{path} is of format {made.format}, this version reads {FORMAT}")
    return made, signature


def prove(made: Manifest, signature: str, keyring: Keyring, key_path: Path) -> None:
    """See that this master key is the one, and that nobody changed the manifest. Raises `BackupFault`."""
    if made.key_check != key_check(keyring):
        raise BackupFault(f"{key_path} is another bridge's master key: nothing in this back-up opens with it")
    if signature != _signature(made, keyring):
        raise BackupFault(f"{NAME} was changed after the back-up was made: do not trust it")


def _signature(made: Manifest, keyring: Keyring) -> str:
    text = orjson.dumps(made.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return keyring.lookup("back-up", "manifest", text.decode())
