"""Pictures of the pages that a report of an evaluation shows, drawn by disposable children."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from domain.errors import Refused
from models.limits import Limits
from models.opening import open_file
from models.sandbox import ParserFailed, Sandbox

SECONDS = 5.0
"""To draw a page."""


def picture_name(path: Path, page: int) -> str:
    """The name of the picture of a page, without a word of the file's own name."""
    return f"{hashlib.sha256(str(path).encode()).hexdigest()[:10]}-{page}.webp"


def draw_pictures(sandbox: Sandbox, files: Mapping[Path, Mapping[int, int]], folder: Path) -> None:
    """Draw pages into `folder`, under `picture_name`. By file: page, and the turn that sets it
    upright in degrees. What cannot be drawn is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    limits = Limits()
    with tempfile.TemporaryDirectory(prefix="bannette-report-") as work:
        for number, (path, pages) in enumerate(files.items()):
            place = Path(work, str(number))
            place.mkdir()
            with contextlib.suppress(Refused):
                _draw(sandbox, path, pages, folder, place, limits)


def _draw(
    sandbox: Sandbox,
    path: Path,
    pages: Mapping[int, int],
    folder: Path,
    work: Path,
    limits: Limits,
) -> None:
    opened = open_file(sandbox, path, path.name, limits, work)
    if opened.pdf_path is None:
        return
    pieces = sandbox.stream(
        "models.evaluation.drawing:draw",
        str(opened.pdf_path.resolve()),
        sorted(pages.items()),
        seconds=SECONDS * (1 + len(pages)),
        memory_mb=limits.memory_mb,
    )
    try:
        for told, picture in zip(pieces, pieces, strict=True):
            (folder / picture_name(path, int(told["page"]))).write_bytes(bytes(picture))
    except (KeyError, TypeError, ValueError) as error:
        raise ParserFailed("parser_crashed", f"an answer without sense: {error!r}") from error
