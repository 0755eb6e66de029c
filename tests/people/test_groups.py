"""Who is one person: the same for the same statements, in whatever order they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ascbridge.people.groups import Statement, deciding, joined, own_person_id, pair_of, people

if TYPE_CHECKING:
    from ascbridge.people.groups import Pair

KEYS = ["pa", "pb", "pc", "pd", "pe"]
pairs = st.lists(st.sampled_from([pair_of(one, other) for one in KEYS for other in KEYS if one != other]))
members = st.fixed_dictionaries({key: st.integers(0, 3) for key in KEYS})
statements = st.lists(
    st.builds(
        Statement,
        pair=st.just(("pa", "pb")),
        joined=st.booleans(),
        kind=st.sampled_from(["merged", "decided"]),
        order=st.text("0123456789", min_size=3, max_size=3),
    ),
    unique_by=lambda statement: statement.order,
)


def _said(is_joined: object, kind: str, order: str) -> Statement:
    return Statement(("pa", "pb"), bool(is_joined), kind, order)


@given(members=members, pairs=pairs, data=st.data())
def test_the_order_of_pairs_and_members_does_not_matter(
    members: dict[str, int], pairs: list[Pair], data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(members.items()))))
    assert people(members, pairs) == people(shuffled, data.draw(st.permutations(pairs)) + pairs)


@given(members=members, pairs=pairs)
def test_joined_pairs_are_one_person_named_after_the_first_seen(
    members: dict[str, int], pairs: list[Pair]
) -> None:
    found = people(members, pairs)
    for one, other in pairs:
        assert found[one] == found[other]
    for person in set(found.values()):
        group = [key for key in KEYS if found[key] == person]
        assert person == own_person_id(min(group, key=lambda key: (members[key], key)))


def test_nobody_is_joined_without_a_path() -> None:
    found = people(dict.fromkeys(KEYS, 0), [("pa", "pb"), ("pb", "pc")])
    assert found["pa"] == found["pb"] == found["pc"]
    assert len({found[key] for key in ("pa", "pd", "pe")}) == 3


@given(said=statements, data=st.data())
def test_the_last_statement_decides_whatever_its_place(said: list[Statement], data: st.DataObject) -> None:
    expected = max(said, key=lambda statement: statement.order).joined if said else False
    assert joined(data.draw(st.permutations(said))) == expected


def test_what_was_said_stands_against_the_numbers_whenever_they_came() -> None:
    number, no_number = _said(True, "number", "9"), _said(False, "number", "9")
    assert joined([number])
    assert not joined([no_number])
    assert not joined([number, _said(False, "decided", "1")])
    assert joined([no_number, _said(True, "merged", "1")])
    assert deciding([number, _said(False, "decided", "1")]) == _said(False, "decided", "1")
    assert deciding([]) is None


def test_a_person_id_is_opaque_and_begins_with_a_letter() -> None:
    assert own_person_id("p1") != own_person_id("p2")
    assert own_person_id("p1").startswith("n")
    assert len(own_person_id("p1")) == 33
