"""Completing on demand: a map that was mended is read, and what waited for it comes right without a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.config import ConfigError
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.intake.sources.profile import SignedOff
from ascbridge.operations.finding import audit_search
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.operations.mending import completing
from ascbridge.operations.mending.completing import Completing, NotMapped, judged

if TYPE_CHECKING:
    from ascbridge.intake.sources.profile import Profile
    from tests.web.city import City

WHO = AuditEntry("work", "Ola Green", "it-operations", "")
ZZ = NotMapped("itk-v24", "discharge_method ZZ", 1)


def with_code(profile: Profile, sent: str = "ZZ") -> Profile:
    """The profile with one code more, signed as it now stands."""
    codes = profile.codes | {"discharge_method": profile.codes["discharge_method"] | {sent: "1"}}
    signed = SignedOff(by="the tests", on="2026-11-22", sha256="0" * 64)
    return profile.model_copy(update={"codes": codes, "text_sha256": "0" * 64, "signed_off": signed})


def leaves(city: City, code: str, number: int = 1) -> None:
    city.hear("A03", local_id=f"L{number}", visit=f"V{number}", nhs_number="", pv1={36: code, 37: "19"})


async def test_a_mended_map_completes_what_waited_and_reads_what_comes(empty_city: City) -> None:
    city = empty_city
    leaves(city, "ZZ")
    leaves(city, "YY", 2)
    files = dict(city.profiles)
    acting = Completing(city.translator, lambda: files, city.bridge)
    done = await acting.run(WHO, city.clock.at_ms)
    assert (done.completed, set(done.not_mapped)) == (0, {ZZ, NotMapped("itk-v24", "discharge_method YY", 1)})
    assert "itk-v24: the map is the one in use" in done.maps

    files["itk-v24"] = with_code(city.profiles["itk-v24"])
    done = await acting.run(WHO, city.clock.at_ms)
    assert done.completed == 1
    assert done.not_mapped == (NotMapped("itk-v24", "discharge_method YY", 1),)
    assert "itk-v24: the map was read again" in done.maps
    leaves(city, "ZZ", 3)
    assert city.bridge.read_now(completing.not_mapped) == done.not_mapped
    city.work()
    (hospital,) = (one for one in city.bridge.read_now(ledgers) if one.feed == "itk-v24")
    assert (hospital.kept, hospital.adds_up) == (3, True)
    entry, *_ = city.bridge.read_now(audit_search.entries)
    assert (entry.what, entry.whom, entry.result) == ("codes completed", "itk-v24", "1")


async def test_a_profile_that_cannot_be_read_changes_nothing(empty_city: City) -> None:
    city = empty_city
    leaves(city, "ZZ")

    def broken() -> dict[str, Profile]:
        raise ConfigError("feed profile itk-v24: not TOML")

    with pytest.raises(ConfigError):
        await Completing(city.translator, broken, city.bridge).run(WHO, city.clock.at_ms)
    assert city.bridge.read_now(completing.not_mapped) == (ZZ,)
    assert city.bridge.read_now(audit_search.entries) == ()


def test_only_a_code_map_may_change_in_a_running_process(empty_city: City) -> None:
    old = empty_city.profiles["itk-v24"]
    signed = with_code(old)
    unsigned = signed.model_copy(update={"signed_off": old.signed_off})
    elsewhere = signed.model_copy(update={"feed": old.feed.model_copy(update={"authority": "XYZ"})})

    def said(new: Profile | None) -> tuple[str, bool]:
        (line,), better = judged({"itk-v24": old}, {} if new is None else {"itk-v24": new}, {})
        return line.partition(": ")[2], bool(better)

    assert said(old) == ("the map is the one in use", False)
    assert said(signed) == ("the map was read again", True)
    assert said(unsigned) == ("the profile is not signed as it stands; restart to use it", False)
    assert said(elsewhere) == ("more than the code map changed; restart to use it", False)
    assert said(None) == ("the settings name another profile now; restart to use it", False)


def test_a_signature_that_makes_a_feed_live_waits_for_a_restart(empty_city: City) -> None:
    live = empty_city.profiles["itk-v24"]
    shadow = live.model_copy(update={"signed_off": None})
    assert judged({"itk-v24": shadow}, {"itk-v24": live}, {})[1] == {}
    assert judged({"itk-v24": shadow}, {"itk-v24": live}, {})[0] == [
        "itk-v24: the profile is signed now; restart to use it"
    ]


async def test_a_file_under_a_version_is_said_to_change_nothing(empty_city: City) -> None:
    from tests.operations.changing.test_feed_profiles import MAPS_YY, in_force  # it imports us

    city = empty_city
    files = dict(city.profiles)
    acting = Completing(city.translator, lambda: files, city.bridge)
    in_force(city, MAPS_YY)
    city.bridge.read_now(city.translator.adopt)
    first = (await acting.run(WHO, city.clock.at_ms)).maps
    assert "itk-v24: the file is as it was; the map in use is that of version 1 of the profile" in first
    files["itk-v24"] = with_code(city.profiles["itk-v24"])
    said = (await acting.run(WHO, city.clock.at_ms)).maps
    assert (
        "itk-v24: the file was read, and version 1 of the profile stands over it: the map in use is that of the version"
        in said
    )
    leaves(city, "ZZ")
    assert city.bridge.read_now(completing.not_mapped) == (ZZ,)


async def test_a_file_that_says_otherwise_of_a_code_has_messages_read_again(empty_city: City) -> None:
    from tests.operations.mending.test_mapping import methods  # it imports us

    city = empty_city
    files = dict(city.profiles)
    acting = Completing(city.translator, lambda: files, city.bridge)
    leaves(city, "1")
    leaves(city, "2", 2)
    was = with_code(city.profiles["itk-v24"])
    codes = was.codes | {"discharge_method": was.codes["discharge_method"] | {"1": "2"}}
    files["itk-v24"] = was.model_copy(update={"codes": codes})
    await acting.run(WHO, city.clock.at_ms)
    assert methods(city) == ["1", "2"]
    while await acting.read_again(city.clock.at_ms):
        city.work()
    assert methods(city) == ["1", "2", "2"]
