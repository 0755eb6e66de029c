"""The front door's task events: the whole task each time, and nothing that names anybody."""

from ascbridge.events.facts.catalogue import FACTS
from ascbridge.events.facts.front_door import FrontDoorTask, FrontDoorTaskOpened


def test_every_change_says_the_whole_task() -> None:
    kinds = {name: fact for name, fact in FACTS.items() if issubclass(fact, FrontDoorTask)}
    assert sorted(name.removeprefix("task.front-door-task-") for name in kinds) == [
        "cancelled.v1", "changed.v1", "completed.v1", "opened.v1", "resumed.v1",
    ]  # fmt: skip
    assert {tuple(fact.model_fields) for fact in kinds.values()} == {tuple(FrontDoorTask.model_fields)}


def test_nothing_in_it_is_sealed_or_withheld_because_nothing_names_anybody_or_a_place() -> None:
    assert (FrontDoorTaskOpened.seals, FrontDoorTaskOpened.withheld) == (None, frozenset())
    named = {"name", "address", "postcode", "phone", "provider", "ward", "note", "location"}
    assert not {part for field in FrontDoorTask.model_fields for part in field.split("_")} & named
