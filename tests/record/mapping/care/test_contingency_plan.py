"""That there is a plan for when a carer cannot care, as FHIR."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.contingency_plan import MAPPING
from tests.record.care_samples import care, made


def test_a_carers_plan_stands_and_refers_to_the_carer() -> None:
    view = care("carer")
    (plan,) = made(MAPPING, view)
    check(plan)
    assert plan["status"] == "active"
    assert plan["supportingInfo"] == [{"reference": f"RelatedPerson/{view.part_id}"}]


def test_it_ends_with_the_caring() -> None:
    (plan,) = made(MAPPING, care("carer", status="ended"))
    check(plan)
    assert plan["status"] == "completed"


def test_there_is_none_where_nobody_said_so_or_the_person_is_restricted() -> None:
    assert made(MAPPING, care("carer", emergency_plan="no")) == []
    assert made(MAPPING, care("carer", emergency_plan="")) == []
    assert made(MAPPING, care("carer", restricted=True)) == []
