"""Reading again and completing, on pages: shown first, done with a reason, and not for those who only look."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from ascbridge.config import ConfigError
from ascbridge.operations.finding import audit_search
from ascbridge.operations.mending.completing import Completing
from ascbridge.storage.tables import position
from ascbridge.web.app import create_app
from tests.operations.mending.test_completing import with_code
from tests.web.conftest import Someone, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.intake.sources.profile import Profile
    from tests.web.city import City

FORM = "/operations/read-again"
LONG_AGO = f"{FORM}?consumer=record&start={quote('2026-01-01T10:00')}"


@pytest.fixture
def engineer(somebody: Callable[..., Someone]) -> Someone:
    return somebody("it-operations", "Ola Green")


def offsets(city: City, consumer: str) -> set[int]:
    return {row.next_offset for row in city.rows(position) if row.consumer == consumer}


def test_a_reader_reads_again_after_a_look_at_what_that_would_be(engineer: Someone, city: City) -> None:
    assert FORM in engineer.get("/operations").text
    form = engineer.get(FORM).text
    for name in ("translator", "discharge", "record"):
        assert f'value="{name}"' in form
    before = offsets(city, "record")
    page = engineer.get(LONG_AGO).text
    assert "record would read" in page
    assert "person, partition 0: from 1 to" in page
    assert offsets(city, "record") == before
    answer = engineer.fill(FORM, LONG_AGO, why="the record was mended")
    assert answer.status_code == 303
    assert "It begins within seconds." in engineer.get(answer.headers["location"]).text
    assert 1 in offsets(city, "record")  # where topic person begins
    entry, *_ = city.bridge.read_now(lambda c: audit_search.entries(c, whom="reader:record"))
    assert (entry.who, entry.what, entry.why) == ("Ola Green", "events read again", "the record was mended")


def test_a_question_that_cannot_be_answered_is_told_beside_the_form(engineer: Someone, city: City) -> None:
    before = offsets(city, "record")
    for path, said in (
        (f"{FORM}?consumer=record&start=soon", "Give a day and a time"),
        (f"{FORM}?consumer=nobody&start=2026-01-01T10:00", "has read anything"),
    ):
        answer = engineer.get(path)
        assert answer.status_code == 422
        assert said in answer.text
    fields = {"form_token": token(engineer.get(FORM).text), "consumer": "record", "start": "2026-01-01T10:00"}
    unexplained = engineer.post(FORM, data=fields | {"why": " "})
    assert unexplained.status_code == 422
    assert "Say why it is to be read again" in unexplained.text
    assert offsets(city, "record") == before
    assert (
        "It has read nothing since then."
        in engineer.get(f"{FORM}?consumer=record&start=2027-01-01T10:00").text
    )


def test_codes_that_nobody_mapped_are_shown_and_completed(city: City) -> None:
    files: dict[str, Profile] = dict(city.profiles)
    parts = city.parts(completing=Completing(city.translator, lambda: files, city.bridge))
    engineer = Someone(create_app(parts)).sign_in("it-operations", "Ola Green")
    page = engineer.get("/operations/not-mapped").text
    assert "discharge_destination XX" in page
    assert "0 messages completed" in engineer.fill("/operations/not-mapped").text
    city.hear("A03", local_id="L9", visit="V9", nhs_number="", pv1={36: "ZZ", 37: "19"})
    files["itk-v24"] = with_code(city.profiles["itk-v24"])
    page = engineer.fill("/operations/not-mapped").text
    assert "1 message completed" in page
    assert "the map was read again" in page
    assert "discharge_method ZZ" not in page
    assert "New messages are read by the new map" in page


def test_a_profile_that_is_broken_is_told_and_nothing_is_done(city: City) -> None:
    def broken() -> dict[str, Profile]:
        raise ConfigError("feed profile itk-v24: not TOML")

    parts = city.parts(completing=Completing(city.translator, broken, city.bridge))
    answer = Someone(create_app(parts)).sign_in("it-operations").fill("/operations/not-mapped")
    assert answer.status_code == 409
    assert "not TOML" in answer.text


def test_overseers_see_the_codes_and_touch_nothing(somebody: Callable[..., Someone], city: City) -> None:
    auditor, before = somebody("auditor"), offsets(city, "record")
    page = auditor.get("/operations/not-mapped").text
    assert "Read the maps again" not in page
    fields = {"form_token": token(page), "consumer": "record", "start": "2026-01-01T10:00", "why": "x"}
    assert auditor.post("/operations/not-mapped", data=fields).status_code == 403
    assert auditor.get(FORM).status_code == 403
    assert auditor.post(FORM, data=fields).status_code == 403
    assert offsets(city, "record") == before
