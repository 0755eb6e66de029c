"""What was derived is told apart by what it means."""

from __future__ import annotations

from ascbridge.operations.shadow.derived import marks


def test_a_resource_is_told_apart_by_its_elements_and_not_by_its_meta() -> None:
    old = {
        "resourceType": "Task",
        "id": "1",
        "meta": {"source": "a"},
        "status": "x",
        "owner": {"b": 1, "a": 2},
    }
    new = {
        "resourceType": "Task",
        "id": "1",
        "meta": {"source": "b"},
        "status": "y",
        "owner": {"a": 2, "b": 1},
    }
    one, other = marks(old), marks(new)
    assert [name for name in one if one[name] != other[name]] == ["status"]
