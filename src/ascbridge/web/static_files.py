"""Style, script and pictures: the same for everybody, without anything personal, read once at start."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from ascbridge.web.visitors import Everyone

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

router = APIRouter(include_in_schema=False)
_SERVED = (".css", ".js", ".svg")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, and the tag by which a browser knows that it has it already."""

    body: bytes
    media_type: str
    tag: str


def read_all() -> dict[str, StaticFile]:
    """Read every file that is served, by its path under ``/static/``."""
    return dict(_below(resources.files("ascbridge.web") / "static", ""))


@router.get("/static/{path:path}")
async def static(request: Request, path: str, _: Annotated[None, Depends(Everyone())]) -> Response:
    """One of them; nothing else of the disk can be reached."""
    files: dict[str, StaticFile] = request.app.state.static_files
    file = files.get(path)
    if file is None:
        raise HTTPException(404)
    headers = {"ETag": file.tag}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.body, media_type=file.media_type, headers=headers)


def _below(folder: Traversable, path: str) -> list[tuple[str, StaticFile]]:
    found = []
    for one in folder.iterdir():
        if one.is_dir():
            found += _below(one, f"{path}{one.name}/")
        elif one.name.endswith(_SERVED):
            body = one.read_bytes()
            kind = mimetypes.guess_type(one.name)[0] or "application/octet-stream"
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            found.append((path + one.name, StaticFile(body, kind, tag)))
    return found
