"""Split-off work, read back for the record, refers to what of its person is published too."""

from ascbridge.events.facts.care import SealedNote
from ascbridge.events.facts.hospital_assessment import SealedDocument
from ascbridge.record.gathering import PartRow
from ascbridge.record.split_parts import assessment_view, sub_task_view
from tests.record.mapping.test_assessment_response import MADE
from tests.record.mapping.test_sub_task import PARENT, PLACING
from tests.record.samples import PERSON, PRESENT


def test_it_refers_to_its_task_and_stay_where_they_are_there() -> None:
    data = PLACING.model_dump_json().encode()
    task, stay = PartRow("task", PARENT, "p1", b"", ""), PartRow("stay", PLACING.spell, "p1", b"", "")
    for mine, found in (([], (False, False)), ([task], (True, False)), ([task, stay], (True, True))):
        view = sub_task_view(data, "m1", PRESENT, mine)
        assert (view.has_parent, view.has_stay, view.fact, view.person_id) == (*found, PLACING, PERSON)


def test_an_assessment_refers_to_its_task_and_stay_where_they_are_there() -> None:
    data = MADE.model_dump_json().encode()
    task, stay = PartRow("task", MADE.task, "p1", b"", ""), PartRow("stay", MADE.spell, "p1", b"", "")
    for mine, found in (([], (False, False)), ([task], (True, False)), ([task, stay], (True, True))):
        view = assessment_view(data, "m1", PRESENT, mine)
        assert (view.has_parent, view.has_stay, view.fact, view.person_id) == (*found, MADE, PERSON)


def test_what_an_assessment_sealed_of_a_document_is_of_its_own_kind_alone() -> None:
    data, paper = MADE.model_dump_json().encode(), SealedDocument(title="T")
    assert assessment_view(data, "m1", PRESENT, [], paper).sealed == paper
    assert assessment_view(data, "m1", PRESENT, [], SealedNote(note="x")).sealed is None
