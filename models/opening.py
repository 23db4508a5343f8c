"""Opens an uploaded file: what it is, its pages, or why it cannot be taken.

Everything that touches the bytes happens in a sandboxed child (`models.inside.opening`); this
side checks the answer, which comes from a process that a stranger's file may have taken over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from domain.errors import Unreadable
from domain.findings import Reading
from domain.problems import Problem
from models.limits import Limits
from models.sandbox import ParserFailed, Sandbox

Kind = Literal["pdf", "image", "archive", "mail", "einvoice"]
KINDS = ("pdf", "image", "archive", "mail", "einvoice")


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page as displayed, in points (1/72 inch)."""

    width_pt: float
    height_pt: float


@dataclass(frozen=True, slots=True)
class Member:
    """A file out of an archive or a mail. `name` is to show; `path` is a name of our own."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened file has pages (`pdf_path` says where they are) or members, never both.

    `pdf_path` is the file itself for a PDF, and a PDF made in the work folder for images and XML
    invoices. `einvoice` is what the XML of the invoice says, alone or attached to a PDF.
    """

    kind: Kind
    media_type: str
    pdf_path: Path | None = None
    pages: tuple[PageSize, ...] = ()
    members: tuple[Member, ...] = ()
    einvoice: Reading | None = None
    problems: tuple[Problem, ...] = ()


def open_file(
    sandbox: Sandbox, path: Path, name: str, limits: Limits, work_dir: Path, *, depth: int = 0
) -> Opened:
    """Open the file at `path`; raises `Unreadable` with a code and advice, `name` in its details.

    `depth` counts the archives and mails it was found in. `work_dir` must be empty and is the
    caller's to remove, whatever happens.
    """
    try:
        answer = sandbox.run(
            "models.inside.opening:open_file",
            str(path.resolve()),
            limits.to_json(),
            str(work_dir.resolve()),
            depth,
            seconds=limits.open_seconds,
            memory_mb=limits.memory_mb,
        )
    except Unreadable as refusal:
        refusal.details.setdefault("file", name[:200])
        raise
    try:
        return _checked(answer, path, work_dir, limits)
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise ParserFailed("parser_crashed", f"an answer that makes no sense: {error!r}") from error


def _checked(answer: Any, path: Path, work_dir: Path, limits: Limits) -> Opened:
    kind = answer["kind"]
    if kind not in KINDS:
        raise ValueError(kind)
    pages = tuple(PageSize(_side(w), _side(h)) for w, h in answer.get("pages", ())[: limits.pages])
    pdf_path = None
    if pages:
        pdf_path = _made(work_dir, answer["pdf"]) if "pdf" in answer else path
    members = tuple(
        Member(str(shown)[:200], _made(work_dir, own), int(size))
        for shown, own, size in answer.get("members", ())[: limits.archive_entries]
    )
    if bool(pages) == bool(members):
        raise ValueError("pages or members")
    einvoice = answer.get("einvoice")
    return Opened(
        kind=kind,
        media_type=str(answer["media_type"])[:100],
        pdf_path=pdf_path,
        pages=pages,
        members=members,
        einvoice=Reading.from_json(einvoice) if einvoice else None,
        problems=tuple(Problem(**p) for p in answer.get("problems", ())[:100]),
    )


def _side(value: Any) -> float:
    side = float(value)
    if not math.isfinite(side) or side <= 0:
        raise ValueError("a page without a size")
    return side


def _made(work_dir: Path, name: Any) -> Path:
    """A plain file the child made in the work folder: no link, no path of its choosing."""
    if not isinstance(name, str) or "/" in name or name.startswith("."):
        raise ValueError("not a file of ours")
    made = work_dir / name
    if made.is_symlink() or not made.is_file():
        raise ValueError("not a file of ours")
    return made
