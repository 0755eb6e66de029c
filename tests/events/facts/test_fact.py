"""What every fact of the council's has: a slot of its own, a name for its thing, and a stamp."""

from ascbridge.events.facts.catalogue import FACTS, CouncilFact
from ascbridge.events.facts.fact import Fact

COUNCIL = [fact for fact in FACTS.values() if issubclass(fact, CouncilFact)]


def test_each_kind_of_thing_has_a_slot_of_its_own() -> None:
    slots = [fact.slot for fact in COUNCIL]
    assert len(set(slots)) == len(slots) == 18


def test_what_tells_two_things_of_a_kind_apart_is_a_field_that_must_be_said() -> None:
    for fact in COUNCIL:
        assert not fact.about or fact.model_fields[fact.about].is_required(), fact


def test_what_is_withheld_can_be_left_out() -> None:
    for fact in FACTS.values():
        assert all(not fact.model_fields[name].is_required() for name in fact.withheld), fact


def test_every_fact_says_what_it_means() -> None:
    assert all((fact.__doc__ or "").strip() and issubclass(fact, Fact) for fact in COUNCIL)
