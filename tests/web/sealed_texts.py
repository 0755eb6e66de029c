"""Lets a test look at every text on its way into its seal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.logs import sealing

if TYPE_CHECKING:
    import pytest


def sealed_texts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, bytes]]:
    """Return a list that from now on gets the key and, in capitals, the text of whatever is sealed."""
    sealed: list[tuple[bytes, bytes]] = []
    really = sealing.AESGCM  # type: ignore[attr-defined]  # what the module has of its library

    class Watched:
        def __init__(self, key: bytes) -> None:
            self.key, self.really = bytes(key), really(key)
            self.decrypt = self.really.decrypt

        def encrypt(self, nonce: bytes, plain: bytes, about: bytes) -> bytes:
            sealed.append((self.key, bytes(plain).upper()))
            return bytes(self.really.encrypt(nonce, plain, about))

    monkeypatch.setattr(sealing, "AESGCM", Watched)
    return sealed
