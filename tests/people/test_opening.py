"""Opening: whole or not at all, less where restricted, and erased for ever once the key is gone."""

from __future__ import annotations

import ast
import base64
from pathlib import Path

import pytest

from ascbridge.events.facts.catalogue import SealedPatient, SealedVisit, SealedWorker
from ascbridge.events.logs.sealing import SealBroken, seal
from ascbridge.people.opening import (
    ERASED,
    SealedValue,
    open_bytes,
    open_many,
    open_sealed,
    without_withheld,
)
from tests.people.ward import NOW, Ward

SRC = Path(__file__).resolve().parents[2] / "src" / "ascbridge"
WHO = SealedPatient(
    nhs_number="9990001006",
    family_name="HATHAWAY",
    given_names=("ANNE",),
    birth_date="1941-02-03",
    address_lines=("12 WARWICK ROW",),
    postcode="CV1 1EX",
    phones=("02476000000",),
    gp_name="DR LUCY",
    gp_practice="M86001",
    next_of_kin="WILL",
    next_of_kin_phone="07700900000",
)


def _seal(bridge: Ward, part: SealedPatient | SealedVisit, event: str) -> SealedValue:
    key = bridge.data_keys.ensure(bridge.connection, ["p1"], NOW)["p1"]
    return SealedValue(seal(part.model_dump_json().encode(), key.key, event), key.key_id, event)


def test_a_part_opens_as_what_it_was_from_bytes_and_from_the_text_in_an_event(bridge: Ward) -> None:
    value = _seal(bridge, WHO, "e1")
    assert isinstance(value.sealed, bytes)
    as_text = base64.b64encode(value.sealed).decode()
    for sealed in (value.sealed, as_text):
        opened = open_sealed(
            bridge.connection, bridge.data_keys, sealed, value.key_id, "e1", restricted=False
        )
        assert opened == WHO


def test_another_kind_of_part_is_asked_for_by_name(bridge: Ward) -> None:
    value = _seal(bridge, SealedVisit(visit_number="V778"), "e1")
    opened = open_many(bridge.connection, bridge.data_keys, [(value, True)], model=SealedVisit)
    assert opened == [SealedVisit(visit_number="V778")]


def test_of_a_restricted_person_neither_place_nor_contact_nor_kin_opens(bridge: Ward) -> None:
    value = _seal(bridge, WHO, "e1")
    opened = open_sealed(
        bridge.connection, bridge.data_keys, value.sealed, value.key_id, "e1", restricted=True
    )
    assert opened == SealedPatient(
        nhs_number="9990001006", family_name="HATHAWAY", given_names=("ANNE",), birth_date="1941-02-03"
    )


def test_once_the_key_is_gone_it_answers_erased_and_no_other_key_helps(bridge: Ward) -> None:
    value = _seal(bridge, WHO, "e1")
    bridge.data_keys.erase(bridge.connection, ["p1"], NOW)
    bridge.data_keys.ensure(bridge.connection, ["p1"], NOW)
    unknown = SealedValue(value.sealed, "never given", "e1")
    assert open_many(
        bridge.connection, bridge.data_keys, [(value, False), (unknown, False)], model=SealedPatient
    ) == [ERASED, ERASED]
    assert open_bytes(bridge.connection, bridge.data_keys, [value]) == [ERASED]


def test_a_part_moved_to_another_event_does_not_open(bridge: Ward) -> None:
    value = _seal(bridge, WHO, "e1")
    with pytest.raises(SealBroken):
        open_sealed(bridge.connection, bridge.data_keys, value.sealed, value.key_id, "e2", restricted=False)


def test_a_body_opens_as_it_came(bridge: Ward) -> None:
    key = bridge.data_keys.ensure(bridge.connection, ["l1"], NOW)["l1"]
    value = SealedValue(seal(b"MSH|^~\\&|", key.key, "m1"), key.key_id, "m1")
    assert open_bytes(bridge.connection, bridge.data_keys, [value]) == [b"MSH|^~\\&|"]


def test_parts_without_a_place_in_them_are_never_cut() -> None:
    assert without_withheld(SealedWorker(worker_name="Ms Okafor")) == SealedWorker(worker_name="Ms Okafor")


def test_nobody_unseals_but_opening_and_who_reads_or_mends_bodies() -> None:
    users = {
        str(path.relative_to(SRC))
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and any(name.name == "unseal" for name in node.names)
    }
    assert "people/opening.py" in users
    assert (
        users
        <= {
            "people/opening.py",
            "intake/reading/translator.py",
            "intake/keeping/giving_keys.py",  # whom a change of a message names
            "operations/mending/mend.py",
            "operations/finding/opening_message.py",  # one message, with a reason, audited
            "operations/flowing/sender_clocks.py",  # when its sender says that it was sent, and nothing else of it
            "operations/finding/unread_messages.py",  # whether one number stands in what nobody understood, with a reason, audited
        }
    )
