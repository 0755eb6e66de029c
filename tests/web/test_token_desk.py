"""Slips of minted tokens: taken up once each, and no token is good before its slip is in the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from ascbridge.operations.scopes import scopes_of
from ascbridge.operations.tokens import BadToken
from ascbridge.web.token_desk import MINTED, TokenDesk, entry

if TYPE_CHECKING:
    from tests.web.city import City


async def test_a_slip_is_taken_up_once_even_when_its_file_comes_back(empty_city: City) -> None:
    desk = TokenDesk(empty_city.parts())
    _, slip = tokens.mint(empty_city.keyring, "integration", "case system", "nightly")
    tokens.leave_slip(empty_city.folder, slip)
    assert await desk.take_up() == 1
    assert await desk.take_up() == 0
    tokens.leave_slip(empty_city.folder, slip)
    await desk.take_up()
    found = empty_city.bridge.read_now(lambda c: audit_search.entries(c, whom=f"token:{slip.token_id}"))
    assert [(one.what, one.who, one.role, one.why) for one in found] == [
        (MINTED, "case system", "integration", "nightly")
    ]
    assert list(tokens.slips(empty_city.folder)) == []


async def test_a_token_is_good_as_soon_as_its_slip_is_there_and_not_before(empty_city: City) -> None:
    desk = TokenDesk(empty_city.parts())
    text, slip = tokens.mint(empty_city.keyring, "integration", "case system")
    with pytest.raises(BadToken, match="not written down"):
        await desk.accept(text)
    tokens.leave_slip(empty_city.folder, slip)
    assert (await desk.accept(text)).token_id == slip.token_id
    assert (await desk.accept(text)).role == "integration"


def test_the_entry_says_what_a_narrowed_token_may_read(empty_city: City) -> None:
    scopes = scopes_of(["patient/*.rs", "system/Organization.r"], "p1")
    _, slip = tokens.mint(empty_city.keyring, "integration", "x", scopes=scopes)
    assert entry("cli", slip).result == "scope patient/*.rs system/Organization.r p1"


def test_the_entry_names_the_token_and_never_holds_it(empty_city: City) -> None:
    text, slip = tokens.mint(empty_city.keyring, "auditor", "x")
    assert entry("cli", slip).whom == f"token:{slip.token_id}"
    assert text.split(".")[1] not in str(entry("cli", slip))
