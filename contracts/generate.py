"""Write the contracts that follow from the code: event schemas, AsyncAPI and OpenAPI.

    python contracts/generate.py            write them
    python contracts/generate.py --check    write nothing; say what differs, and fail where something does

A published event changes only by an optional field that is added, and an interface keeps its operations. Any
other change is refused, in both ways of running, until the fact gets a new version in `events/facts/catalogue.py`
(or the file of something that nobody uses yet is removed by hand, which a reviewer sees).
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ascbridge import __version__
from ascbridge.config import Settings
from ascbridge.config_sections import CouncilSettings
from ascbridge.events import topics
from ascbridge.events.facts.catalogue import FACTS, Fact, Part
from ascbridge.events.handlers.switches import WORDS as SAID_BY_CASE_SYSTEMS
from ascbridge.events.logs.cloud_event import CONTENT_TYPE, schema_of, source_of
from ascbridge.events.logs.log import INBOUND, SHADOW, TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
PREFIX = CouncilSettings().event_prefix
DIALECT = "https://json-schema.org/draft/2020-12/schema"
OPENAPI = "openapi/ascbridge.json"
MESSAGE_KEPT = "inbound.message-kept.v1"
WORDS = {"description", "title", "$id", "$schema", "examples"}
"""Schema members that explain; changing them breaks nobody."""

DECLARED = topics.load(HERE.parent / "deploy" / "topics.toml").topic
"""What each topic is about, as it is declared for the brokers."""

TOPIC_KEYS = {INBOUND: "The lane: an opaque key under which one patient's messages keep their order."}
SUBJECT = "The patient key: one source's patient, opaque."


# -- event schemas ---------------------------------------------------------------------------------


def event_schema(name: str, fact: type[Fact]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a fact's open part, with the place of its sealed part."""
    schema: dict[str, Any] = _open(fact.model_json_schema(mode="validation"))
    schema["description"] = _meaning(fact)
    if fact.seals is not None:
        schema["properties"]["sealed"] = _sealed(fact.seals)
    head = {"$schema": DIALECT, "$id": schema_of(f"{PREFIX}.{name}", PREFIX), "title": schema.pop("title")}
    return head | schema


def message_kept_schema() -> dict[str, Any]:
    """Return the schema of the one event that is no fact: the pointer to a kept message."""
    return {
        "$schema": DIALECT,
        "$id": schema_of(f"{PREFIX}.{MESSAGE_KEPT}", PREFIX),
        "title": "MessageKept",
        "description": "A message from outside was kept. Who may read it finds it by its id.",
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("message_id", "feed", "lane")},
        "required": ["message_id", "feed", "lane"],
        "additionalProperties": True,
    }


def _open(node: Any) -> Any:
    """Let objects grow (`additionalProperties`), name the unit of times, drop titles that repeat a name."""
    if isinstance(node, list):
        return [_open(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: _open(value) for key, value in node.items()}
    if node.get("type") == "object":
        node["additionalProperties"] = True
        for name, field in node.get("properties", {}).items():
            field.pop("title", None)
            if name.endswith("_ms"):
                field["description"] = "UTC, milliseconds since 1970."
    if "description" in node and isinstance(node["description"], str):
        node["description"] = inspect.cleandoc(node["description"])
    return node


def _meaning(fact: type[Fact]) -> str:
    """The fact's own docstring, then those of the facts that it is a kind of."""
    kinds = [kind for kind in fact.__mro__ if issubclass(kind, Fact) and kind is not Fact]
    return "\n\n".join(inspect.cleandoc(kind.__doc__ or "") for kind in kinds)


def _sealed(part: type[Part]) -> dict[str, Any]:
    names = ", ".join(part.model_fields)
    text = (
        f"Encrypted (AES-256-GCM, the event id as associated data), in base64: {names}. Only the bridge can "
        "open it, with the data key that `keyid` names. Absent where nothing was said or a person is erased."
    )
    return {"type": "string", "contentEncoding": "base64", "description": text}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Return every event schema by its wire name, without the prefix."""
    return {MESSAGE_KEPT: message_kept_schema()} | {name: event_schema(name, f) for name, f in FACTS.items()}


# -- what breaks a reader --------------------------------------------------------------------------


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what of `new` breaks somebody who reads by `old`: all but optional fields that were added."""
    return list(_broken(_plain(old, old), _plain(new, new), "$"))


def _plain(node: Any, whole: dict[str, Any]) -> Any:
    """Put definitions where they are referred to, and leave out what only explains."""
    if isinstance(node, list):
        return [_plain(each, whole) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(whole["$defs"][node["$ref"].rpartition("/")[2]], whole)
    kept = {
        key: value for key, value in node.items() if key not in WORDS and key not in {"$defs", "properties"}
    }
    plain = {key: _plain(value, whole) for key, value in kept.items()}
    if "properties" in node:
        plain["properties"] = {name: _plain(field, whole) for name, field in node["properties"].items()}
    return plain


def _broken(old: Any, new: Any, place: str) -> Iterator[str]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        if old != new:
            yield f"{place} was {json.dumps(old)} and is {json.dumps(new)}"
        return
    for key in sorted((old.keys() | new.keys()) - {"properties", "required"}):
        if key not in old or key not in new:
            yield f"{place}: {key} {'is new' if key in new else 'is gone'}"
        elif key in {"anyOf", "items"}:
            yield from _broken_each(old[key], new[key], f"{place}.{key}")
        else:
            yield from _broken(_sorted(old[key]), _sorted(new[key]), f"{place}.{key}")
    before, now = old.get("properties", {}), new.get("properties", {})
    for name in before:
        if name not in now:
            yield f"{place}.{name} is gone"
        else:
            yield from _broken(before[name], now[name], f"{place}.{name}")
    for name in sorted(set(new.get("required", ())) ^ set(old.get("required", ()))):
        if name in before or name in new.get("required", ()):
            yield f"{place}.{name} is {'now' if name in new.get('required', ()) else 'no longer'} required"


def _broken_each(old: Any, new: Any, place: str) -> Iterator[str]:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, now) in enumerate(zip(old, new, strict=True)):
            yield from _broken(before, now, f"{place}[{number}]")
    else:
        yield from _broken(old, new, place)


def _sorted(value: Any) -> Any:
    return sorted(value, key=str) if isinstance(value, list) else value


# -- AsyncAPI --------------------------------------------------------------------------------------


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document: a channel for each topic, a message for each event type."""
    names = {topic: [name for name in schemas() if name.startswith(f"{topic}.")] for topic in TOPICS}
    names[SHADOW] = [name for name in schemas() if name in SAID_BY_CASE_SYSTEMS]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ascbridge events",
            "version": __version__,
            "description": (
                "CloudEvents 1.0 in binary mode on Apache Kafka: attributes are headers, data is JSON. "
                "A topic may show an event id twice: have no second effect. Nothing depends on order across "
                "topics or patients."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic: _channel(topic, names[topic]) for topic in TOPICS},
        "operations": {
            f"publish-{topic}": _operation(topic, names[topic]) for topic in TOPICS if names[topic]
        },
        "components": {
            "messages": {_slug(name): _message(name) for each in names.values() for name in each},
            "messageTraits": {"event": {"headers": _headers()}, "pointer": {"headers": _pointer_headers()}},
        },
    }


def _slug(name: str) -> str:
    return name.replace(".", "-")


def _channel(topic: str, names: list[str]) -> dict[str, Any]:
    return {
        "address": topic,
        "description": DECLARED[topic].about + ("" if names else " No event type is published on it yet."),
        "messages": {_slug(name): {"$ref": f"#/components/messages/{_slug(name)}"} for name in names},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
    }


def _operation(topic: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{_slug(name)}"} for name in names],
    }


def _message(name: str) -> dict[str, Any]:
    topic = name.partition(".")[0]
    key = {"type": "string", "description": TOPIC_KEYS.get(topic, SUBJECT)}
    summary = schemas()[name]["description"].split("\n\n")[0].replace("\n", " ")
    return {
        "name": f"{PREFIX}.{name}",
        "title": schemas()[name]["title"],
        "summary": summary,
        "contentType": CONTENT_TYPE,
        "traits": [{"$ref": f"#/components/messageTraits/{'pointer' if topic == INBOUND else 'event'}"}],
        "payload": {"$ref": f"../events/{name}.json"},
        "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}},
    }


def _header(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": text, **more}


_ALWAYS = {
    "ce_specversion": _header("CloudEvents version", const="1.0"),
    "ce_id": _header(
        "UUIDv8, derived from the cause: the same cause always gives the same id", format="uuid"
    ),
    "ce_source": _header("Who says it", const=source_of(PREFIX)),
    "ce_type": _header("Event type"),
    "ce_time": _header("When it happened", format="date-time"),
    "ce_dataschema": _header("Name of the schema of the data", format="uri"),
    "content-type": _header("Of the data", const=CONTENT_TYPE),
}


def _headers() -> dict[str, Any]:
    more = {
        "ce_subject": _header(SUBJECT),
        "ce_recordedtime": _header("When the bridge published it", format="date-time"),
        "ce_correlationid": _header("Id of the kept message or desk act that it all began with"),
        "ce_causationid": _header("Id of what it directly follows from"),
        "ce_traceparent": _header("W3C trace context"),
        "ce_readby": _header(
            "Feed profile and code map by which the message was understood: feed@profile+map"
        ),
        "ce_keyid": _header("Id of the data key that sealed the sealed part"),
        "gap": _header("Id of an earlier event of this subject that was given up on"),
    }
    needed = [*_ALWAYS, "ce_subject", "ce_recordedtime"]
    return {"type": "object", "properties": _ALWAYS | more, "required": needed}


def _pointer_headers() -> dict[str, Any]:
    more = {
        "feed": _header("Name of the feed"),
        "kept_ms": _header("When it was kept: UTC, milliseconds since 1970", pattern=r"^\d+$"),
        "translation": _header(
            "0, and one more each time the message is deliberately read anew", pattern=r"^\d+$"
        ),
    }
    return {"type": "object", "properties": _ALWAYS | more, "required": [*_ALWAYS, *more]}


# -- OpenAPI ---------------------------------------------------------------------------------------


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the interfaces, from the application as it is served.

    It is built on an empty data directory; nothing is served. Pages leave themselves out of it.
    """
    from ascbridge.bootstrap import commands, working  # noqa: PLC0415  events need no web
    from ascbridge.bootstrap.parts import ground, settled  # noqa: PLC0415  events need no web
    from ascbridge.web.app import create_app  # noqa: PLC0415
    from ascbridge.web.parts import WebParts  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="ascbridge-openapi-") as folder:
        settings = Settings.model_construct(**_defaults() | {"data_dir": Path(folder)})
        commands.prepare(settings)
        here = ground.open_ground(settings)
        translator = here.translator()
        parts = WebParts(
            settings=settings, clock=here.clock, database=here.database, keyring=here.keyring,
            desk=here.desk, door=here.door, log=here.log, completing=working.completing_of(here, translator),
            mender=here.mender(translator), profiles=settled.profiles_of(settings),
        )  # fmt: skip
        try:
            return create_app(parts).openapi()
        finally:
            asyncio.run(here.database.close())


def _defaults() -> dict[str, Any]:
    """The shipped settings, whatever variables this machine has set."""
    return {
        name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()
    }


# -- files -----------------------------------------------------------------------------------------


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _yaml(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    return "# Written by contracts/generate.py from the event catalogue; do not edit.\n" + text


class _Plain(yaml.SafeDumper):
    """YAML without anchors, which not every AsyncAPI tool reads."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  a dumper's signature
        return True


def wanted() -> dict[str, str]:
    """Return every generated file's text by its path below `contracts`."""
    files = {f"events/{name}.json": _json(schema) for name, schema in schemas().items()}
    return files | {"asyncapi/ascbridge.yaml": _yaml(asyncapi()), OPENAPI: _json(openapi())}


def refusals(folder: Path, files: dict[str, str]) -> list[str]:
    """Return every change of a published event or interface that its users would not bear."""
    found = _operations_gone(folder, files)
    for path in sorted((folder / "events").glob("*.json")):
        name = f"events/{path.name}"
        if name not in files:
            found.append(f"{name}: this version is published and its fact is gone from the catalogue")
        else:
            changes = breaks(json.loads(path.read_text("utf-8")), json.loads(files[name]))
            found += [f"{name}: {change}" for change in changes]
    return found


def _operations_gone(folder: Path, files: dict[str, str]) -> list[str]:
    path = folder / OPENAPI
    if not path.is_file():
        return []
    old, new = json.loads(path.read_text("utf-8"))["paths"], json.loads(files[OPENAPI])["paths"]
    return [
        f"{OPENAPI}: {method.upper()} {place} is gone"
        for place, methods in old.items()
        for method in methods
        if method not in new.get(place, {})
    ]


def drift(folder: Path, files: dict[str, str]) -> list[str]:
    """Return every file that is not as the code says."""
    present = {
        path: (folder / path).read_text("utf-8") if (folder / path).is_file() else "" for path in files
    }
    return [
        f"{path}: {'differs' if present[path] else 'is missing'}"
        for path in files
        if present[path] != files[path]
    ]


def main(arguments: list[str], folder: Path = HERE) -> int:
    """Write or check; returns the exit code."""
    files = wanted()
    broken = refusals(folder, files)
    differing = drift(folder, files)
    for line in broken:
        print(f"contracts/{line}")
    if broken:
        print(
            "A published event changes only by an added optional field: "
            "give the fact a new version beside this one."
        )
        return 1
    if "--check" in arguments:
        for line in differing:
            print(f"contracts/{line}; run contracts/generate.py and look at what changed")
        return 1 if differing else 0
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    print(f"contracts: {len(differing)} of {len(files)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
