"""Due times by signal and stage."""

import pytest

from ascbridge.reference.list_files import BadList
from tests.reference.lists import made

DUE = """
[look]
minutes = 240
counts = "working"

[[due]]
signal = "ready"
stage = "new"
minutes = 15
counts = "clock"
"""


def test_limits_are_found_and_said() -> None:
    due = made("due-times", DUE)
    assert due.of_work["ready", "new"].minutes == 15
    assert ("ready", "done") not in due.of_work
    assert [(one.name, dict(one.said)) for one in due.things()] == [
        ("A contradiction", {"is due after": "240 minutes of the team's hours"}),
        ("ready, new", {"is due after": "15 minutes by the clock"}),
    ]


def test_one_stage_has_one_limit() -> None:
    with pytest.raises(BadList, match="due time ready, new stands there twice"):
        made("due-times", DUE + DUE.partition("[[due]]")[1] + DUE.partition("[[due]]")[2])
