"""Members of a JSON object that nobody reads: of the contract, and of objects of the sender's own making."""

from __future__ import annotations

import json

from ascbridge.intake.sources.contract_members import Member, Text
from ascbridge.intake.sources.profile import Column, ObjectSection
from ascbridge.intake.sources.unread import unnamed_members, unread_members


class _Inner(Member):
    name: Text


class _Outer(Member):
    id: Text
    inner: _Inner | None = None
    several: tuple[_Inner, ...] = ()


def test_members_beside_the_models_are_told_at_every_depth() -> None:
    told: dict[tuple[str | int, ...], str] = {}
    sent = {
        "id": "1", "extra": "x", "inner": {"name": "a", "more": 7}, "several": [{"name": "b"}, {"name": "c", "odd": "y"}],
        "empty": None, "none": [],
    }  # fmt: skip
    unread_members(
        json.dumps(sent).encode(), _Outer, lambda thing, text: told.setdefault(thing, text) and None
    )
    assert told == {
        ("member", "$", "extra"): "x", ("member", "$", "inner", "more"): "7", ("member", "$", "several", "odd"): "y",
    }  # fmt: skip


def test_members_that_no_part_of_a_profile_names_are_told() -> None:
    told: dict[tuple[str | int, ...], str] = {}
    section = ObjectSection(
        when={"type": "S"}, fact="package", members={"client.ref": Column(to="person.council_id")}
    )
    sent = {"type": "S", "client": {"ref": "1", "shoe": "9"}, "cost": 12.5}
    unnamed_members(
        json.dumps(sent).encode(), [section], lambda thing, text: told.setdefault(thing, text) and None
    )
    assert told == {("member", "$", "client.shoe"): "9", ("member", "$", "cost"): "12.5"}
