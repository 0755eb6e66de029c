"""No MAPPA, MARAC, Channel, position-of-trust or safeguarding case passes the door of the shared record, however named."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from ascbridge.people.telling_words import WORDS
from ascbridge.record.barred import CODES, is_barred
from ascbridge.record.checks import BadResource, check, faults
from ascbridge.record.mapping.bundle import resources, shared
from tests.record.samples import COUNCIL, person


def every() -> list[dict[str, Any]]:
    return [*resources(person(), COUNCIL), *shared([person()], COUNCIL).values()]


def coded(resource: dict[str, Any], code: str) -> dict[str, Any]:
    tag = {"system": "https://example.org/flags", "code": code}
    return resource | {"meta": resource.get("meta", {}) | {"tag": [tag]}}


@pytest.mark.parametrize("code", [*CODES, *(code.lower() for code in CODES)])
def test_no_resource_with_such_a_code_is_sent(code: str) -> None:
    for resource in every():
        with pytest.raises(BadResource) as fault:
            check(coded(copy.deepcopy(resource), code))
        assert str(fault.value) == f"{resource['resourceType']}: may not be published"


@pytest.mark.parametrize(
    "words", [*WORDS, "marac", "MARAC case", "Channel  Panel", "Position-of-trust", "a SAFEGUARDING enquiry"]
)
def test_no_resource_with_such_words_is_sent(words: str) -> None:
    for resource in every():
        said = resource | {
            "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}
        }
        assert faults([said]) == [f"{resource['resourceType']}: may not be published"]


def test_what_is_sent_today_passes_and_so_does_what_only_looks_like_it() -> None:
    assert faults(every()) == [""] * len(every())
    for harmless in ("channel", "Channel 4", "maracas", "a position", "trust", "MAPPAS"):
        assert not is_barred(orjson.dumps({"resourceType": "Task", "description": harmless})), harmless


def test_the_fault_names_no_such_case() -> None:
    (told,) = faults([coded(copy.deepcopy(every()[0]), "MARAC")])
    assert not is_barred(told.encode())
