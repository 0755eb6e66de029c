"""Free texts are opened for whoever may read them, and for nobody of whom it must not be known where they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.discharge.sub_tasks.sub_list import sub_story
from ascbridge.web.discharge.notes_shown import texts_of
from ascbridge.web.people.people_shown import UNKNOWN
from tests.web.splitting import split

if TYPE_CHECKING:
    from tests.web.city import City


def test_who_is_shown_what_was_written(city: City) -> None:
    id = split(city, "transport", text="Ring the son")
    story = city.bridge.read_now(lambda c: sub_story(c, id, city.clock.at_ms))
    assert story is not None

    def text(access: Access, *, restricted: bool = False) -> str:
        person = replace(UNKNOWN, restricted=restricted)
        (only,) = city.bridge.read_now(
            lambda c: texts_of(c, city.parts(), story.acts, person, access)
        ).values()
        return only

    assert text(Access.full) == "Ring the son"
    assert text(Access.masked) == "A text that your role is not shown"
    assert text(Access.full, restricted=True) == "Not shown: this person is restricted"
    city.erase(story.row.patient_key)
    assert text(Access.full) == "Erased"
