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
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from ascbridge.clock import Clock
from ascbridge.events.ledgers.audit import AuditEntry, record
from ascbridge.events.logs.sealing import Keyring
from ascbridge.record.compartment import MOST, coming_along, everything
from ascbridge.record.date_spans import NoDate, span
from ascbridge.record.mapping.provenance import target_of
from ascbridge.record.origins import provenances
from ascbridge.record.resource_store import ERASED, Stored
from ascbridge.record.search import (
    PARAMETERS,
    BadSearch,
    Page,
    Query,
    Reach,
    read_one,
    read_query,
    search,
)
from ascbridge.record.version_store import Version, older_versions
from ascbridge.storage.database import Database
from ascbridge.web.doorbook import where_from
from ascbridge.web.fhir_answers import (
    fhir_json,
    history,
    one_version,
    outcome,
    preferences,
    searchset,
)
from ascbridge.web.fhir_reach import (
    Principal,
    Refusal,
    allowed,
    may_come_along,
    may_read,
    reach_of,
    readable,
)
from ascbridge.web.fhir_statement import FHIR_JSON, capability_statement
from ascbridge.web.purpose import stated_purpose

Pairs = Sequence[tuple[str, str]]
READABLE = frozenset(
    {FHIR_JSON, "application/json", "application/json+fhir", "json", "application/*", "*/*", ""}
)
PURPOSE = "direct care"
"""What a read is for whose bearer states no other with `X-Purpose`."""
USUAL_VERSIONS = 50
MOST_VERSIONS = 200


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
        reach = reach_of(who, "r", resource_type)
        stored = await self._one(who, resource_type, resource_id, request, "read", reach)
        return one_version(stored.version, stored.updated_ms, stored.body, _if_none_match(request))

    async def read_version(
        self, who: Principal, resource_type: str, resource_id: str, version: str, request: Request
    ) -> Response:
        """Answer ``GET /fhir/Patient/p1/_history/3``. A version that held what is withheld by now is not there."""
        reach = reach_of(who, "r", resource_type)
        stored = await self._one(who, resource_type, resource_id, request, "vread", reach)
        if version == str(stored.version):
            return one_version(stored.version, stored.updated_ms, stored.body, _if_none_match(request))
        wanted = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        older = await self.database.read(
            lambda connection: older_versions(connection, resource_type, resource_id, wanted + 1, 1)
        )
        if not older or older[0].version != wanted:
            raise Refusal(404, "There is no such version, or what it held is withheld.")
        return one_version(wanted, older[0].updated_ms, older[0].body, _if_none_match(request))

    async def history(
        self, who: Principal, resource_type: str, resource_id: str, pairs: Pairs, request: Request
    ) -> Response:
        """Answer ``GET /fhir/Patient/p1/_history``, the newest version first."""
        asked, reach = _numbers(pairs, ("_count", "_cursor")), reach_of(who, "r", resource_type)
        stored = await self._one(who, resource_type, resource_id, request, "history", reach)
        most = min(asked.get("_count", USUAL_VERSIONS) or USUAL_VERSIONS, MOST_VERSIONS)
        below = asked.get("_cursor", stored.version + 1)
        now = [Version(stored.version, stored.updated_ms, stored.status, stored.rule, stored.body)]
        newest = now if below > stored.version else []
        older = await self.database.read(
            lambda connection: older_versions(
                connection, resource_type, resource_id, min(below, stored.version), most + 1
            )
        )
        versions = [*newest, *older]
        name = f"{resource_type}/{resource_id}"
        applied = [(key, value) for key, value in pairs if key in asked]
        return history(_base(request), name, applied, versions[:most], more=len(versions) > most)

    async def everything(self, who: Principal, person_id: str, pairs: Pairs, request: Request) -> Response:
        """Answer ``GET /fhir/Patient/p1/$everything``."""
        asked = _numbers(pairs, ("_count", "_cursor"))
        given = dict(pairs)
        types = [_known(each) for each in given.get("_type", "").split(",") if each]
        try:
            since_ms = span(given["_since"]).low if given.get("_since") else 0
        except NoDate as fault:
            raise Refusal(400, f"_since {fault}") from None
        readable_types = readable(who, types)
        reach = reach_of(who, "r", "Patient")
        patient = await self._one(who, "Patient", person_id, request, "everything", reach)
        page = await self.database.read(
            lambda connection: everything(
                connection,
                patient.person_id,
                types=readable_types,
                since_ms=since_ms,
                after=asked.get("_cursor", 0),
                count=min(asked.get("_count", MOST) or MOST, MOST),
            )
        )
        mine = [each for each in page.found if each.person_id]
        applied = [(key, value) for key, value in pairs if key in (*asked, "_type", "_since")]
        return searchset(
            _base(request),
            f"{_base(request)}/Patient/{person_id}/$everything",
            applied,
            mine,
            along=[each for each in page.found if not each.person_id],
            after=page.after,
        )

    async def search(self, who: Principal, resource_type: str, pairs: Pairs, request: Request) -> Response:
        """Answer ``GET /fhir/Task?status=requested``."""
        handling = preferences(request.headers.getlist("prefer")).get("handling", "")
        reach = reach_of(who, "s", resource_type)
        try:
            query = read_query(resource_type, pairs, strict=handling == "strict")
            may_come_along(who, query)
            page, along = await self.database.read(
                lambda connection: self._found(connection, query, who, reach)
            )
        except BadSearch as fault:
            raise Refusal(400, str(fault)) from None
        people = [stored.person_id for stored in (*page.found, *along) if not isinstance(stored, dict)]
        await self._audit(who, f"fhir search {resource_type}", people, "200", request)
        base = _base(request)
        return searchset(
            base, f"{base}/{resource_type}", query.applied, page.found,
            along=along, after=page.after, total=page.total, handling=handling,
        )  # fmt: skip

    def _found(
        self, connection: Connection, query: Query, who: Principal, reach: Reach
    ) -> tuple[Page, list[Stored | dict[str, Any]]]:
        page = search(connection, self.keyring, query, reach)
        along: list[Stored | dict[str, Any]] = [
            each for each in coming_along(connection, query, page.found) if may_read(who, each)
        ]
        if "Provenance" in query.revincluding:
            along += provenances(connection, page.found)
        return page, along

    async def provenance(self, who: Principal, resource_id: str, request: Request) -> Response:
        """Answer ``GET /fhir/Provenance/Patient.p1``: it is made of what the store holds of its target."""
        resource_type, _, target_id = target_of(resource_id).partition("/")
        if resource_type not in PARAMETERS:
            raise Refusal(404, "No Provenance with this id.")
        reach_of(who, "r", "Provenance")
        reach = reach_of(who, "r", resource_type)
        target = await self._one(who, resource_type, target_id, request, "provenance", reach)
        made = await self.database.read(lambda connection: provenances(connection, [target]))
        if not made:
            raise Refusal(404, "What many people share has no Provenance.")
        return one_version(target.version, target.updated_ms, orjson.dumps(made[0]), _if_none_match(request))

    async def provenance_search(self, who: Principal, pairs: Pairs, request: Request) -> Response:
        """Answer ``GET /fhir/Provenance?target=Patient/p1``."""
        targets = [each for name, value in pairs if name == "target" for each in value.split(",") if each]
        if not targets or len(targets) > MOST_VERSIONS:
            raise Refusal(400, "Provenance is searched by target=Type/id, up to 200 of them.")
        reach_of(who, "s", "Provenance")
        names = [each.partition("/")[::2] for each in targets]
        wanted = [(*name, reach_of(who, "r", name[0])) for name in names if name[0] in PARAMETERS]

        def look(connection: Connection) -> tuple[list[Stored], list[dict[str, Any]]]:
            found = [read_one(connection, *each) for each in wanted]
            here = [each for each in found if each is not None and each.status != ERASED]
            return here, provenances(connection, here)

        here, made = await self.database.read(look)
        await self._audit(who, "fhir search Provenance", [each.person_id for each in here], "200", request)
        base, applied = _base(request), [(name, value) for name, value in pairs if name == "target"]
        return searchset(base, f"{base}/Provenance", applied, made)

    async def _one(
        self, who: Principal, resource_type: str, resource_id: str, request: Request, what: str, reach: Reach
    ) -> Stored:
        """Return a resource as it stands, once its reading is written down."""
        stored = await self.database.read(
            lambda connection: read_one(connection, resource_type, resource_id, reach)
        )
        status = 404 if stored is None else 410 if stored.status == ERASED else 200
        people = [stored.person_id] if stored is not None else []
        await self._audit(who, f"fhir {what} {resource_type}", people, str(status), request)
        if stored is None:
            raise Refusal(404, f"No {resource_type} with this id.")
        if status == 410:
            raise Refusal(410, "The person asked for, or was given, erasure: nothing is kept here.")
        return stored

    async def _audit(
        self, who: Principal, what: str, people: Sequence[str], result: str, request: Request
    ) -> None:
        """Note one read for each person seen, or one for nobody."""
        came, why = where_from(request, who), stated_purpose(request) or PURPOSE
        entries = [
            AuditEntry(self.writer, who.name, who.role, what, person, why, came, result)
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
        return fhir_json(orjson.dumps(capability_statement(_base(request))))

    @router.post("/{resource_type}/_search")
    async def search_by_post(resource_type: str, request: Request, who: Who) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        pairs = [*_pairs(request.url.query), *_pairs(body)]
        return await api.search(allowed(who, resource_type), _known(resource_type), pairs, request)

    @router.get("/Patient/{resource_id}/$everything")
    async def everything_of(resource_id: str, request: Request, who: Who) -> Response:
        return await api.everything(allowed(who, "Patient"), resource_id, _pairs(request.url.query), request)

    @router.get("/{resource_type}/{resource_id}/_history/{version}")
    async def read_version(
        resource_type: str, resource_id: str, version: str, request: Request, who: Who
    ) -> Response:
        of = _known(resource_type)
        return await api.read_version(allowed(who, of), of, resource_id, version, request)

    @router.get("/{resource_type}/{resource_id}/_history")
    async def versions(resource_type: str, resource_id: str, request: Request, who: Who) -> Response:
        of, pairs = _known(resource_type), _pairs(request.url.query)
        return await api.history(allowed(who, of), of, resource_id, pairs, request)

    @router.get("/Provenance/{resource_id}")
    async def provenance(resource_id: str, request: Request, who: Who) -> Response:
        return await api.provenance(allowed(who, "Provenance"), resource_id, request)

    @router.get("/Provenance")
    async def provenance_search(request: Request, who: Who) -> Response:
        pairs = _pairs(request.url.query)
        return await api.provenance_search(allowed(who, "Provenance"), pairs, request)

    @router.get("/{resource_type}/{resource_id}")
    async def read(resource_type: str, resource_id: str, request: Request, who: Who) -> Response:
        return await api.read(allowed(who, resource_type), _known(resource_type), resource_id, request)

    @router.get("/{resource_type}")
    async def search_by_get(resource_type: str, request: Request, who: Who) -> Response:
        return await api.search(
            allowed(who, resource_type), _known(resource_type), _pairs(request.url.query), request
        )

    @router.api_route(
        "/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )
    async def anything_else(path: str, request: Request, who: Who) -> Response:
        allowed(who)
        if request.method == "GET" or path.partition("/")[0] not in PARAMETERS:
            raise Refusal(404, "There is nothing here; GET /fhir/metadata lists what there is.")
        raise Refusal(405, "This interface only reads.")

    return router


def _if_none_match(request: Request) -> str:
    return request.headers.get("if-none-match", "")


def _numbers(pairs: Pairs, names: Sequence[str]) -> dict[str, int]:
    """Return those of the parameters that are whole numbers by name. Raises `Refusal`."""
    found = {}
    for name, value in pairs:
        if name in names and value:
            if not (value.isascii() and value.isdigit() and len(value) < 18):
                raise Refusal(400, f"{name} must be a whole number.")
            found[name] = int(value)
    return found


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
