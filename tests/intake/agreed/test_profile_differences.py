"""What differs between two feed profiles is told place by place, and nothing else is."""

from __future__ import annotations

from importlib import resources

from ascbridge.intake.agreed import profiles
from ascbridge.intake.agreed.profile_differences import differences

TEXT = (resources.files("ascbridge.intake.sources") / "profiles" / "itk-v24.toml").read_text("utf-8")
OLD = profiles.parse(TEXT, "old")


def test_the_same_profile_differs_in_nothing_though_its_text_does() -> None:
    assert differences(OLD, profiles.parse(TEXT + "\n# a remark\n", "new")) == ()


def test_a_code_and_a_setting_are_told_with_what_they_were() -> None:
    codes = OLD.codes | {"discharge_method": OLD.codes["discharge_method"] | {"ZZ": "1"}}
    feed = OLD.feed.model_copy(update={"late_after_minutes": OLD.feed.late_after_minutes + 5})
    new = OLD.model_copy(update={"codes": codes, "feed": feed})
    was = OLD.feed.late_after_minutes
    assert set(differences(OLD, new)) == {
        "added: codes.discharge_method.ZZ: 1",
        f"changed: feed.late_after_minutes: {was + 5}, was {was}",
    }
    assert set(differences(new, OLD)) == {
        "removed: codes.discharge_method.ZZ: 1",
        f"changed: feed.late_after_minutes: {was}, was {was + 5}",
    }
