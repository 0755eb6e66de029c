"""The matching table: a test for each row, and what must hold of every combination."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from ascbridge.events.logs.envelope import Ref
from ascbridge.people.casefile import Patient
from ascbridge.people.details import first
from ascbridge.people.matching import Marking, compare, likeness, traits
from ascbridge.people.matching_table import (
    COMBINATIONS,
    FILE,
    Likeness,
    Row,
    TableFault,
    parse,
    row_of,
    rows,
)
from tests.people.ward import KEYRING, N1, N2, NOW, details

TEXT = (resources.files("ascbridge.people") / FILE).read_text("utf-8")
OTHER_NUMBER = {
    "verified": (N1, "01"),
    "unverified": (N1, "02"),
    "differs": (N2, "01"),
    "missing": ("", ""),
}
OTHER_BIRTH = {"same": "1941-02-03", "differs": "1941-03-02", "missing": "1941"}
OTHER_NAMES = {
    "same": ("O'Néill", ("M",)),
    "family-differs": ("Ash", ("Mary",)),
    "given-differs": ("ONEILL", ("Joan",)),
    "both-differ": ("Ash", ("Joan",)),
    "missing": ("ONEILL", ()),
}
OTHER_SEX = {"same": "female", "differs": "male", "missing": "unknown"}
OTHER_HOME = {"same": "cv15fb", "differs": "CV1 5FC", "missing": ""}


def _patient(
    key: str, number: tuple[str, str], birth: str, names: tuple[str, tuple[str, ...]], sex: str, home: str
):
    draft = details(
        Ref("patient", "RKB", key), status=number[1] or "01", nhs_number=number[0], birth_date=birth,
        family_name=names[0], given_names=names[1], postcode=home,
    )  # fmt: skip
    fact = draft.fact.model_copy(update={"gender": sex})
    one = Patient(key, f"n{key}", "RKB", NOW, *Marking(KEYRING).of(fact, draft.sealed))
    one.details = first(fact, draft.sealed, "1")
    return one


MARY = _patient("p1", (N1, "01"), "1941-02-03", ("O'NEILL", ("Mary", "Joy")), "female", "CV1 5FB")


def like(wanted: Likeness) -> Patient:
    """Return a patient who is this much like Mary."""
    return _patient(
        "p2",
        OTHER_NUMBER[wanted.number],
        OTHER_BIRTH[wanted.birth],
        OTHER_NAMES[wanted.names],
        OTHER_SEX[wanted.sex],
        OTHER_HOME[wanted.postcode],
    )


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_decides_on_two_such_patients_whichever_comes_first(row: Row) -> None:
    for wanted in row.combinations():
        other = like(wanted)
        assert likeness(traits(MARY), traits(other)) == wanted
        assert compare(MARY, other) == compare(other, MARY) == row


def test_each_combination_has_one_row() -> None:
    assert [wanted for row in rows() for wanted in row.combinations() if row_of(wanted) != row] == []
    assert {wanted for row in rows() for wanted in row.combinations()} == set(COMBINATIONS)
    assert len(COMBINATIONS) == 4 * 3 * 5 * 3 * 3


def test_only_a_match_joins_and_a_match_has_the_same_verified_number_and_birth_date() -> None:
    for wanted in COMBINATIONS:
        row = row_of(wanted)
        assert row.joins == (row.decision == "match")
        if row.joins:
            assert (wanted.number, wanted.birth) == ("verified", "same")
        if wanted.number == "differs":
            assert row.decision != "match"


def test_what_agrees_more_never_decides_less() -> None:
    """Sex or postcode that is the same never makes of a match or a *possible* something less."""
    rank = {"mismatch": 0, "possible": 1, "match": 2}
    for wanted in COMBINATIONS:
        for part in ("sex", "postcode"):
            better = wanted._replace(**{part: "same"})
            if wanted != better:
                assert rank[row_of(better).decision] >= rank[row_of(wanted).decision], (wanted, part)


def test_where_a_restricted_person_lives_is_not_compared() -> None:
    hidden = like(Likeness("missing", "same", "family-differs", "same", "same"))
    assert compare(MARY, hidden).decision == "possible"
    hidden.level = "local"
    assert likeness(traits(MARY), traits(hidden)).postcode == "missing"
    assert compare(MARY, hidden).decision == "mismatch"


def _cut(id: str) -> str:
    """Return the table without a row."""
    head, *parts = TEXT.split("[[row]]")
    return "[[row]]".join([head, *(part for part in parts if f'id = "{id}"' not in part)])


@pytest.mark.parametrize(
    "text, told",
    [
        (_cut("no-number-other-birth"), "no row for number missing, birth differs"),
        (
            TEXT + TEXT[TEXT.index("[[row]]") :].split("[[row]]")[1].join(["[[row]]", ""]),
            "two rows of this name",
        ),
        (
            TEXT.replace('id = "number-no-birth"\nnumber = ["verified"]', 'id = "number-no-birth"'),
            "is decided by",
        ),
        (
            TEXT.replace('decision = "possible"', 'decision = "match"'),
            "joins without the same verified number",
        ),
        (
            TEXT.replace(
                'names = ["same", "missing"]\n', 'names = ["same", "missing"]\npostcode = ["same"]\n', 1
            ),
            "joins by a postcode",
        ),
        (TEXT.replace('"both-differ"', '"differ"'), "row.4.names.0"),
        (TEXT.replace("why =", "because ="), "row.0.because"),
        ("[[row", "not TOML"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(text: str, told: str) -> None:
    with pytest.raises(TableFault, match=told.replace("[", r"\[")):
        parse(text)
    assert tomllib.loads(TEXT)
