"""What a back-up holds beside databases: settings, feed profiles, rules, certificates; and secrets only if told to.

Found by walking the settings, so that a new setting that names a file is not forgotten. Packed into one archive that
the manifest signs. Put back where each stood, and never over anything. Never in it: the master key, which goes its own
way, the key of safeguarding, and the journal of erasures, which must be apart from every back-up.
"""

from __future__ import annotations

import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pydantic import BaseModel

from ascbridge.bootstrap.backups.manifest import BackupFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.config import Settings

NAME = "setup.tar"
APART = frozenset({"master_key_file", "erasures_file", "data_dir"})
OPEN = frozenset(
    {"certificate", "client_ca", "ca_file", "host_keys_file", "topics_file", "rules_file", "clock_file"}
)
"""Settings that name files which are no secret; every other file is one."""
LARGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class SetupFile:
    """One file that the settings name."""

    path: Path
    secret: bool


def found(settings: Settings, config_file: Path | None) -> list[SetupFile]:
    """Return every file that these settings name and that is there, the settings themselves first."""
    named = {path.absolute(): name not in OPEN for name, path in _paths(settings)}
    own = [SetupFile(config_file.absolute(), secret=False)] if config_file is not None else []
    return own + [
        SetupFile(path, secret and path.suffix != ".toml")
        for path, secret in sorted(named.items())
        if path.is_file() and (not own or path != own[0].path)
    ]


def packed(settings: Settings, config_file: Path | None, *, with_secrets: bool) -> tuple[bytes, list[str]]:
    """Return the archive, and which secrets were left out of it. Raises `OSError`."""
    left, held = [], io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for one in found(settings, config_file):
            if one.secret and not with_secrets:
                left.append(str(one.path))
                continue
            body = one.path.read_bytes()
            entry = tarfile.TarInfo(str(one.path).lstrip("/"))
            entry.size, entry.mode = len(body), one.path.stat().st_mode & 0o777
            archive.addfile(entry, io.BytesIO(body))
    return held.getvalue(), left


def put_back(archive: Path, root: Path = Path("/")) -> list[str]:
    """Put every file of an archive where it stood; what is there already stays. Return what to tell."""
    told = []
    with tarfile.open(archive) as held:
        for entry in held:
            place = PurePosixPath(entry.name)
            body = held.extractfile(entry)
            if body is None or place.is_absolute() or ".." in place.parts or entry.size > LARGEST:
                raise BackupFault(f"{archive.name} holds what no back-up of ours does: {entry.name}")
            told.append(_put(root / place, body.read(), entry.mode & 0o777))
    return told


def _put(target: Path, body: bytes, mode: int) -> str:
    if target.exists():
        same = target.read_bytes() == body
        return f"{target}: {'there already, as it was' if same else 'THERE ALREADY, AND OTHERWISE: left as it is'}"
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
    target.chmod(mode)
    return f"{target}: put back"


def _paths(value: object, name: str = "") -> Iterator[tuple[str, Path]]:
    if name in APART:
        return
    if isinstance(value, BaseModel):
        for each in type(value).model_fields:
            yield from _paths(getattr(value, each), each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _paths(each, name)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _paths(each, name)
    elif isinstance(value, Path):
        yield name, value
    elif isinstance(value, str) and value.endswith(".toml"):
        yield name, Path(value)  # a feed profile of the deployer's own
