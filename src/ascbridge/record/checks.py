"""What every resource passes before it is sent: the FHIR R4 schema of its type, and fhir.resources' models.

Neither alone is enough. The schema refuses wrong codes, ids and formats, but lets a required primitive be
missing and two choices of one element stand together; the models refuse those, but take any code. What both
let pass (empty lists and texts) is looked for here. Measured: schema 5 to 20 microseconds a resource, models
20 for each element that has elements: 100 to 480. What the models say follows from which elements stand where,
but for dates: so they are asked once about each shape (`record.shapes`), and every date is looked up each time.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from ascbridge.record.barred import is_barred
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.record.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.uk_core import Json

# Elements of which only one may stand; the schema knows them as separate properties.
ONE_OF = {"Patient": (("deceasedBoolean", "deceasedDateTime"),)}


_TAKEN = Shapes(most=4_096)
"""The shapes that the models have taken. No value of anybody is among them."""


class BadResource(ValueError):
    """A resource that must not be sent. The text names the element and the rule, never a value."""


def faults(resources: Sequence[Json]) -> list[str]:
    """Return for each resource why it may not be sent, in words that quote no value, or an empty text."""
    found = []
    for resource in resources:
        try:
            check(resource)
        except BadResource as fault:
            found.append(str(fault))
        else:
            found.append("")
    return found


def check(resource: Json) -> None:
    """Check a resource by schema and by fhir.resources. Raises `BadResource`."""
    check_by_schema(resource)
    if not _TAKEN.knows(resource):
        _check_by_models(resource)
        _TAKEN.learn(resource)


def _check_by_models(resource: Json) -> None:
    resource_type = resource["resourceType"]
    try:
        get_fhir_model_class(resource_type).model_validate(resource)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadResource(f"{resource_type}.{where}: {first['type']}") from None


def check_by_schema(resource: Json) -> None:
    """Check a resource by schema alone, as replay does for all but a sample. Raises `BadResource`."""
    resource_type = str(resource.get("resourceType"))
    if resource_type not in RESOURCE_TYPES:
        raise BadResource("resourceType: not a type that is published")
    validator = _validator(resource_type)
    if not validator.is_valid(resource):
        fault = next(validator.iter_errors(resource))
        where = ".".join(str(part) for part in fault.instance_path)
        raise BadResource(f"{resource_type}.{where}: {_rule(fault)}")
    for name in RESOURCE_TYPES[resource_type].required:
        if name not in resource:
            raise BadResource(f"{resource_type}.{name}: missing")
    for choices in ONE_OF.get(resource_type, ()):
        if sum(name in resource for name in choices) > 1:
            raise BadResource(
                f"{resource_type}.{choices[0]}: stands beside another choice of the same element"
            )
    text = orjson.dumps(resource)
    if is_barred(text):
        raise BadResource(f"{resource_type}: may not be published")
    if (
        b'""' in text or b"[]" in text or b"{}" in text
    ):  # quick, and at worst it looks more closely for nothing
        _refuse_empty(resource, resource_type)


def _rule(fault: jsonschema_rs.ValidationError) -> str:
    """Name the broken rule (``enum``, ``pattern``...): the library's own message would quote the value."""
    return str(fault.schema_path[-1]) if fault.schema_path else "refused"


def _refuse_empty(value: Any, where: str) -> None:
    if isinstance(value, dict | list | str) and not value:
        raise BadResource(f"{where}: empty")
    if isinstance(value, dict):
        for name, each in value.items():
            _refuse_empty(each, f"{where}.{name}")
    elif isinstance(value, list):
        for position, each in enumerate(value):
            _refuse_empty(each, f"{where}.{position}")


@cache
def _schema() -> Json:
    text = files("ascbridge.record").joinpath("schema", "r4.json").read_bytes()
    schema: Json = orjson.loads(text)
    return schema


@cache
def _validator(resource_type: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({**_schema(), "$ref": f"#/definitions/{resource_type}"})
