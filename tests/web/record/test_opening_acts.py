"""What pages and programs share of openings: the settings decide how long and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.config_sections import RelationshipSettings
from ascbridge.storage.tables import opening
from ascbridge.web.app import create_app
from tests.web.city import MINUTE
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from tests.web.city import City


def test_how_long_it_is_open_and_by_when_it_is_looked_at_are_settings(city: City) -> None:
    rules = RelationshipSettings(open_minutes=15, review_hours=24, agreed_by="The Caldicott Guardian")
    settings = city.settings.model_copy(update={"relationship": rules})
    app = create_app(city.parts(settings=settings))
    duty, person = Someone(app).sign_in("front-door"), city.task_of(3).person_id
    duty.fill(f"/people/{person}/open", reason="Something else", words="Fell")
    (row,) = city.rows(opening)
    assert (row.until_ms - row.at_ms, row.due_ms - row.at_ms) == (15 * MINUTE, 24 * 60 * MINUTE)
    governor = Someone(app).sign_in("information-governance", "Imran Gill")
    governor.say_why()
    assert "as agreed by The Caldicott Guardian" in governor.get("/opened-without-relationship").text
