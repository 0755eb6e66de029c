"""Tokens: one role, one hour, signed by this bridge's own key, and a slip for the audit that holds no token."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from ascbridge.events.logs.sealing import Keyring
from ascbridge.operations import tokens
from ascbridge.operations.scopes import scopes_of
from ascbridge.operations.tokens import BadToken

if TYPE_CHECKING:
    from pathlib import Path

KEYRING = Keyring(bytes(range(32)))


def test_a_token_says_who_which_role_and_until_when() -> None:
    text, slip = tokens.mint(KEYRING, "integration", "case system", "nightly pull")
    read = tokens.read(KEYRING, text)
    assert (read.token_id, read.role, read.who) == (slip.token_id, "integration", "case system")
    assert read.expires_s - read.minted_s == tokens.LIFE_S
    assert "nightly pull" not in text


def test_scopes_go_the_whole_way(tmp_path: Path) -> None:
    scopes = scopes_of(["patient/*.rs"], "p1")
    text, slip = tokens.mint(KEYRING, "integration", "partner", scopes=scopes)
    assert tokens.read(KEYRING, text).scopes == scopes
    tokens.leave_slip(tmp_path, slip)
    ((_, left),) = tokens.slips(tmp_path)
    assert left == slip
    assert tokens.read(KEYRING, tokens.mint(KEYRING, "integration", "x")[0]).scopes is None


def test_another_bridges_token_and_a_changed_one_are_refused() -> None:
    text, _ = tokens.mint(Keyring(bytes(32)), "integration", "x")
    with pytest.raises(BadToken):
        tokens.read(KEYRING, text)
    mine, _ = tokens.mint(KEYRING, "integration", "x")
    head, body, signature = mine.split(".")
    with pytest.raises(BadToken):
        tokens.read(KEYRING, f"{head}.{body[:-2]}AA.{signature}")
    for text in ("", "a.b.c", "not a token"):
        with pytest.raises(BadToken):
            tokens.read(KEYRING, text)


def test_an_old_token_and_one_without_a_signature_or_a_role_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.time()
    monkeypatch.setattr(tokens.time, "time", lambda: now - tokens.LIFE_S - 10)
    old, _ = tokens.mint(KEYRING, "auditor", "x")
    monkeypatch.undo()
    with pytest.raises(BadToken, match="ExpiredTokenError"):
        tokens.read(KEYRING, old)
    key = OctKey.import_key(KEYRING.lookup("secret", "token", "1") + KEYRING.lookup("secret", "token", "2"))
    claims = {
        "iss": "ascbridge",
        "sub": "x",
        "jti": "1",
        "exp": int(now) + 60,
        "iat": int(now),
        "role": "king",
    }
    with pytest.raises(BadToken, match="no role"):
        tokens.read(KEYRING, jwt.encode({"alg": "HS256"}, claims, key))
    for missing in ("sub", "jti", "exp", "iss"):
        less = {name: value for name, value in claims.items() if name != missing} | {"role": "auditor"}
        with pytest.raises(BadToken):
            tokens.read(KEYRING, jwt.encode({"alg": "HS256"}, less, key))


def test_a_slip_waits_in_a_file_that_holds_no_token(tmp_path: Path) -> None:
    text, slip = tokens.mint(KEYRING, "integration", "case system", "nightly pull")
    path = tokens.leave_slip(tmp_path, slip)
    assert list(tokens.slips(tmp_path)) == [(path, slip)]
    assert text.split(".")[2] not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_where_nothing_was_minted_nothing_waits(tmp_path: Path) -> None:
    assert list(tokens.slips(tmp_path)) == []
