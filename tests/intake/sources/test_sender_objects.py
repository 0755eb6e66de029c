"""An object of the sender's own making becomes the fact that its profile says, and is then judged by the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ascbridge.intake.agreed.profiles import parse
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.door import SourceFault
from ascbridge.intake.sources.sender_objects import contract_form

PROFILE = parse(
    """
[feed]
name = "posts"
title = "Posts"
source = "council_facts"
source_name = "Another system"
authority = "X"

[[objects]]
when = { type = "Service", "meta.version" = "2" }
fact = "package"

[objects.members]
"event" = { to = "id" }
"changed" = { to = "recorded", date = "%Y-%m-%dT%H:%M:%SZ", zone = "UTC" }
"client.key" = { to = "person.council_id" }
"client.name" = { to = "person.family_name" }
"client.born" = { to = "person.birth_date" }
"client.gender" = { to = "person.gender", values = { "F" = "female" } }
"detail.key" = { to = "package.id" }
"detail.state" = { to = "package.status", values = { "ON" = "live" } }

[[objects]]
when = { type = "Client" }
fact = "known"

[objects.members]
"detail.open" = { to = "known" }
""",
    "posts",
)


def an_object(**detail: Any) -> bytes:
    return json.dumps(
        {
            "type": "Service",
            "meta": {"version": "2"},
            "event": "e-1",
            "changed": "2026-06-14T23:30:00Z",
            "client": {"key": "c-1", "name": "Marlowe", "born": "1941-03-07", "gender": "F", "hat": "none"},
            "detail": {"key": "s-1", "state": "ON"} | detail,
        }
    ).encode()


def test_an_object_is_the_fact_that_the_profile_says() -> None:
    assert json.loads(contract_form(an_object(colour="blue"), PROFILE.objects)) == {
        "id": "e-1",
        "recorded": "2026-06-14T23:30:00+00:00",
        "fact": "package",
        "person": {
            "council_id": "c-1",
            "family_name": "Marlowe",
            "birth_date": "1941-03-07",
            "gender": "female",
        },
        "package": {"id": "s-1", "status": "live"},
    }
    door = council_facts.check(an_object(), PROFILE)
    assert door.control_id == "e-1"
    assert [draft.slot for draft in door.translate({}).drafts] == ["person", "package"]


def test_the_first_section_whose_members_fit_reads_it() -> None:
    found = json.loads(contract_form(b'{"type": "Client", "detail": {"open": true}}', PROFILE.objects))
    assert found == {"id": found["id"], "fact": "known", "person": {}, "known": True}


def test_an_object_without_an_id_of_its_own_has_one_that_follows_from_what_it_states() -> None:
    def id_of(text: str) -> str:
        return json.loads(contract_form(text.encode(), PROFILE.objects))["id"]

    one = id_of('{"type": "Client", "detail": {"open": true}}')
    assert one.startswith("row-")
    assert id_of('{"detail": {"open": true, "hat": "none"}, "type": "Client"}') == one
    assert id_of('{"type": "Client", "detail": {"open": false}}') != one


def test_an_object_that_should_have_an_id_is_refused_without() -> None:
    with pytest.raises(SourceFault) as caught:
        council_facts.check(an_object().replace(b'"event"', b'"other"'), PROFILE)
    assert caught.value.segment == "$.id"


@pytest.mark.parametrize(
    "raw, place",
    [
        (b"not JSON", "$"),
        (b"[]", "$"),
        (b'{"type": "Invoice"}', "$"),
        (b'{"type": "Service", "meta": {"version": "3"}}', "$"),
        (an_object(state="OFF"), "$.detail.state"),
        (an_object(state={"is": "ON"}), "$.detail.state"),
    ],
)
def test_what_the_profile_does_not_say_is_refused_with_its_place(raw: bytes, place: str) -> None:
    with pytest.raises(SourceFault) as caught:
        contract_form(raw, PROFILE.objects)
    assert caught.value.segment == place
    assert "OFF" not in str(caught.value)


def test_a_member_that_is_missing_or_empty_is_the_contracts_to_judge() -> None:
    with pytest.raises(SourceFault) as caught:
        council_facts.check(an_object(state=None), PROFILE)
    assert caught.value.segment == "$.package.status"
