"""Which version of a profile holds when: the file before, each version from its moment on, and never more than it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake.agreed import profile_versions, profiles
from ascbridge.intake.agreed.profile_versions import THE_FILE, Wanted
from ascbridge.intake.agreed.profiles_in_force import FOR_EVER, ProfilesInForce, held_at, over_file
from ascbridge.people.actor import Actor
from tests.intake.revised import itk

if TYPE_CHECKING:
    from tests.web.city import City

OLA = Actor("Ola Green", "it-operations", "work", sign_in="a")
LATER = itk(("[codes.discharge_method]", '[codes.discharge_method]\nZZ = "1"'))


def put(city: City, text: str, from_ms: int) -> None:
    def act(connection: object) -> None:
        wanted = Wanted("itk-v24", text, "0" * 64, "", "")
        number = profile_versions.ask(connection, wanted, OLA, "why", 5)  # type: ignore[arg-type]  # a connection
        profile_versions.activate(connection, "itk-v24", number, from_ms, "Ola", "", 1)  # type: ignore[arg-type]  # the same

    city.bridge.write_now(act)


def test_the_file_holds_until_a_version_does_and_each_until_the_next(empty_city: City) -> None:
    now = [0]
    known = ProfilesInForce(empty_city.profiles, lambda: now[0])
    assert not empty_city.bridge.read_now(known.adopt)
    put(empty_city, LATER, 100)
    assert empty_city.bridge.read_now(known.adopt)
    assert not empty_city.bridge.read_now(known.adopt)
    assert [known.at("itk-v24", ms).number for ms in (0, 99, 100, 5_000)] == [0, 0, 1, 1]
    assert (known.at("itk-v24", 0).until_ms, known.at("itk-v24", 100).until_ms) == (100, FOR_EVER)
    assert known["itk-v24"].code("discharge_method", "ZZ") is None
    now[0] = 100
    assert known["itk-v24"].code("discharge_method", "ZZ") == "1"
    assert known.numbers() == {"itk-v24": 1, "council-facts": THE_FILE, "desk": THE_FILE}
    assert held_at(known, "itk-v24", 99) == empty_city.profiles["itk-v24"]
    assert held_at(empty_city.profiles, "itk-v24", 99) == empty_city.profiles["itk-v24"]
    assert len(known.every()) == 2
    assert sorted(known) == ["council-facts", "desk", "itk-v24"]
    assert len(known) == 3


def test_a_version_of_a_feed_that_the_settings_do_not_name_holds_nowhere(empty_city: City) -> None:
    put(empty_city, LATER, 100)
    known = ProfilesInForce({"desk": empty_city.profiles["desk"]}, lambda: 500)
    empty_city.bridge.read_now(known.adopt)
    assert known.numbers() == {"desk": THE_FILE}


def test_a_version_changes_what_it_may_and_leaves_the_rest_as_the_file_says() -> None:
    file = profiles.read("itk-v24")
    version = profiles.parse(LATER.replace('source_name = "', 'source_name = "Other '), "later")
    made = over_file(file, version)
    assert made.codes == version.codes
    assert made.feed == file.feed
    assert made.text_sha256 == version.text_sha256
    assert not over_file(file, profiles.parse(LATER, "later")).shadow


def test_a_version_of_a_feed_whose_file_nobody_signed_runs_in_shadow() -> None:
    file = profiles.read("itk-v24").model_copy(update={"signed_off": None})
    assert over_file(file, profiles.parse(LATER, "later")).shadow


def test_other_files_keep_their_versions(empty_city: City) -> None:
    put(empty_city, LATER, 100)
    known = ProfilesInForce(empty_city.profiles, lambda: 500)
    empty_city.bridge.read_now(known.adopt)
    known.relearn(dict(empty_city.profiles))
    assert known["itk-v24"].code("discharge_method", "ZZ") == "1"
    alone = known.only(empty_city.profiles["itk-v24"])
    assert alone.at("itk-v24", 500).number == THE_FILE
