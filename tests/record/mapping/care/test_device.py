"""Equipment as FHIR, once it is there."""

import pytest

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.device import MAPPING
from tests.record.care_samples import care, made


def test_what_was_delivered_is_a_device() -> None:
    (device,) = made(MAPPING, care("equipment"))
    check(device)
    assert (device["status"], device["type"]["text"]) == ("active", "Pendant alarm")
    assert device["type"]["coding"][0]["code"] == "telecare"


def test_what_went_back_is_inactive() -> None:
    (device,) = made(MAPPING, care("equipment", status="returned"))
    check(device)
    assert device["status"] == "inactive"


@pytest.mark.parametrize("status", ["ordered", "failed", "cancelled"])
def test_what_never_came_is_none(status: str) -> None:
    assert made(MAPPING, care("equipment", status=status)) == []
