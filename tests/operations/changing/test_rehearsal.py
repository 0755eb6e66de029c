"""A rehearsal says what the switch then does: the same tasks, events and things heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.cutover.comparison_rules import shipped
from ascbridge.operations.changing import switching
from ascbridge.operations.changing.rehearsal import Rehearsal, Report
from ascbridge.operations.changing.switching import CannotSwitch
from ascbridge.record.preparing import Preparation
from ascbridge.record.views import Council
from ascbridge.storage import copying
from ascbridge.storage.tables import door_task
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTACT = {"id": "C-1", "received_on": "2026-10-15", "channel": "phone", "made_by": "family"}


class Unsigned(TwoSystems):
    signed = False


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path / "real")
    yield made
    made.close()


def both_speak(city: TwoSystems) -> None:
    """The old one knows of a contact; the new one knows that it came to something, and of one more."""
    city.say(OLD, "C100", MARY, "contact", **CONTACT)
    city.say(NEW, "N100", MARY, "contact", **(CONTACT | {"id": "C-2"}))


def rehearsed(city: TwoSystems, *words: str, to: str = NEW) -> Report:
    """Rehearse on a city of its own, opened on copies of the files."""
    folder = city.folder.with_name("copy")
    folder.mkdir()
    for name in ("bridge", "kept", "keys"):
        copying.copy_file(city.folder / f"{name}.db", folder / f"{name}.db")
    copy = type(city)(folder)
    assert copy.pair is not None
    translator, reception, _ = copy.handlers
    made = Rehearsal(
        copy.bridge, copy.log._table, copy.translator, reception, copy.handlers,
        Preparation("icr", Council("Coventry", "COVASC", "https://example.org/Id"), copy.data_keys), copy.pair,
        shipped(), copy.clock,
    )  # fmt: skip
    assert translator is copy.translator
    try:
        wish = switching.asked(words, to, "rehearsed", anyway=True, pair=copy.pair)
        return made.rehearse(wish)
    finally:
        copy.close()


def doors(city: TwoSystems) -> dict[str, str]:
    return {row.task_id: row.status for row in city.rows(door_task)}


def test_what_it_says_is_what_the_switch_does(city: TwoSystems) -> None:
    both_speak(city)
    before, said = doors(city), len(city.said("task"))
    found = rehearsed(city, "contact")
    assert doors(city) == before
    city.switch("contact")
    fresh = doors(city).keys() - before.keys()
    assert [(one.task_id, one.kind, one.before) for one in found.tasks] == [(*fresh, "triage", "")]
    assert found.tasks[0].after.startswith("requested, ")
    assert found.events["front-door-task-opened"] == len(city.said("task")[said:]) == 1
    assert (found.heard, found.held, found.refused) == (1, 0, 0)
    assert found.resources["ServiceRequest new"] == found.resources["Task new"] == 1
    assert found.compared["contact"] == {"agree": 0, "differs": 0, "missing": 1, "extra": 1}


def test_what_stands_against_it_is_said_and_it_is_rehearsed_all_the_same(tmp_path: Path) -> None:
    city = Unsigned(tmp_path / "real")
    both_speak(city)
    found = rehearsed(city, "contact")
    assert not found.go
    assert "not signed" in found.against[0]
    assert any(one.startswith("contact: agreement") for one in found.against)
    city.close()


def test_where_nothing_differs_nothing_changes(city: TwoSystems) -> None:
    city.say(OLD, "C100", MARY, "contact", **CONTACT)
    city.say(NEW, "N100", MARY, "review", id="R1", status="done", done_on="2026-10-10")
    found = rehearsed(city, "package")
    assert (found.tasks, found.events, found.resources, found.heard, found.held) == ((), {}, {}, 0, 0)


def test_what_is_heard_already_cannot_be_rehearsed(city: TwoSystems) -> None:
    with pytest.raises(CannotSwitch, match="heard already"):
        rehearsed(city, "contact", to=OLD)
