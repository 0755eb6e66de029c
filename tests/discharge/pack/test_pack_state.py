"""A pack by what people did with it, whatever order their acts are read in."""

from hypothesis import given
from hypothesis import strategies as st

from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.pack.pack_state import pack_state, receipt_due
from ascbridge.reference.in_force import ReferenceLists

PACKS = ReferenceLists().packs(0)
ACTS = [
    Act(1, "present", "sam", 10, {"items": ["summary", "needs"]}),
    Act(
        2, "waive", "alex", 20, {"item": "getting-to-know-me", "reason": "person-declined", "list": "packs@1"}
    ),
    Act(3, "missing", "sam", 30, {"item": "needs"}),
    Act(4, "ask_receipt", "sam", 40),
    Act(5, "an act of a later version", "sam", 50),
]


@given(st.permutations(ACTS))
def test_the_later_word_about_an_item_holds(acts: list[Act]) -> None:
    state = pack_state(acts)
    assert {code: one.state for code, one in state.entries.items()} == {
        "summary": "present",
        "getting-to-know-me": "waived",
    }
    assert state.missing(PACKS.required(1, "home")) == ("needs", "medicines-checked")
    assert (state.asked_ms, state.asked_by, state.version) == (40, "sam", 5)


def test_a_receipt_is_waited_for_from_when_it_was_asked_until_it_came() -> None:
    assert receipt_due(pack_state(ACTS[:3]), PACKS) is None
    assert receipt_due(pack_state(ACTS), PACKS) == 40 + PACKS.receipt.minutes * 60_000
    came = [*ACTS, Act(6, "receipt", "alex", 90, {"received_ms": 80})]
    state = pack_state(came)
    assert (receipt_due(state, PACKS), state.received_ms, state.received_by) == (None, 80, "alex")
    again = pack_state([*came, Act(7, "ask_receipt", "sam", 100)])
    assert (again.received_ms, receipt_due(again, PACKS)) == (None, 100 + PACKS.receipt.minutes * 60_000)
