"""Each statement and the schema by hand agree member by member, and each becomes the event that it should."""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import jsonschema_rs
import pytest

from ascbridge.events.facts.catalogue import FACTS, CouncilFact
from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import council_facts
from ascbridge.intake.sources.council_statements import FACT_NAMES, Statement, Statements
from ascbridge.intake.sources.door import SourceFault

CONTRACT = Path(__file__).resolve().parents[3] / "contracts" / "sources" / "council-facts"
SCHEMA = json.loads((CONTRACT / "schema.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)
PROFILE = read("council-facts")
GOOD = [json.loads(line) for line in (CONTRACT / "samples" / "good.jsonl").read_text("utf-8").splitlines()]
LAST = {line["fact"]: line for line in GOOD}
STATEMENTS = [name for name in FACT_NAMES if name != "known"]


def model(name: str) -> type[Statement]:
    (kind,) = (one for one in get_args(Statements.model_fields[name].annotation) if one is not type(None))
    return kind


def taken(line: dict[str, Any]) -> bool:
    try:
        council_facts.check(json.dumps(line).encode(), PROFILE)
    except SourceFault:
        return False
    return True


def test_every_fact_of_the_contract_has_a_sample_and_a_statement() -> None:
    assert set(LAST) == set(FACT_NAMES) == set(SCHEMA["properties"]["fact"]["enum"])


@pytest.mark.parametrize("name", STATEMENTS)
def test_schema_and_statement_have_the_same_members(name: str) -> None:
    said, fields = SCHEMA["$defs"][name], model(name).model_fields
    assert set(said["properties"]) == set(fields)
    assert set(said["required"]) == {each for each, field in fields.items() if field.is_required()}


@pytest.mark.parametrize("name", STATEMENTS)
def test_schema_and_statement_have_the_same_lists(name: str) -> None:
    for each, field in model(name).model_fields.items():
        if get_origin(field.annotation) is Literal:
            assert SCHEMA["$defs"][name]["properties"][each]["enum"] == list(get_args(field.annotation)), each


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("wrong", [7, "no such word", "x" * 3000, None, ["x"], {}, "2026-02-30"])
def test_schema_and_statement_refuse_the_same(name: str, wrong: object) -> None:
    for each, field in model(name).model_fields.items():
        line = json.loads(json.dumps(LAST[name]))
        line[name][each] = wrong
        calendar = (
            wrong == "2026-02-30" and get_origin(field.annotation) is not Literal
        )  # no schema knows one
        assert taken(line) == VALIDATOR.is_valid(line) or calendar, (name, each)


@pytest.mark.parametrize("name", FACT_NAMES)
def test_a_line_states_what_it_names_and_nothing_else(name: str) -> None:
    line = LAST[name]
    other = LAST["known" if name != "known" else "death"]
    without = {each: value for each, value in line.items() if each != name}
    for broken in (without, line | {other["fact"]: other[other["fact"]]}):
        assert not taken(broken)
        assert not VALIDATOR.is_valid(broken)


@pytest.mark.parametrize("line", GOOD, ids=lambda line: f"{line['id']} {line['fact']}")
def test_each_statement_becomes_its_event_with_names_sealed(line: dict[str, Any]) -> None:
    door = council_facts.check(json.dumps(line).encode(), PROFILE)
    _, said = door.translate(dict.fromkeys(door.refs, "p" + "0" * 32)).drafts
    assert said.slot == line["fact"]
    assert type(said.fact) in FACTS.values()
    opened = said.fact.model_dump_json()
    for secret in ("Bert", "Kim", "01632", "kettle", "breakfast", "Ask Bert first"):
        assert secret not in opened
    if isinstance(said.fact, CouncilFact) and said.fact.about:
        assert getattr(said.fact, said.fact.about) == line[line["fact"]]["id"]


def test_an_unsigned_profiles_word_is_marked() -> None:
    unsigned = PROFILE.model_copy(update={"signed_off": None})
    for line in GOOD:
        door = council_facts.check(json.dumps(line).encode(), unsigned)
        for draft in door.translate({}).drafts:
            assert "shadow" in getattr(draft.fact, "marks", ("shadow",))


def test_answers_keep_their_order_with_what_was_written_beside_them() -> None:
    door = council_facts.check(json.dumps(LAST["self_assessment"]).encode(), PROFILE)
    said = door.translate({}).drafts[1]
    assert [one.domain for one in said.fact.answers] == ["nutrition", "safe-at-home", "community"]
    assert said.sealed.comments == ("I cannot lift the kettle", "", "")
