"""Next of kin as a RelatedPerson of their own, and none of a restricted person's."""

from dataclasses import replace

from ascbridge.record.checks import check
from ascbridge.record.mapping.next_of_kin import next_of_kin
from tests.record.samples import DETAILS, PERSON, PRESENT, RESTRICTED


def test_next_of_kin_are_named_and_can_be_called() -> None:
    (kin,) = next_of_kin(PRESENT)
    check(kin)
    assert kin["id"] == f"{PERSON}.kin"
    assert kin["name"] == [{"text": "Bob Canary"}]
    assert kin["relationship"][0]["coding"][0]["code"] == "N"


def test_who_is_restricted_or_gave_none_has_none() -> None:
    nobody = DETAILS.model_copy(update={"next_of_kin": " ", "next_of_kin_phone": ""})
    assert next_of_kin(RESTRICTED) == []
    assert next_of_kin(replace(PRESENT, details=nobody)) == []
