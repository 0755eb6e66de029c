"""Ids that follow from their cause, and partitions that follow from their key."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.facts.catalogue import PatientRestrictionLifted
from ascbridge.events.logs.envelope import (
    Cause,
    Draft,
    Ref,
    derived_id,
    following_id,
    id_millisecond,
    partition_of,
    time_led,
)

MS = st.integers(min_value=0, max_value=2**48 - 1)
PARTS = st.lists(st.text(max_size=20) | st.integers(), max_size=4)


@given(ms=MS, parts=PARTS)
def test_an_id_is_a_uuid_of_version_8_that_leads_with_its_millisecond(
    ms: int, parts: list[str | int]
) -> None:
    made = uuid.UUID(derived_id(ms, *parts))
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
    assert id_millisecond(str(made)) == ms
    assert made.int >> 80 == ms


@given(ms=MS, parts=PARTS)
def test_the_same_cause_always_gives_the_same_id(ms: int, parts: list[str | int]) -> None:
    assert derived_id(ms, *parts) == derived_id(ms, *parts)


def test_anything_else_gives_another() -> None:
    causes = [
        (1, "m1", "stay", 0),
        (1, "m1", "stay", 1),
        (1, "m1", "person", 0),
        (1, "m2", "stay", 0),
        (2, "m1", "stay", 0),
    ]
    assert len({derived_id(*cause) for cause in causes}) == len(causes)
    assert derived_id(1, "ab", "c") != derived_id(1, "a", "bc")


@given(early=MS, late=MS)
def test_ids_of_later_messages_sort_later(early: int, late: int) -> None:
    if early < late:
        assert derived_id(early, "x") < derived_id(late, "a")


def test_what_follows_from_a_key_has_its_time_and_is_the_same_each_time() -> None:
    key = "s" + time_led(1_791_200_000_000) + "5" * 20
    found = following_id("t", key, "discharge/x")
    assert found == following_id("t", key, "discharge/x")
    assert re.fullmatch(r"t[0-9a-f]{32}", found)
    assert found[1:13] == key[1:13]
    assert len({found, following_id("t", key, "discharge/y"), following_id("t", key, "discharge", "x")}) == 3


def test_an_id_is_what_it_was_when_it_was_first_given() -> None:
    # Stored ids must be found again by every later version.
    assert derived_id(1_762_084_800_000, "m1", "stay", 0) == "019a4470-4600-8c5c-a52a-6208aa48f522"


def test_a_key_has_its_partition_in_every_language() -> None:
    # SHA-256("p9") begins 26148c43; whoever writes a reader in another language can check against these.
    assert [partition_of(key, 8) for key in ("p0", "p1", "p9", "")] == [2, 4, 3, 2]
    assert partition_of("anything", 1) == 0


@given(key=st.text(), partitions=st.integers(min_value=1, max_value=64))
def test_a_partition_is_one_there_is(key: str, partitions: int) -> None:
    assert 0 <= partition_of(key, partitions) < partitions


def test_envelopes_cannot_be_altered() -> None:
    draft = Draft(Ref("patient", "RKB", "1"), "stay", 1, PatientRestrictionLifted())
    for value, name in ((draft, "slot"), (draft.about, "value"), (Cause("m1", "m1", 1), "kept_ms")):
        with pytest.raises(AttributeError):
            setattr(value, name, "other")
