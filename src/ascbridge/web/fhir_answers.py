"""What /fhir answers with: resources and Bundles as FHIR JSON, and every refusal as an OperationOutcome."""

from __future__ import annotations

import re
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from fastapi import Response

from ascbridge.events.logs.cloud_event import rfc3339
from ascbridge.web.fhir_statement import FHIR_JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ascbridge.record.resource_store import Stored
    from ascbridge.record.version_store import Version

ISSUE_CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported",
               406: "not-supported", 410: "deleted", 500: "exception"}  # fmt: skip


HANDLINGS = ("strict", "lenient")


def outcome(status: int, text: str, headers: Any = None) -> Response:
    """Return an OperationOutcome with one issue."""
    severity = "fatal" if status >= 500 else "error"
    issue = {"severity": severity, "code": ISSUE_CODES.get(status, "processing"), "diagnostics": text}
    body = orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]})
    return fhir_json(body, status=status, headers=headers)


def fhir_json(body: bytes, *, status: int = 200, headers: Any = None) -> Response:
    """Return FHIR JSON that nobody on the way may keep."""
    private = {"Cache-Control": "no-store", **(headers or {})}
    return Response(body, status_code=status, media_type=FHIR_JSON, headers=private)


def one_version(
    version: int, updated_ms: int, body: bytes, if_none_match: str, *, given: int = 200
) -> Response:
    """Return one version of a resource; nothing but 304 to who has it already (``If-None-Match``)."""
    headers = {
        "ETag": f'W/"{version}"',
        "Last-Modified": formatdate(updated_ms / 1000, usegmt=True),
    }
    asked = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    if f'"{version}"' in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    return fhir_json(body, status=given, headers=headers)


def link(here: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return an address with its parameters."""
    return f"{here}?{urlencode(pairs)}" if pairs else here


def searchset(
    base: str,
    here: str,
    applied: Sequence[tuple[str, str]],
    found: Iterable[Stored | dict[str, Any]],
    *,
    along: Iterable[Stored | dict[str, Any]] = (),
    after: int | None = None,
    total: int | None = None,
    handling: str = "",
) -> Response:
    """Return a page of finds, and what comes along: stored resources, or bodies made for the answer.

    `handling` is the preference that was followed, which the answer then names (RFC 7240).
    """
    links = [{"relation": "self", "url": link(here, applied)}]
    if after is not None:
        others = [(name, value) for name, value in applied if name != "_cursor"]
        links.append({"relation": "next", "url": link(here, [*others, ("_cursor", str(after))])})
    entries = [_entry(base, each, "match") for each in found] + [
        _entry(base, each, "include") for each in along
    ]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if total is not None:
        bundle["total"] = total
    if entries:
        bundle["entry"] = entries
    followed = {"Preference-Applied": f"handling={handling}"} if handling in HANDLINGS else None
    return fhir_json(orjson.dumps(bundle), headers=followed)


def preferences(headers: Iterable[str]) -> dict[str, str]:
    """Return what ``Prefer`` headers ask for, the first word about anything counting (RFC 7240, section 2).

    A parameter of a preference is taken for one of its own, as some write it.
    """
    found: dict[str, str] = {}
    for part in (part for header in headers for part in re.split("[,;]", header)):
        name, _, value = part.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    return found


def _entry(base: str, each: Any, mode: str) -> dict[str, Any]:
    made = isinstance(each, dict)
    name = f"{each['resourceType']}/{each['id']}" if made else f"{each.resource_type}/{each.resource_id}"
    body = each if made else orjson.Fragment(each.body)
    return {"fullUrl": f"{base}/{name}", "resource": body, "search": {"mode": mode}}


def history(
    base: str, name: str, applied: Sequence[tuple[str, str]], versions: Sequence[Version], *, more: bool
) -> Response:
    """Return versions of one resource, the newest first."""
    here = f"{base}/{name}/_history"
    links = [{"relation": "self", "url": link(here, applied)}]
    if more:
        others = [(key, value) for key, value in applied if key != "_cursor"]
        links.append(
            {"relation": "next", "url": link(here, [*others, ("_cursor", str(versions[-1].version))])}
        )
    entries = [
        {
            "fullUrl": f"{base}/{name}",
            "resource": orjson.Fragment(each.body),
            "request": {"method": "PUT", "url": name},
            "response": {
                "status": "201" if each.version == 1 else "200",
                "etag": f'W/"{each.version}"',
                "lastModified": rfc3339(each.updated_ms),
            },
        }
        for each in versions
    ]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "history", "link": links}
    if entries:
        bundle["entry"] = entries
    return fhir_json(orjson.dumps(bundle))
