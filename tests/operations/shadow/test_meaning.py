"""What has meaning and what has none; and that of content only codes, states and moments of work are told."""

from __future__ import annotations

from ascbridge.operations.shadow.found import Field
from ascbridge.operations.shadow.meaning import _fields, _stands


def test_revisions_have_no_meaning_and_content_is_not_told() -> None:
    old = {"revision": 1, "rule": "a@1:x", "status": "requested", "ward": "W12", "stage": "new"}
    new = {"revision": 9, "rule": "b@2:y", "status": "cancelled", "ward": "W13", "stage": "new"}
    assert _fields(old, new) == (Field("status", "requested", "cancelled"), Field("ward"))
    assert _fields(old, {**old, "revision": 2, "delays": []}) == ()
    assert _fields({}, old) == (Field("stage", "", "new"), Field("status", "", "requested"))


def test_where_a_task_stands_is_told_in_few_words() -> None:
    assert _stands({}) == ""
    said = _stands({"status": "requested", "stage": "new", "owner_team": "Hub", "due_ms": 0})
    assert said == "requested, new, Hub"
