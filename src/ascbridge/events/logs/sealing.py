"""Sealing: what names anybody is kept and carried only as AES-256-GCM under a data key.

Data keys are wrapped by a master key: 32 random bytes in a file that only its owner may read. Three keys are
derived from it (HKDF, RFC 5869) and never do one another's work: one wraps data keys, one makes keyed hashes
for look-ups, one seals what the bridge notes for itself for a short while. Losing the file loses every name;
so it is backed up, apart from the data.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ascbridge.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

HASH_VERSION = 1
"""Which derived key makes look-ups; stored beside each, so that a new key can be brought in row by row."""

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_SHORTEST = len(_VERSION) + _NONCE_BYTES + 16


class MasterKeyFault(ConfigError):
    """The master key file cannot be used; the text says what to do."""


class SealBroken(ValueError):
    """Sealed bytes that were changed, cut, moved to another event, or sealed with another key."""


def seal(plain: bytes, key: bytes, associated: str) -> bytes:
    """Seal `plain` so that it opens only with the same 32-byte `key` and the same `associated` text.

    The result is a version byte, a random 12-byte nonce, and AES-256-GCM's output with its tag.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, associated.encode())


def unseal(sealed: bytes, key: bytes, associated: str) -> bytes:
    """Open what `seal` made. Raises `SealBroken`."""
    if len(sealed) < _SHORTEST or not sealed.startswith(_VERSION):
        raise SealBroken("not sealed by this bridge, or cut short")
    nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, associated.encode())
    except InvalidTag:
        raise SealBroken("changed, moved to another event, or sealed with another key") from None


class _KeyedHash:
    """HMAC-SHA256 (RFC 2104) with one key: what its key comes to is worked out once, and copied."""

    def __init__(self, key: bytes) -> None:
        block = key.ljust(hashlib.sha256().block_size, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, text: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()


class Keyring:
    """What follows from one master key: wrapping of data keys, keyed hashes for look-ups, and sealed notes."""

    def __init__(self, master: bytes) -> None:
        if len(master) != _KEY_BYTES:
            raise MasterKeyFault(f"a master key has {_KEY_BYTES} bytes, this one has {len(master)}")
        self._wrapping = _derived(master, "wrapping")
        self._hashing = _KeyedHash(_derived(master, f"look-ups {HASH_VERSION}"))
        self._noting = _derived(master, "notes")

    @classmethod
    def load(cls, path: Path, *, create: bool = False) -> Self:
        """Read the master key file, or with `create` make it first where there is none.

        Two processes may create it at once: both get the same key. Raises `MasterKeyFault`.
        """
        if create and not path.exists():
            _create(path)
        try:
            mode = path.stat().st_mode
            master = path.read_bytes()
        except FileNotFoundError:
            raise MasterKeyFault(
                f"{path}: no master key here. Restore it from its back-up; "
                "only a bridge that holds nothing yet may be given a new one"
            ) from None
        except OSError as fault:
            raise MasterKeyFault(f"{path}: cannot read the master key: {fault.strerror}") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise MasterKeyFault(f"{path}: others than its owner may read the master key: chmod 600 {path}")
        if len(master) != _KEY_BYTES:
            raise MasterKeyFault(f"{path}: a master key has {_KEY_BYTES} bytes, this file has {len(master)}")
        return cls(master)

    def __repr__(self) -> str:
        return "Keyring(...)"

    def lookup(self, kind: str, *parts: str) -> str:
        """Return the keyed hash (HMAC-SHA256, 32 hexadecimal digits) under which something is found again.

        It tells nothing without the master key, and `kind` keeps equal values of different kinds apart.
        """
        raws = [part.encode() for part in (kind, *parts)]
        return self._hashing.digest(b"".join([len(raw).to_bytes(4, "big") + raw for raw in raws]))[:16].hex()

    def new_data_key(self) -> bytes:
        """Return a fresh random data key."""
        return secrets.token_bytes(_KEY_BYTES)

    def wrap(self, data_key: bytes, associated: str = "") -> bytes:
        """Seal a data key with the master key, bound to `associated` (its own id)."""
        return seal(data_key, self._wrapping, associated)

    def unwrap(self, wrapped: bytes, associated: str = "") -> bytes:
        """Open a wrapped data key. Raises `SealBroken`, also for another master key's."""
        return unseal(wrapped, self._wrapping, associated)

    def seal_note(self, plain: bytes, associated: str) -> bytes:
        """Seal what the bridge notes for itself, bound to what it is about.

        No erasure takes its key: it is for what may name somebody, and is deleted within a day.
        """
        return seal(plain, self._noting, associated)

    def open_note(self, sealed: bytes, associated: str) -> bytes:
        """Open a note. Raises `SealBroken`, also for another master key's."""
        return unseal(sealed, self._noting, associated)


def _derived(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"ascbridge {purpose}".encode()).derive(master)


def _create(path: Path) -> None:
    """Make the file whole or not at all; where another process made it meanwhile, leave that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        beside.unlink()
