"""Each line of an error summary names the field that it is about, on every form of the desk, and leads to it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.nights import leaves_by_herself
from tests.web.splitting import split_once, task_of_evans

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

WRONG: dict[str, tuple[str, dict[str, str], str]] = {
    "drop": ("/tasks/{task}/drop", {"choice": ""}, "Why is the task not needed? Choose one"),
    "ask the ward": ("/tasks/{task}/ask", {"who": "Nurse", "text": ""}, "What did you ask? "),
    "pack": ("/tasks/{task}/pack/waive", {"items": "", "reason": ""}, "One is not needed: Choose one of the list"),
    "receipt": ("/tasks/{task}/pack/ask-receipt", {"text": ""}, "Asked of: Say of whom it is asked"),
    "assessor": ("/tasks/{task}/assessment/attach", {"on": "2026-10-17", "text": "x"}, "Choose who assessed"),
    "day": ("/tasks/{task}/assessment/attach", {"assessor": "react", "text": "x"}, "Write on which day it was made"),
    "words": ("/tasks/{task}/assessment/attach", {"assessor": "react", "on": "2026-10-17"}, "Say who made it"),
    "urgent": ("/tasks/{task}/urgent", {"choice": "the-moon", "text": "x"}, "What is urgent: Choose one of the list"),
    "tonight": ("/tasks/{task}/urgent", {"choice": "alone-tonight"}, "Write what must be done tonight"),
    "sub-task": ("/sub-tasks/{sub}/stop", {"choice": "the-moon"}, "Why is it not needed? Choose one of the list"),
    "night": ("/night/{matter}/ring", {"choice": "the-moon"}, "Who was rung? Choose one of the list"),
    "together": ("/worklist/together/pause", {"chosen": "{task}.0.1"}, "Why does it wait? Choose one"),
    "enter a stay": ("/enter-stay", {"nhs_number": "9993000019"}, "Choose the hospital from the list"),
}  # fmt: skip
"""A form of each kind, filled in wrong, and what its summary says."""
PAGES = {"together": "/worklist/together?act=pause&chosen={task}.0.1"}
"""Where a form stands that is not at the address of its act without the act."""


@pytest.mark.parametrize("form", WRONG)
def test_each_line_names_its_field_and_leads_to_it(
    form: str, city: City, somebody: Callable[..., Someone]
) -> None:
    path, fields, line = WRONG[form]
    task = task_of_evans(city).task_id
    values: dict[str, Any] = {"task": task, "sub": split_once(city, "transport") if "{sub}" in path else "",
                              "matter": leaves_by_herself(city) if "{matter}" in path else ""}  # fmt: skip
    someone = somebody("discharge-team")
    path = path.format(**values)
    page = PAGES.get(path.rpartition("/")[0].rpartition("/")[2], path.rpartition("/")[0])
    at = {"drop": path, "ask": path, "urgent": path, "enter-stay": path}.get(path.rpartition("/")[2], page)
    answer = someone.fill(path, at.format(**values), **{k: v.format(**values) for k, v in fields.items()})
    assert answer.status_code == 422, answer.text
    shown = html.unescape(answer.text)
    summary = shown[shown.index('class="nhsuk-error-summary"') :]
    lines = re.findall(r'<a href="#([^"]+)">\s*([^<]+?)\s*</a>', summary[: summary.index("<h1")])
    assert lines, summary[:600]
    assert any(line in said for _, said in lines), lines
    for where, said in lines:
        assert said not in {"Choose one", "Choose one of the list"}
        assert f'id="{where}"' in shown, where
