"""What is held of a person, for the person: whole, marked where it is about others, and never where the restricted are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.discharge.acts.assessment_desk import AssessmentWish, DocumentWish, assessment_change
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.people.membership import keys_of
from ascbridge.web.record.subject_access import subject_access
from tests.web.record.test_care_shown import evans
from tests.web.splitting import AMINA

if TYPE_CHECKING:
    from tests.web.city import City

CARER = {
    "id": "CR-1",
    "status": "assessed",
    "name": "Bert Evans",
    "phone": "01632 960104",
    "relationship": "husband",
}
PLAN = {"id": "SP-1", "status": "agreed", "goals": ["See my sister"]}


def file_of(city: City, person_id: str) -> Any:
    parts = city.parts()
    return city.bridge.read_now(lambda c: subject_access(c, parts, person_id, city.clock.at_ms))


def test_it_holds_what_was_said_and_marks_what_is_about_others(city: City) -> None:
    evans(city, carer=CARER)
    evans(city, support_plan=PLAN)
    found = file_of(city, city.task_of(0).person_id)
    assert (found["who"]["family_name"], found["who"]["nhs_number"]) == ("EVANS", "9993000019")
    said = {one["kind"]: one for one in found["care"]}
    assert said["CarerStated"]["carer_name"] == {"value": "Bert Evans", "third_party": True}
    assert said["SupportPlanStated"]["goals"] == {"value": ["See my sister"], "may_name_others": True}
    assert said["WorkerAllocated"]["worker_name"] == {"value": "Amina Yusuf", "third_party": True}
    assert len(found["stays"]) == 1
    assert found["timeline"]
    assert "safeguarding" in found["not_in_this_file"][0]


def test_of_a_restricted_person_nothing_tells_where_they_are(city: City) -> None:
    evans(city, carer=CARER)
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", pid={11: "1 INVENTED ROW^^COVENTRY^^CV99 1ZZ^GBR^H"}, extra=("ZU8||||2",),
              ward="W40^BAY 9^BED 9^RKB01")  # fmt: skip
    found = file_of(city, city.task_of(0).person_id)
    assert found["restricted"]
    said = str(found)
    words = (
        "INVENTED ROW",
        "CV99",
        "W40",
        "BAY 9",
        "W12",
        "RKB01",
        "Bert",
        "Integrated Locality Team",
        "Amina",
    )
    assert not [word for word in words if word in said]


def test_nothing_is_given_of_who_is_erased_or_nobody(city: City) -> None:
    person_id = city.task_of(0).person_id
    for key in city.bridge.read_now(lambda c: keys_of(c, [person_id]))[person_id]:
        city.erase(key)
    assert file_of(city, person_id) is None
    assert file_of(city, "nobody") is None


def test_it_says_what_a_document_is_called_and_where_it_is_kept(city: City) -> None:
    found = city.task_of(0)
    wish = AssessmentWish(
        "attach",
        assessor="react",
        on="2026-10-17",
        text="Jo",
        document=DocumentWish("Paper", "https://x.example/1"),
    )
    sitting = Sitting(city.desk, AMINA, 0, city.clock.at_ms)
    city.bridge.write_now(lambda c: assessment_change(c, sitting, found.task_id, wish))
    city.work()
    (one,) = file_of(city, found.person_id)["assessments"]
    assert (one["title"], one["url"], one["document"]["content_type"]) == (
        "Paper", "https://x.example/1", "application/pdf",
    )  # fmt: skip
