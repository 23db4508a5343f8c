"""Our style sheet, scripts and sign: a few small files, kept in memory, under an address that
changes with their content, so that browsers may keep them for ever.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from litestar import Controller, Response, get

from domain.errors import NotFound

FOLDER = Path(__file__).parents[1] / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FILES = {
    path.name: (path.read_bytes(), TYPES[path.suffix])
    for path in sorted(FOLDER.iterdir())
    if path.suffix in TYPES
}
VERSION = hashlib.sha256(b"".join(content for content, _ in FILES.values())).hexdigest()[:12]


def address(name: str) -> str:
    """Where a static file is; a name that does not exist is a mistake of ours, found at once."""
    assert name in FILES, name
    return f"/static/{VERSION}/{name}"


class Static(Controller):
    path = "/static"
    include_in_schema = False

    @get("/{version:str}/{name:str}", sync_to_thread=False)
    def file(self, version: str, name: str) -> Response[bytes]:
        if name not in FILES:
            raise NotFound("There is no such file.")
        content, media_type = FILES[name]
        kept = "public, max-age=31536000, immutable" if version == VERSION else "no-cache"
        return Response(content, media_type=media_type, headers={"Cache-Control": kept})


CONTROLLERS = (Static,)
