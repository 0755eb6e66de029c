"""The CapabilityStatement of /fhir: what the interface can do, and nothing else. It holds nothing about anybody."""

from __future__ import annotations

from typing import Any

from ascbridge import __version__
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from ascbridge.record.search import PARAMETERS
from ascbridge.uk_core import FHIR_VERSION, profile_of

FHIR_JSON = "application/fhir+json"
PUBLISHED = "2026-11-22"
EVERYTHING = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
DATES = frozenset({"_lastUpdated", *(kind.date[0] for kind in RESOURCE_TYPES.values())})
REFERENCES = frozenset({"patient", "encounter", "target"})
WORDS = (
    "Read only. Pages of a search come in the order of change: follow `next`, keep the last page's self link, and ask"
    " it again later for what has changed since. A resource of an erased person is found by search, empty, and gone"
    " (410) by read. Versions that hold what is withheld by now are not given. Dates without a zone are UTC. A search"
    " by category, type or date without a person looks through part of the type at a time: a page may hold few finds,"
    " or none, and still have a next one. Of Prefer, handling=strict and handling=lenient apply to searches; without,"
    " it is lenient."
)
SECURITY = (
    "For direct care only, with a sign-in or a bearer token; every read is audited under the account that asked. A"
    " token may be limited by SMART scopes, version 2: system/TYPE.rs, or patient/TYPE.rs for one person; r reads,"
    " versions and history included, s searches, * is every type. What a token's scopes do not name is refused (403),"
    " what is another person's is not there (404); what comes along with a search comes as far as they reach."
)


def capability_statement(base: str) -> dict[str, Any]:
    """Return what this interface can do: this and nothing else."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": PUBLISHED,
        "kind": "instance",
        "software": {"name": "ascbridge", "version": __version__},
        "implementation": {"description": "The shared record of one ascbridge", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": [FHIR_JSON],
        "rest": [
            {
                "mode": "server",
                "documentation": WORDS,
                "security": {"description": SECURITY},
                "resource": [
                    *(_capability(resource_type) for resource_type in sorted(PARAMETERS)),
                    _PROVENANCE,
                ],
            }
        ],
    }


_PROVENANCE = {
    "type": "Provenance",
    "supportedProfile": [profile_of("Provenance")],
    "interaction": [{"code": "read"}, {"code": "search-type"}],
    "searchParam": [{"name": "target", "type": "reference"}],
}


def _capability(resource_type: str) -> dict[str, Any]:
    kind = RESOURCE_TYPES[resource_type]
    parameters = [name for name in PARAMETERS[resource_type] if ":" not in name]  # a modifier is no parameter
    operations = {"operation": [{"name": "everything", "definition": EVERYTHING}]}
    brings = {"searchInclude": [f"{resource_type}:{name}" for name in kind.includes]} if kind.includes else {}
    return {
        "type": resource_type,
        "supportedProfile": [profile_of(resource_type)],
        "interaction": [{"code": code} for code in ("read", "vread", "history-instance", "search-type")],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalRead": "not-match",
        **brings,
        "searchRevInclude": revincludes(resource_type),
        "searchParam": [{"name": name, "type": _type_of(name)} for name in parameters],
        **(operations if resource_type == "Patient" else {}),
    }


def revincludes(resource_type: str) -> list[str]:
    """Return what may be asked to come along that refers to resources of a type."""
    by_person = [f"{name}:patient" for name, names in sorted(PARAMETERS.items()) if "patient" in names]
    return [*(by_person if resource_type == "Patient" else []), "Provenance:target"]


def _type_of(name: str) -> str:
    if name in DATES:
        return "date"
    return "reference" if name in REFERENCES else "token"
