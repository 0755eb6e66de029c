"""Mending on the pages: opened with a reason, tried out, agreed to by a second person, and nobody named anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import dead_letter, mending
from tests.web.faults import bury_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

WHO = {
    "local_id": "L300",
    "visit": "V300",
    "nhs_number": "9993000124",
    "name": "QUILLFEATHER^ADA",
    "ward": "W77^B 1^^RKB01",
}
NAMED = ("QUILLFEATHER", "9993000124", "L300", "V300", "W77", "INVENTED ROW", "CV99")


def letter(city: City) -> str:
    return (
        f"/operations/dead-letters/{bury_one(city, 'the profile no longer reads it', **WHO, pv1={4: 'ZZ'})}"
    )


def test_a_field_is_changed_tried_out_and_takes_effect(city: City, somebody: Callable[..., Someone]) -> None:
    page, ola = letter(city), somebody("it-operations", "Ola Green")
    assert f'href="{page}/mend"' in ola.get(page).text
    assert ola.fill(f"{page}/mend", why="").status_code == 422
    form = ola.fill(f"{page}/mend", why="the ward rang")
    assert ">PV1-4<" in form.text
    assert "{PID-5}" in form.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.text))
    bad = ola.post(f"{page}/mend/try", data=hidden | {"how": "", "place_0": "PV9-1", "value_0": "21"})
    assert (bad.status_code, "no segment PV9" in bad.text) == (422, True)
    made = ola.post(f"{page}/mend/try", data=hidden | {"how": "", "place_0": "PV1-4", "value_0": "21"})
    assert made.status_code == 303
    change = made.headers["location"]
    shown = ola.get(change)
    assert "Stay details recorded" in shown.text
    assert change in ola.get("/operations/changes").text
    assert change in ola.get(page).text
    for text in (form.text, bad.text, shown.text, ola.get(page).text):
        assert not [name for name in NAMED if name in text]
    assert ola.fill(f"{change}/try-again", change).headers["location"].endswith("done=tried")
    done = ola.fill(f"{change}/take-effect", change)
    assert "It has taken effect" in ola.get(done.headers["location"]).text
    assert {row.state for row in city.rows(dead_letter)} == {"mended"}
    assert ola.fill(f"{change}/refuse", change, why="too late").status_code in {409, 422}
    opened = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "message opened"]
    assert {(one.who, one.why) for one in opened} == {("Ola Green", "the ward rang")}


def test_a_change_of_whom_it_is_about_waits_for_a_second_person(
    city: City, somebody: Callable[..., Someone]
) -> None:
    page, ola = letter(city), somebody("it-operations", "Ola Green")
    form = ola.fill(f"{page}/mend", why="a wrong name")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.text))
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", form.text, re.DOTALL)
    assert text is not None
    plain = text[1].replace("&amp;", "&").replace("{PID-5}", "QUILL^ADA")
    change = ola.post(f"{page}/mend/try", data=hidden | {"how": "text", "text": plain}).headers["location"]
    assert "A second person must agree" in ola.get(change).text
    assert ola.fill(f"{change}/take-effect", change).status_code == 422
    assert city.rows(mending)[0].state == "asked"
    pat = somebody("it-operations", "Pat Field")
    assert "Agree, and let it take effect" in pat.get(change).text
    assert pat.fill(f"{change}/take-effect", change).headers["location"].endswith("done=mended")
    assert city.rows(mending)[0].decided_by == "Pat Field"
