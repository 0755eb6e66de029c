"""What goes with a person: by pathway and setting, nothing of it agreed, and no list that nobody could go by."""

import pytest

from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.list_files import BadList, read

SHIPPED = ReferenceLists().packs(0)
HEAD = """kind = "packs"
version = 2
effective_from = 2000-01-01
agreed = false
receipt = { minutes = 60, counts = "clock" }
[[waive]]
code = "not-needed"
words = "Not needed"
"""
ITEM = """[[item]]
code = "keys"
words = "Keys"
pathways = [1]
"""


@pytest.mark.parametrize(
    "pathway, setting, items",
    [
        (None, "home", 0),
        (0, "home", 0),
        (1, "home", 4),
        (1, "residential", 5),
        (2, "housing-with-care", 5),
        (3, "", 5),  # nobody said which setting: what any of them asks for
    ],
)
def test_the_checklist_follows_from_pathway_and_setting(
    pathway: int | None, setting: str, items: int
) -> None:
    found = SHIPPED.required(pathway, setting)
    assert len(found) == items
    assert ("infection-status" in found) == (items == 5)


def test_nothing_that_ships_is_agreed() -> None:
    assert not any(thing.agreed for thing in SHIPPED.things())
    assert {"summary", "needs", "getting-to-know-me", "medicines-checked"} < set(SHIPPED.words)


@pytest.mark.parametrize(
    "text, said",
    [
        (HEAD, "item: is needed"),
        (HEAD + ITEM + ITEM, "item keys stands there twice"),
        (HEAD + ITEM.replace("[1]", "[1, 4]"), "item keys: there is no pathway 4"),
        (HEAD + ITEM.replace("[1]", "[]"), "pathways"),
    ],
)
def test_a_list_that_nobody_could_go_by_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadList, match=said):
        read(text)
    assert read(HEAD + ITEM).ident == "packs@2"
