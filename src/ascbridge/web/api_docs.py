"""The description of the interfaces: OpenAPI 3.1 for programs, and a page made from it for people. Nothing
is fetched for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from ascbridge.web.visitors import AnyRole, Visitor

if TYPE_CHECKING:
    from ascbridge.web.layout import Pages

router = APIRouter(include_in_schema=False)
SignedIn = Annotated[Visitor, Depends(AnyRole())]


@router.get("/api/openapi.json")
async def openapi(request: Request, _: SignedIn) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi())


@router.get("/api/docs")
async def docs(request: Request, visitor: SignedIn) -> Response:
    """The same, to read."""
    document: dict[str, Any] = request.app.openapi()
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in operations:
        groups.setdefault((one.get("tags") or ["other"])[0], []).append(one)
    pages: Pages = request.app.state.pages
    return pages.show(
        request, "api_docs.html", visitor=visitor, groups=groups,
        schemas=document.get("components", {}).get("schemas", {}), about=document["info"],
    )  # fmt: skip
