"""Acting on urgent matters: act and audit stand together, texts are sealed and bounded; the rest is in test_night_pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import urgent_act
from ascbridge.web.refusals import LONGEST_TEXT
from tests.web.nights import matter_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


def test_a_note_is_kept_sealed_no_longer_than_any_and_audited_without_its_text(
    city: City, somebody: Callable[..., Someone]
) -> None:
    id, nurse = matter_once(city), somebody("discharge-team")
    nurse.fill(f"/night/{id}/note", f"/night/{id}", text="Canary-4711 " * 1_000)
    (note,) = [row for row in city.rows(urgent_act) if row.act == "note"]
    assert LONGEST_TEXT <= len(note.sealed) < LONGEST_TEXT + 100
    raw = b"".join(path.read_bytes() for path in city.folder.glob("bridge.db*"))
    assert b"Canary-4711" not in raw
    (entry,) = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "urgent matter note"]
    assert (entry.who, entry.role, entry.where_from) == ("Nia Brown", "discharge-team", "session 127.0.0.1")


def test_an_act_that_is_refused_leaves_nothing_behind(city: City, somebody: Callable[..., Someone]) -> None:
    id, nurse = matter_once(city), somebody("discharge-team")
    before = len(city.rows(urgent_act))
    assert nurse.fill(f"/night/{id}/note", f"/night/{id}", text=" ").status_code == 422
    assert nurse.fill(f"/night/{id}/take-up", f"/night/{id}").status_code == 409
    assert len(city.rows(urgent_act)) == before
    whats = [one.what for one in city.bridge.read_now(audit_search.entries)]
    assert "urgent matter note" not in whats
    assert "urgent matter take-up" not in whats
