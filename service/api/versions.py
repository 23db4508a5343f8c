"""ETag and If-Match: what two people may edit at once carries a version."""

from __future__ import annotations

import re
from typing import Any

from litestar import Response

from domain.errors import Invalid

_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def version_of(if_match: str | None) -> int | None:
    """The version an If-Match header names; None for none and for ``*``."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise Invalid("If-Match is the ETag of the answer you changed.", code="invalid_if_match")
    return int(match[1])


def required_version(if_match: str | None, version: int | None) -> int | None:
    """The version from the header or, for programs that find it easier, from the body."""
    stated = version_of(if_match)
    return version if stated is None else stated


def versioned(content: dict[str, Any], status_code: int = 200) -> Response[dict[str, Any]]:
    return Response(content, status_code=status_code, headers={"ETag": f'"{content["version"]}"'})
