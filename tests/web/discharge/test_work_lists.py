"""Lists beside the discharge tasks: read once, nobody opened for nothing, and what is not there is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.web.discharge import work_lists
from tests.web.splitting import split

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

MARK = re.compile(r'data-mark="([^"]+)"')


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Whose names were opened, list by list."""
    found: list[list[str]] = []
    shown = work_lists.people_shown

    def people_shown(connection: Any, data_keys: Any, keys: Any, *more: Any) -> Any:
        found.append(list(keys))
        return shown(connection, data_keys, keys, *more)

    monkeypatch.setattr(work_lists, "people_shown", people_shown)
    return found


def test_nobody_is_opened_for_a_page_that_shows_it_already(
    city: City, somebody: Callable[..., Someone], opened: list[list[str]]
) -> None:
    split(city, "therapy")
    someone = somebody("discharge-team")
    page = someone.get("/sub-tasks")
    (key,) = opened.pop()
    mark = MARK.search(page.text)
    assert mark
    assert key
    assert someone.get("/sub-tasks", headers={"x-mark": mark[1]}).status_code == 204
    assert opened.pop() == []
    split(city, "brokerage")
    again = someone.get("/sub-tasks", headers={"x-mark": mark[1]})
    assert (again.status_code, len(opened.pop())) == (200, 2)


def test_a_list_comes_in_pages(city: City, somebody: Callable[..., Someone]) -> None:
    for kind in ("therapy", "brokerage"):
        split(city, kind)
    someone = somebody("discharge-team")
    first = someone.get("/api/sub-tasks?limit=1").json()
    second = someone.get("/api/sub-tasks?limit=1&after=1").json()
    assert (first["more"], second["more"]) == (True, False)
    assert first["counts"]["open"] == 2
    assert first["sub_tasks"][0]["task_id"] != second["sub_tasks"][0]["task_id"]


@pytest.mark.parametrize(
    "role, path, said",
    [
        ("discharge-team", "/api/sub-tasks/u0", "There is no such sub-task."),
        ("front-door", "/api/front-door/tasks/t0", "There is no such task."),
    ],
)
def test_a_program_is_told_that_there_is_no_such_work(
    role: str, path: str, said: str, somebody: Callable[..., Someone]
) -> None:
    answer = somebody(role).get(path)
    assert (answer.status_code, answer.json()["detail"]) == (404, said)
