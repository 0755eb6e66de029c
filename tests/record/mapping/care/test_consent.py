"""An objection as FHIR: told only to who held something before, and inactive once it was taken back."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.consent import MAPPING
from tests.record.care_samples import care, made


def test_who_held_something_is_told_that_sharing_is_denied() -> None:
    (consent,) = made(MAPPING, care("objection", objects=True, held=True))
    check(consent)
    assert (consent["status"], consent["provision"]) == ("active", {"type": "deny"})
    assert consent["dateTime"] == "2026-05-01"


def test_who_never_held_anything_hears_nothing() -> None:
    assert made(MAPPING, care("objection", objects=True, held=False)) == []


def test_an_objection_taken_back_is_inactive_and_denies_nothing() -> None:
    (consent,) = made(MAPPING, care("objection"))
    check(consent)
    assert consent["status"] == "inactive"
    assert "provision" not in consent
