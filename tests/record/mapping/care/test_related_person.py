"""Carers and holders of powers as FHIR, and none of a restricted person's."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.related_person import MAPPING
from tests.record.care_samples import NAME, PHONE, care, made


def test_a_carer_is_named_and_can_be_called() -> None:
    (carer,) = made(MAPPING, care("carer"))
    check(carer)
    assert (carer["active"], carer["name"]) == (True, [{"text": NAME}])
    assert carer["telecom"] == [{"system": "phone", "value": PHONE}]
    assert carer["relationship"][0]["coding"][0]["code"] == "Carer"
    assert carer["relationship"][0]["text"] == "daughter"


def test_a_holder_of_a_power_says_which_and_since_when() -> None:
    (holder,) = made(MAPPING, care("legal_power"))
    check(holder)
    assert holder["relationship"][0]["coding"][0]["code"] == "lasting-power-health"
    assert holder["period"] == {"start": "2024-01-05"}


def test_a_power_that_nobody_listed_keeps_its_word() -> None:
    (holder,) = made(MAPPING, care("legal_power", kind="court order"))
    check(holder)
    assert holder["relationship"] == [{"text": "court order"}]


def test_who_no_longer_cares_or_decides_is_inactive() -> None:
    for slot, status in (("carer", "ended"), ("carer", "declined"), ("legal_power", "ended")):
        (each,) = made(MAPPING, care(slot, status=status))
        check(each)
        assert each["active"] is False


def test_a_restricted_person_has_none_and_without_the_sealed_part_nobody_is_named() -> None:
    assert made(MAPPING, care("carer", restricted=True)) == []
    assert made(MAPPING, care("legal_power", restricted=True)) == []
    view = care("carer")
    (carer,) = made(MAPPING, type(view)(view.person_id, view.part_id, view.fact))
    check(carer)
    assert "name" not in carer
