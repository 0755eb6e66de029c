"""Assessments by what people did with them, whatever order their acts are read in."""

from hypothesis import given
from hypothesis import strategies as st

from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.pack.assessment_state import Written, as_written, hospital_assessments, to_seal


def attached(version: int) -> Act:
    said = {"assessor": "react", "kind": "trusted", "on": "2026-03-05", "needs": {}, "list": "packs@1"}
    return Act(version, "assess", "sam", version * 10, said)


ACTS = [
    Act(1, "present", "sam", 5, {"items": ["summary"]}),
    attached(2),
    attached(3),
    Act(4, "reassess", "alex", 40, {"assessment": 2, "reason": "needs-changed", "list": "packs@1"}),
    Act(5, "assess_withdrawn", "alex", 50, {"assessment": 3}),
    Act(6, "reassess", "alex", 60, {"assessment": 99, "reason": "needs-changed", "list": "packs@1"}),
]


@given(st.permutations(ACTS))
def test_none_needs_another_until_somebody_says_why(acts: list[Act]) -> None:
    first, second = hospital_assessments(acts)
    assert (first.number, first.reassess, first.reassess_by, first.revision) == (
        2,
        "needs-changed",
        "alex",
        4,
    )
    assert (second.reassess, second.withdrawn, second.revision) == ("", True, 5)


@given(st.text(), st.text(alphabet=st.characters(exclude_characters="\x1e"), min_size=1))
def test_what_is_sealed_of_a_document_is_read_back_apart_from_what_was_written(text: str, title: str) -> None:
    assert as_written(to_seal(Written(text, title, "https://x"))) == (
        text.replace("\x1e", " "),
        title,
        "https://x",
    )
    assert as_written(to_seal(Written(text))) == (text.replace("\x1e", " "), "", "")
