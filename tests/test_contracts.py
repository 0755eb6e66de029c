"""The contracts: they say what the code does, others' tools read them, and none breaks its readers."""

from __future__ import annotations

import base64
import copy
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import jsonschema_rs
import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ascbridge.events.facts.catalogue import FACTS, Fact, Part
from ascbridge.events.logs.cloud_event import Pointer, inbound_record, to_record
from ascbridge.events.logs.envelope import ReleasedEvent
from ascbridge.events.logs.log import TOPICS
from tests.needs import require

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
NODE = ROOT / "tests" / "node"
PREFIX = "uk.gov.coventry.asc"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", CONTRACTS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def schema_of(name: str) -> dict[str, Any]:
    return json.loads((CONTRACTS / "events" / f"{name}.json").read_text("utf-8"))


# -- what is published is what the contract says ---------------------------------------------------------------


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Every value of a type that the catalogue uses; a new kind of type fails here until it is added."""
    if kind is type(None):
        return st.none()
    if get_origin(kind) in {Union, UnionType}:
        return st.one_of(*map(values, get_args(kind)))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is dict:
        return st.dictionaries(*map(values, get_args(kind)), max_size=3)
    if isinstance(kind, type) and issubclass(kind, Part):
        hints = get_type_hints(kind)
        return st.builds(kind, **{name: values(hints[name]) for name in kind.model_fields})
    return {str: st.text(max_size=20), bool: st.booleans(), int: st.integers(-(2**53), 2**53)}[kind]


def published(fact: Fact, *, withheld: bool, sealed: bytes) -> dict[str, Any]:
    kind = type(fact)
    data = fact.model_dump(mode="json")
    if withheld:
        data |= {name: kind.model_fields[name].get_default() for name in kind.withheld}
    if kind.seals is not None and sealed:
        data["sealed"] = base64.b64encode(sealed).decode()
    event = ReleasedEvent(
        id="01890000-0000-8000-8000-000000000000", type=f"{PREFIX}.name", topic=kind.family, subject="p1",
        time_ms=0, recorded_ms=0, correlation_id="c", causation_id="c", key_id="", traceparent="", data=data,
    )  # fmt: skip
    return orjson.loads(to_record(event, prefix=PREFIX).value)


@pytest.mark.parametrize("name", FACTS)
def test_whatever_the_catalogue_can_say_is_valid_by_its_contract(name) -> None:
    validator = jsonschema_rs.Draft202012Validator(schema_of(name))

    @settings(max_examples=30)  # thirty types: nine hundred events
    @given(fact=values(FACTS[name]), withheld=st.booleans(), sealed=st.binary(max_size=40))
    def check(fact, withheld, sealed) -> None:
        validator.validate(published(fact, withheld=withheld, sealed=sealed))

    check()


@pytest.mark.parametrize("name", FACTS)
def test_a_contract_refuses_what_lacks_a_required_field_or_has_another_type(name) -> None:
    schema = schema_of(name)
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert not validator.is_valid([])
    if fields := schema["properties"]:
        assert not validator.is_valid({name: {} for name in fields})
    if schema.get("required"):
        assert not validator.is_valid({})


def test_a_pointer_to_a_kept_message_is_valid_by_its_contract() -> None:
    record = inbound_record(Pointer("m1", "itk-v24", "l1", 5), prefix=PREFIX)
    jsonschema_rs.Draft202012Validator(schema_of("inbound.message-kept.v1")).validate(
        orjson.loads(record.value)
    )


def test_headers_are_those_that_asyncapi_describes() -> None:
    document = yaml.safe_load((CONTRACTS / "asyncapi" / "ascbridge.yaml").read_text("utf-8"))
    traits = document["components"]["messageTraits"]
    full = ReleasedEvent(
        id="01890000-0000-8000-8000-000000000000", type=f"{PREFIX}.care.known-to-care.v1", topic="care",
        subject="p1", time_ms=1, recorded_ms=2, correlation_id="c", causation_id="c", key_id="k",
        traceparent="t", data={},
    )  # fmt: skip
    records = {
        "event": to_record(full, prefix=PREFIX),
        "pointer": inbound_record(Pointer("m1", "itk-v24", "l1", 5), prefix=PREFIX),
    }
    for trait, record in records.items():
        described = traits[trait]["headers"]
        jsonschema_rs.Draft202012Validator(described).validate(dict(record.headers))
        assert set(record.headers) - set(described["properties"]) == set()


def test_every_schema_is_named_as_events_name_it() -> None:
    record = inbound_record(Pointer("m1", "f", "l1", 5), prefix=PREFIX)
    assert schema_of("inbound.message-kept.v1")["$id"] == record.headers["ce_dataschema"]
    for path in (CONTRACTS / "events").glob("*.json"):
        assert schema_of(path.stem)["$id"].endswith(f"/events/{path.name}")


def test_nothing_that_names_anybody_is_in_an_open_part() -> None:
    naming = {name for fact in FACTS.values() if fact.seals for name in fact.seals.model_fields}
    assert {"nhs_number", "family_name", "postcode", "visit_number", "worker_name"} <= naming
    naming -= {"title"}  # of split-off work it is the kind's own, from a list; of a document it is sealed
    for name in FACTS:
        assert naming & set(schema_of(name)["properties"]) == set(), name


def test_nothing_about_safeguarding_is_in_any_event_but_its_own() -> None:
    for path in (CONTRACTS / "events").glob("*.json"):
        said = "safeguarding" in path.read_text("utf-8").lower()
        assert said == path.name.startswith("safeguarding."), path.name


# -- what is committed is what the generator writes ----------------------------------------------------------


def test_committed_contracts_are_what_the_code_says(generate) -> None:
    files = generate.wanted()
    assert generate.drift(CONTRACTS, files) == []
    assert generate.refusals(CONTRACTS, files) == []


def test_check_fails_on_drift_and_writing_mends_it(generate, tmp_path, capsys) -> None:
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    event = tmp_path / "events" / "care.known-to-care.v1.json"
    event.write_text(event.read_text().replace("adult social care", "somebody"))
    assert generate.main(["--check"], tmp_path) == 1
    assert "contracts/events/care.known-to-care.v1.json differs" in capsys.readouterr().out.replace(":", "")
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0


def test_a_breaking_change_is_refused_also_when_writing(generate, tmp_path, capsys) -> None:
    generate.main([], tmp_path)
    event = tmp_path / "events" / "care.known-to-care.v1.json"
    old = json.loads(event.read_text())
    old["properties"]["since"] = {"type": "string"}
    event.write_text(json.dumps(old))
    assert generate.main([], tmp_path) == 1
    assert "care.known-to-care.v1.json: $.since is gone" in capsys.readouterr().out
    assert json.loads(event.read_text()) == old


def test_an_event_type_cannot_leave_the_catalogue(generate, tmp_path, capsys) -> None:
    generate.main([], tmp_path)
    (tmp_path / "events" / "care.forgotten.v1.json").write_text("{}")
    assert generate.main(["--check"], tmp_path) == 1
    assert "care.forgotten.v1.json: this version is published" in capsys.readouterr().out


def test_an_interface_keeps_its_operations(generate, tmp_path, capsys) -> None:
    generate.main([], tmp_path)
    path = tmp_path / "openapi" / "ascbridge.json"
    old = json.loads(path.read_text())
    old["paths"]["/api/v1/forgotten"] = {"get": {}}
    path.write_text(json.dumps(old))
    assert generate.main(["--check"], tmp_path) == 1
    assert "GET /api/v1/forgotten is gone" in capsys.readouterr().out


# -- what breaks a reader, and what does not ----------------------------------------------------------------

OLD = {
    "$defs": {"Ward": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
    "type": "object",
    "description": "old words",
    "properties": {
        "code": {"type": "string"},
        "state": {"enum": ["on", "off"], "type": "string"},
        "ward": {"anyOf": [{"$ref": "#/$defs/Ward"}, {"type": "null"}], "default": None},
        "marks": {"type": "array", "items": {"type": "string"}, "default": []},
    },
    "required": ["code"],
}


def edited(path: str, value: Any = None) -> dict[str, Any]:
    """Return OLD with one member set, or taken away where no value is given."""
    new = copy.deepcopy(OLD)
    *way, last = path.split("/")
    node: Any = new
    for step in way:
        node = node[int(step) if isinstance(node, list) else step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return new


@pytest.mark.parametrize(
    "path,value",
    [
        ("description", "new words"),
        ("properties/note", {"type": "string", "default": ""}),
        ("properties/code/description", "what it is"),
        ("properties/description", {"type": "string", "default": ""}),
        ("properties/state/enum", ["off", "on"]),
        ("$defs/Ward/properties/bed", {"type": "string", "default": ""}),
        ("$defs/Room", {"type": "object"}),
    ],
)
def test_words_and_added_optional_fields_break_nobody(generate, path, value) -> None:
    assert generate.breaks(OLD, edited(path, value)) == []


def test_naming_a_definition_otherwise_breaks_nobody(generate) -> None:
    new = json.loads(json.dumps(OLD).replace("Ward", "Place"))
    assert generate.breaks(OLD, new) == []


@pytest.mark.parametrize(
    "path,value,said",
    [
        ("properties/code", None, "$.code is gone"),
        ("properties/code/type", "integer", '$.code.type was "string" and is "integer"'),
        ("properties/state/enum", ["on"], '$.state.enum was ["off", "on"] and is ["on"]'),
        ("properties/state/enum", ["on", "off", "away"], "$.state.enum was"),
        ("properties/state/enum", None, "$.state: enum is gone"),
        ("required", ["code", "state"], "$.state is now required"),
        ("required", [], "$.code is no longer required"),
        ("properties/ward/anyOf", [{"$ref": "#/$defs/Ward"}], "$.ward.anyOf was"),
        ("properties/ward/default", "x", "$.ward.default was null"),
        ("properties/marks/items", {"type": "integer"}, "$.marks.items.type was"),
        ("properties/code/minLength", 3, "$.code: minLength is new"),
        ("$defs/Ward/properties/name", None, "$.ward.anyOf[0].name is gone"),
        ("additionalProperties", False, "$: additionalProperties is new"),
    ],
)
def test_any_other_change_breaks_a_reader(generate, path, value, said) -> None:
    found = generate.breaks(OLD, edited(path, value))
    assert len(found) == 1, found
    assert said in found[0]


def test_a_required_field_that_is_new_breaks_those_who_hold_older_events(generate) -> None:
    new = edited("properties/note", {"type": "string"})
    new["required"] = ["code", "note"]
    assert generate.breaks(OLD, new) == ["$.note is now required"]


# -- others' tools read them -------------------------------------------------------------------------------


def test_asyncapi_is_read_by_its_own_parser() -> None:
    require(shutil.which("node") and shutil.which("npm"), "node and npm, to read the AsyncAPI document")
    if not (NODE / "node_modules" / "@asyncapi" / "parser").is_dir():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        fetched = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=300, check=False)
        require(fetched.returncode == 0, f"@asyncapi/parser could not be installed: {fetched.stderr[-300:]}")
    command = ["node", "parse_asyncapi.mjs", str(CONTRACTS / "asyncapi" / "ascbridge.yaml")]
    parsed = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=300, check=True)
    found = json.loads(parsed.stdout)
    assert found["errors"] == []
    assert set(found["channels"]) == set(TOPICS)
    assert set(found["messages"]) == {f"{PREFIX}.{name}" for name in [*FACTS, "inbound.message-kept.v1"]}


def test_openapi_describes_every_interface_and_no_page() -> None:
    document = json.loads((CONTRACTS / "openapi" / "ascbridge.json").read_text("utf-8"))
    assert document["openapi"].startswith("3.")
    assert document["paths"]
    for path, methods in document["paths"].items():
        assert path.startswith(("/api/", "/fhir", "/health/", "/metrics")), path
        for method, operation in methods.items():
            assert operation.get("summary") or operation.get("description"), f"{method} {path}"
