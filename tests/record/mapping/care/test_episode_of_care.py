"""Support as FHIR: what it is and when, as the case system has it, until a death ends it."""

import pytest

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.episode_of_care import MAPPING
from tests.record.care_samples import care, made


@pytest.mark.parametrize(
    "slot, kind, text, status",
    [
        ("package", "package", "Home support", "active"),
        ("short_term", "short-term", "Reablement", "finished"),
        ("interim_support", "interim", "Home support, one call a day", "planned"),
        ("placement", "placement", "housing with care", "active"),
    ],
)
def test_each_kind_of_support_is_an_episode(slot: str, kind: str, text: str, status: str) -> None:
    (episode,) = made(MAPPING, care(slot))
    check(episode)
    assert episode["type"][0]["coding"][0]["code"] == kind
    assert (episode["type"][0]["text"], episode["status"]) == (text, status)
    assert "anary" not in str(episode)  # who gives it, and where, stays out of it


def test_a_suspended_package_is_on_hold_and_follows_from_its_request() -> None:
    (episode,) = made(MAPPING, care("package", status="suspended", request_id="c9"))
    check(episode)
    assert episode["status"] == "onhold"
    assert episode["referralRequest"] == [{"reference": "ServiceRequest/c9"}]


def test_a_death_ends_what_goes_on_and_cancels_what_never_began() -> None:
    (package,) = made(MAPPING, care("package", died=True, died_on="2026-05-06"))
    (interim,) = made(MAPPING, care("interim_support", died=True, died_on="2026-05-06"))
    for each in (package, interim):
        check(each)
    assert (package["status"], package["period"]) == (
        "finished",
        {"start": "2026-03-01", "end": "2026-05-06"},
    )
    assert interim["status"] == "cancelled"
    assert "period" not in interim


def test_an_end_before_the_start_is_left_out() -> None:
    (episode,) = made(MAPPING, care("package", status="ended", ended_on="2025-12-31"))
    check(episode)
    assert episode["period"] == {"start": "2026-03-01"}


def test_a_package_without_a_number_or_words_is_still_one() -> None:
    (episode,) = made(MAPPING, care("package", package="", kind="", service="long-term-community"))
    check(episode)
    assert "identifier" not in episode
    assert episode["type"][0]["text"] == "long term community"
