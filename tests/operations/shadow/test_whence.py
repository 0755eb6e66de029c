"""Why two derivations differ: words for values, and what of a message is read otherwise."""

from __future__ import annotations

from ascbridge.operations.shadow.whence import _between, words_of


def test_values_are_shown_as_people_read_them() -> None:
    assert words_of("due_ms", 0) == "1970-01-01T00:00:00.000Z"
    assert words_of("looks", ["a", "b"]) == "a, b"
    assert words_of("status", None) == words_of("blocks", []) == ""


def test_codes_are_told_and_of_all_else_only_the_name() -> None:
    old = [{"method": {"source_code": "4", "code": ""}, "ward": "W1", "same": 1}]
    new = [{"method": {"source_code": "4", "code": "1"}, "ward": "W2", "same": 1}]
    assert _between(old, new) == "differs in method 4 is not mapped becomes 4 is 1, ward"
    assert _between(None, new) == "is said only now"
    assert _between(old, None) == "is no longer said"
    assert _between(old, [*old, *old]) == "is said another number of times"
