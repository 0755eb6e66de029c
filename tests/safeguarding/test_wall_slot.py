"""The slot: what a desk puts through it becomes a concern, once, and nothing comes back."""

from __future__ import annotations

import pytest

from ascbridge.people.behind_wall import ToldApart, WallShut
from ascbridge.safeguarding.wall_slot import WallSlot
from tests.safeguarding.behind import RANI, Behind

NOTE = ToldApart(
    person_id="n1", nhs_number="9993000019", family_name="EVANS", given_names="MARY", who="Nia Brown",
    role="discharge-team", once="t1.4", text="Afraid of her grandson",
)  # fmt: skip


async def test_a_discharge_teams_note_is_the_hospital_teams_concern_and_comes_once(behind: Behind) -> None:
    slot = WallSlot(behind.vault)
    assert await slot.put(NOTE) is None  # type: ignore[func-returns-value]  # that nothing comes back is the point
    await slot.put(NOTE)
    (listed,) = behind.lists(RANI)["to-decide"]
    said = listed.stood.said
    assert (said.account, said.origin, said.place) == ("Afraid of her grandson", "hospital-team", "hospital")
    assert (said.adult.person_id, said.raised_by.name) == ("n1", "Nia Brown")


async def test_another_desks_is_a_practitioners(behind: Behind) -> None:
    await WallSlot(behind.vault).put(ToldApart("n2", "Amy", "locality-team", "t2.1", "Worried"))
    (listed,) = behind.lists()["to-decide"]
    assert (listed.stood.said.origin, listed.stood.said.team) == ("practitioner", "intake")


async def test_nothing_and_an_attachment_are_not_taken(behind: Behind) -> None:
    for text in ("", "%PDF-1.7"):
        with pytest.raises(WallShut):
            await WallSlot(behind.vault).put(ToldApart("n2", "Amy", "locality-team", "t2.1", text))
    assert behind.lists()["to-decide"] == []


def test_what_is_handed_in_does_not_show_its_words_when_it_is_printed() -> None:
    assert "grandson" not in repr(NOTE)
    assert "EVANS" not in repr(NOTE)
