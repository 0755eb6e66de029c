"""What is proposed to be split off: only what somebody stated, and only once."""

from ascbridge.discharge.deciding.rules import Told
from ascbridge.discharge.keeping.store import read_care
from ascbridge.discharge.stay.case_view import case_view
from ascbridge.discharge.sub_tasks.sub_proposals import Proposal, proposals
from ascbridge.reference.in_force import ReferenceLists
from tests.discharge.builders import Bench, at, details, ready
from tests.discharge.split import act, dementia, equipment, interpreter, split, sub_facts

KINDS = ReferenceLists().sub_tasks(0)


def proposed(bench: Bench, *, died: bool = False) -> tuple[Proposal, ...]:
    case = case_view(bench.write(lambda c: read_care(c, ["p1"])), died=died, review_years=2)
    return proposals(case, sub_facts(bench), KINDS)


def test_dementia_proposes_its_three_with_the_fact_that_coded_it(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    heard = bench.say(dementia("2026-03-05T10:00"))
    found = proposed(bench)
    assert [one.kind for one in found] == ["dementia-ot", "dementia-locksmith", "dementia-carers-trust"]
    assert {(one.event, one.since_ms) for one in found} == {(heard[0].event_id, at("2026-03-05T10:00"))}
    split(bench, "dementia-ot")
    assert [one.kind for one in proposed(bench)] == ["dementia-locksmith", "dementia-carers-trust"]


def test_nothing_is_guessed(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    bench.say(dementia("2026-03-05T10:00", ""), interpreter("2026-03-05T10:00", "no"))
    bench.say(equipment("2026-03-05T10:00", "ordered"), equipment("2026-03-05T10:00", "delivered", item="E8"))
    assert proposed(bench) == ()


def test_an_interpreter_and_each_thing_needed_to_go_home_are_proposed(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    bench.say(interpreter("2026-03-05T10:00"))
    bench.say(equipment("2026-03-05T10:00", "ordered", needed_for_discharge=True))
    bench.say(equipment("2026-03-05T10:00", "failed", item="E8", needed_for_discharge=True))
    assert sorted((one.kind, one.about, one.before_discharge) for one in proposed(bench)) == [
        ("equipment", "equipment:E7", True),
        ("equipment", "equipment:E8", True),
        ("interpreter", "", False),
    ]
    id = split(bench, "equipment", about="equipment:E7")
    act(bench, id, "stop", "done-elsewhere")  # it was decided upon, and is not asked again
    assert sorted(one.about for one in proposed(bench)) == ["", "equipment:E8"]


def test_housing_is_proposed_to_who_has_no_fixed_address_and_once(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00", fixed_address="no"), ready("2026-03-06T11:30"))
    case = case_view(bench.write(lambda c: read_care(c, ["p1"])), died=False, review_years=2)
    nowhere = Told("no", "e1", "PatientDetailsRecorded", at("2026-03-02T10:00"))
    (found,) = proposals(case, sub_facts(bench), KINDS, nowhere)
    assert (found.kind, found.event, found.since_ms) == ("housing", "e1", at("2026-03-02T10:00"))
    split(bench, "housing")
    assert proposals(case, sub_facts(bench), KINDS, nowhere) == ()
