"""An empty section says exactly one of: none recorded, not supplied, late."""

from __future__ import annotations

from typing import Any

import pytest

from ascbridge.discharge.stay.case_view import Case
from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources.profile import CsvSection, FilesSection
from ascbridge.operations.flowing.flows import Feed, Heard
from ascbridge.web.record.case_shown import TITLES
from ascbridge.web.record.nothing_here import nothing_here, tells

COUNCIL = profiles.read("council-facts")
HOSPITAL = profiles.read("itk-v24")


def heard(name: str, *, late: bool = False) -> Heard:
    return Heard(Feed(name, name, 1), 1, late)


def states(feeds: list[Heard], profiles: dict[str, Any]) -> set[str]:
    found = nothing_here(Case(), feeds, profiles)
    assert [one.title for one in found] == list(TITLES.values())
    return {one.state for one in found}


@pytest.mark.parametrize("late, state", [(False, "none recorded"), (True, "late")])
def test_who_tells_everything_and_told_nothing_recorded_none_or_is_late(state: str, *, late: bool) -> None:
    feeds = [heard("council-facts", late=late), heard("itk-v24")]
    assert states(feeds, {"council-facts": COUNCIL, "itk-v24": HOSPITAL}) == {state}


def test_what_nobody_tells_is_not_supplied() -> None:
    assert states([heard("itk-v24", late=True)], {"itk-v24": HOSPITAL}) == {"not supplied"}


def test_a_feed_that_names_its_facts_tells_those_alone() -> None:
    packages = CsvSection(files="packages*.csv", fact="package", columns={})
    some = COUNCIL.model_copy(update={"files": FilesSection(csv=(packages,))})
    assert tells(some, "package")
    assert not tells(some, "equipment")
    assert not tells(
        some.model_copy(update={"text_sha256": "other"}), "package"
    )  # nobody signed it as it stands
    assert not tells(HOSPITAL, "carer")
