"""A shadow on disk, as one that was built and compared leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.shadow import found, shadows
from ascbridge.operations.shadow.found import Difference, Field, Told
from ascbridge.operations.shadow.shadows import Candidate, Plan, Progress

if TYPE_CHECKING:
    from tests.web.city import City


def shadow_once(city: City, name: str = "next") -> None:
    """A shadow that was built and compared, with enough found for two pages."""
    plan = Plan(
        name, "1.0", "ola", city.clock.at_ms, (Candidate("a.toml", "feed", "itk-v24", "", "ab" * 32),), 1, 2
    )
    folder = shadows.begin(city.folder, plan, {"a.toml": b""})
    shadows.note(folder, Progress("built", 9, 9, 30, 10, 5.0, city.clock.at_ms, city.clock.at_ms))
    row = city.task_of(0)
    one = Difference(
        "task", "d2a", row.task_id, row.person_id, "requested, new", "cancelled", "rule: a@1:x becomes b@2:y",
        (Field("status", "requested", "cancelled"), Field("ward")), ("before: a@1:x open, because",),
    )  # fmt: skip
    other = Difference("record", "Task", "Task/1", "n9", "published", "", "feed itk-v24 is read otherwise")
    told = Told("live", name, city.clock.at_ms, {"task": 8}, {"tasks that somebody acted on since": 1})
    found.keep(folder / "found.db", told, [one, *[other] * found.PAGE])
