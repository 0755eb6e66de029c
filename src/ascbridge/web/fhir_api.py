"""The record as a read-only FHIR R4 interface at /fhir: read, search, and a CapabilityStatement that says
no more.

Every answer is FHIR JSON, every refusal an OperationOutcome. Every read is audited, person by person,
before it is answered. An NHS number in an address ends up in somebody's log, so `POST
/fhir/Patient/_search` is there too.
"""

# No `from __future__ import annotations` here: FastAPI could not resolve the dependencies, which are
# parameters.
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Annotated, Any, Protocol
from urllib.parse import parse_qsl, urlencode

import orjson
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from ascbridge import __version__
from ascbridge.access import Access, may
from ascbridge.clock import Clock
from ascbridge.events.audit import AuditEntry, record
from ascbridge.events.sealing import Keyring
from ascbridge.record.resource_store import ERASED, Stored
from ascbridge.record.search import PARAMETERS, BadSearch, Page, Query, read_one, read_query, search
from ascbridge.storage.database import Database
from ascbridge.uk_core import FHIR_VERSION, profile_of

FHIR_JSON = "application/fhir+json"
READABLE = frozenset(
    {FHIR_JSON, "application/json", "application/json+fhir", "json", "application/*", "*/*", ""}
)
PUBLISHED = "2026-11-22"
PURPOSE = "direct care"
PARAMETER_TYPES = {
    "_id": "token", "_lastUpdated": "date", "identifier": "token", "patient": "reference", "status": "token",
    "encounter": "reference",
}  # fmt: skip
ISSUE_CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported",
               406: "not-supported", 410: "deleted", 500: "exception"}  # fmt: skip


class Principal(Protocol):
    """Who asks: an account or system, its role, what it showed (session or token), and of which sites alone."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def via(self) -> str: ...
    @property
    def facility(self) -> str: ...


class Refusal(Exception):
    """A request that is answered with an OperationOutcome. `text` says what to do; it quotes no value."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class FhirRoute(APIRoute):
    """Turns refusals into an OperationOutcome; what else goes wrong, `web.problems` answers with one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                _refuse_other_formats(request)
                return await inner(request)
            except Refusal as refusal:
                return outcome(refusal.status, refusal.text)
            except HTTPException as fault:
                return outcome(fault.status_code, HTTPStatus(fault.status_code).phrase, fault.headers)

        return handle


@dataclass(frozen=True, slots=True)
class FhirApi:
    """What the routes need. `writer` names this process in the audit chain."""

    database: Database
    keyring: Keyring
    clock: Clock
    writer: str

    async def read(self, who: Principal, resource_type: str, resource_id: str, request: Request) -> Response:
        """Answer ``GET /fhir/Patient/p1``."""
        stored = await self.database.read(
            lambda connection: read_one(connection, resource_type, resource_id, who.facility)
        )
        status = 404 if stored is None else 410 if stored.status == ERASED else 200
        people = [stored.person_id] if stored is not None else []
        await self._audit(who, f"fhir read {resource_type}", people, str(status), request)
        if stored is None:
            raise Refusal(404, f"No {resource_type} with this id.")
        if status == 410:
            raise Refusal(410, "The person asked for, or was given, erasure: nothing is kept here.")
        headers = _headers(stored)
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return _json(stored.body, headers=headers)

    async def search(
        self, who: Principal, resource_type: str, pairs: Sequence[tuple[str, str]], request: Request
    ) -> Response:
        """Answer ``GET /fhir/Task?status=requested``."""
        strict = "handling=strict" in request.headers.get("prefer", "").replace(" ", "")
        try:
            query = read_query(resource_type, pairs, strict=strict)
        except BadSearch as fault:
            raise Refusal(400, str(fault)) from None
        page = await self.database.read(
            lambda connection: search(connection, self.keyring, query, who.facility)
        )
        people = [stored.person_id for stored in page.found]
        await self._audit(who, f"fhir search {resource_type}", people, "200", request)
        return _json(orjson.dumps(_bundle(query, page, _base(request))))

    async def _audit(
        self, who: Principal, what: str, people: Sequence[str], result: str, request: Request
    ) -> None:
        """Note one read for each person seen, or one for nobody."""
        where_from = f"{who.via} {request.client.host if request.client else ''}".strip()
        entries = [
            AuditEntry(self.writer, who.name, who.role, what, person, PURPOSE, where_from, result)
            for person in sorted(set(people)) or [""]
        ]
        now_ms = self.clock.now_ms()

        def note(connection: Connection) -> None:
            for entry in entries:
                record(connection, entry, now_ms)

        await self.database.write(note)


def fhir_router(
    *,
    database: Database,
    keyring: Keyring,
    clock: Clock,
    principal: Callable[..., Any],
    everyone: Callable[..., Any],
    writer: str = "web",
) -> APIRouter:
    """Return the routes of /fhir.

    `principal` is a dependency that gives a `Principal` or refuses; `everyone` one that lets anybody pass,
    for the CapabilityStatement, which holds nothing about anybody.
    """
    api = FhirApi(database, keyring, clock, writer)
    router = APIRouter(prefix="/fhir", route_class=FhirRoute, tags=["fhir"])
    Who = Annotated[Any, Depends(principal)]

    @router.get("/metadata")
    async def metadata(request: Request, _: Annotated[Any, Depends(everyone)]) -> Response:
        return _json(orjson.dumps(capability_statement(_base(request))))

    @router.post("/{resource_type}/_search")
    async def search_by_post(resource_type: str, request: Request, who: Who) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        pairs = [*_pairs(request.url.query), *_pairs(body)]
        return await api.search(_allowed(who, resource_type), _known(resource_type), pairs, request)

    @router.get("/{resource_type}/{resource_id}")
    async def read(resource_type: str, resource_id: str, request: Request, who: Who) -> Response:
        return await api.read(_allowed(who, resource_type), _known(resource_type), resource_id, request)

    @router.get("/{resource_type}")
    async def search_by_get(resource_type: str, request: Request, who: Who) -> Response:
        return await api.search(
            _allowed(who, resource_type), _known(resource_type), _pairs(request.url.query), request
        )

    @router.api_route(
        "/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )
    async def anything_else(path: str, request: Request, who: Who) -> Response:
        _allowed(who)
        if request.method == "GET" or path.partition("/")[0] not in PARAMETERS:
            raise Refusal(404, "There is nothing here; GET /fhir/metadata lists what there is.")
        raise Refusal(405, "This interface only reads.")

    return router


def _allowed(who: Principal, resource_type: str = "") -> Principal:
    if may(who.role, "fhir") is Access.full and not who.facility:
        return who
    if may(who.role, "own-tasks") is Access.full and who.facility:
        if resource_type in {"Task", ""}:
            return who
        raise Refusal(403, "A hospital's token reads tasks of its own stays: GET /fhir/Task.")
    raise Refusal(403, "This role may not read the FHIR interface.")


def outcome(status: int, text: str, headers: Any = None) -> Response:
    """Return an OperationOutcome with one issue."""
    severity = "fatal" if status >= 500 else "error"
    issue = {"severity": severity, "code": ISSUE_CODES.get(status, "processing"), "diagnostics": text}
    return _json(
        orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]}), status=status, headers=headers
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
                "documentation": "Read only. Pages of a search come in the order of change: follow"
                " `next`, keep "
                "the last page's self link, and ask it again later for what has changed since. A resource of "
                "an erased person is found by search, empty, and gone (410) by read. Dates without a zone"
                " are UTC.",
                "security": {
                    "description": "For direct care only, with a sign-in or a bearer token; every read is "
                    "audited under the account that asked."
                },
                "resource": [_capability(resource_type) for resource_type in sorted(PARAMETERS)],
            }
        ],
    }


def _capability(resource_type: str) -> dict[str, Any]:
    return {
        "type": resource_type,
        "supportedProfile": [profile_of(resource_type)],
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": False,
        "updateCreate": False,
        "conditionalRead": "not-match",
        "searchParam": [
            {"name": name, "type": PARAMETER_TYPES[name]}
            for name in PARAMETERS[resource_type]
            if ":" not in name  # a modifier is no parameter of its own
        ],
    }


def _bundle(query: Query, page: Page, base: str) -> dict[str, Any]:
    here = f"{base}/{query.resource_type}"
    links = [{"relation": "self", "url": _link(here, query.applied)}]
    if page.after is not None:
        others = [(name, value) for name, value in query.applied if name != "_cursor"]
        links.append({"relation": "next", "url": _link(here, [*others, ("_cursor", str(page.after))])})
    entries = [
        {
            "fullUrl": f"{here}/{stored.resource_id}",
            "resource": orjson.Fragment(stored.body),
            "search": {"mode": "match"},
        }
        for stored in page.found
    ]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if page.total is not None:
        bundle["total"] = page.total
    if entries:
        bundle["entry"] = entries
    return bundle


def _link(here: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{here}?{urlencode(pairs)}" if pairs else here


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/fhir"


def _known(resource_type: str) -> str:
    if resource_type not in PARAMETERS:
        raise Refusal(404, f"This resource type is not here; there are {', '.join(sorted(PARAMETERS))}.")
    return resource_type


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _refuse_other_formats(request: Request) -> None:
    asked = dict(_pairs(request.url.query)).get("_format") or request.headers.get("accept", "")
    kinds = [part.partition(";")[0].strip().lower().replace(" ", "+") for part in asked.split(",")]
    if not READABLE & set(kinds):
        raise Refusal(406, f"Only {FHIR_JSON} is given.")


def _headers(stored: Stored) -> dict[str, str]:
    return {
        "ETag": f'W/"{stored.version}"',
        "Last-Modified": formatdate(stored.updated_ms / 1000, usegmt=True),
    }


def _json(body: bytes, *, status: int = 200, headers: Any = None) -> Response:
    private = {"Cache-Control": "no-store", **(headers or {})}
    return Response(body, status_code=status, media_type=FHIR_JSON, headers=private)
