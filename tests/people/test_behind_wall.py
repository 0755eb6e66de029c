"""The slot in the wall as a desk knows it: where there is none, nothing is kept and somebody is told whom to ring."""

from __future__ import annotations

import pytest

from ascbridge.people.behind_wall import NoWall, ToldApart, WallShut

TOLD = ToldApart("n1", "Nia Brown", "discharge-team", "t1.1", "CANARY words", family_name="EVANS")


async def test_without_a_wall_nothing_is_taken() -> None:
    with pytest.raises(WallShut, match="ring the safeguarding team"):
        await NoWall().put(TOLD)
    with pytest.raises(WallShut, match="The wall is shut"):
        await NoWall("The wall is shut").put(TOLD)


def test_its_words_are_not_in_its_print() -> None:
    assert "CANARY" not in repr(TOLD)
    assert "EVANS" not in repr(TOLD)
