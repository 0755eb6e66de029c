"""A task's pack opened for a page: what is asked for first, then what else is there, and texts only where they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.access import Access
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.pack_desk import PackWish, pack_change
from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.web.discharge.pack_shown import PackShown, pack_shown
from ascbridge.web.people.people_shown import UNKNOWN
from tests.web.splitting import AMINA, task_of_evans

if TYPE_CHECKING:
    from tests.web.city import City


def shown(city: City, access: Access = Access.full, **fact: Any) -> PackShown:
    body = TaskFact.model_validate_json(task_of_evans(city).body).model_copy(update=fact)
    return city.bridge.read_now(
        lambda c: pack_shown(c, city.parts(), body, UNKNOWN, access, city.clock.at_ms)
    )


def test_what_is_asked_for_and_what_else_is_there(city: City) -> None:
    assert (shown(city).lines, shown(city).chosen) == ((), False)
    task = task_of_evans(city).task_id
    sitting = Sitting(city.desk, AMINA, 0, city.clock.at_ms)
    wish = PackWish("present", ("infection-status",), text="Canary-4711")
    city.bridge.write_now(lambda c: pack_change(c, sitting, task, wish))
    found = shown(city, pathway=1, setting="home")
    assert [(one.code, one.state, one.required) for one in found.lines] == [
        ("summary", "missing", True),
        ("needs", "missing", True),
        ("getting-to-know-me", "missing", True),
        ("medicines-checked", "missing", True),
        ("infection-status", "present", False),
    ]
    assert (len(found.missing), found.version, found.lines[-1].text) == (4, 1, "Canary-4711")
    assert "Canary" not in str(shown(city, Access.masked))
