"""Puts chosen pages together into one clean PDF: no scripts, no launches, nothing enclosed.

Pages are copied as they are, not redrawn; what belongs to a document and not to a page (scripts,
enclosed files, forms) stays behind because only pages are copied.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pymupdf
from pikepdf import Name

from models.inside.documents import damaged, open_pdf

DROPPED_ANNOTATIONS = frozenset(
    {"/FileAttachment", "/Movie", "/Sound", "/RichMedia", "/3D", "/Screen"}
)
FALLBACK_DPI = 150


def assemble(
    parts: Sequence[tuple[str, Sequence[int], Sequence[tuple[int, int]]]], out: str
) -> int:
    """Write `out` from (file, page numbers, extra clockwise turns by page); its page count."""
    with pikepdf.Pdf.new() as result, contextlib.ExitStack() as sources:
        for path, numbers, turns in parts:
            turned = dict(turns)
            source = _source(Path(path), sources)
            for number in numbers:
                copied = _copy(result, source, Path(path), number, sources)
                if turned.get(number):
                    copied.rotate(turned[number], relative=True)
        result.save(out, deterministic_id=True, linearize=False)
        return len(result.pages)


def _source(path: Path, sources: contextlib.ExitStack) -> pikepdf.Pdf | None:
    try:
        return sources.enter_context(pikepdf.open(path))
    except (pikepdf.PdfError, RuntimeError, ValueError):
        return None  # too damaged for qpdf; MuPDF has read it, so its pages are drawn


def _copy(
    result: pikepdf.Pdf, source: pikepdf.Pdf | None, path: Path, number: int,
    sources: contextlib.ExitStack,
) -> pikepdf.Page:  # fmt: skip
    if source is not None:
        with contextlib.suppress(pikepdf.PdfError, IndexError, ValueError, KeyError, TypeError):
            page = source.pages[number]
            _disarm(page)
            result.pages.append(page)
            return result.pages[-1]
    drawn = sources.enter_context(pikepdf.open(_drawn(path, number)))
    result.pages.append(drawn.pages[0])
    return result.pages[-1]


def _disarm(page: pikepdf.Page) -> None:
    """Take everything that acts out of a page; what is seen stays."""
    for key in (Name.AA, Name.B, Name.StructParents):
        if key in page.obj:
            del page.obj[key]
    annotations = page.obj.get(Name.Annots)
    if not isinstance(annotations, pikepdf.Array):
        if annotations is not None:
            del page.obj[Name.Annots]
        return
    kept = []
    for annotation in annotations.as_list():
        if not isinstance(annotation, pikepdf.Dictionary):
            continue
        if str(annotation.get(Name.Subtype, "")) in DROPPED_ANNOTATIONS:
            continue
        for key in (Name.A, Name.AA, Name.PA, Name.Dest, Name.Parent, Name.FS):
            if key in annotation:
                del annotation[key]
        kept.append(annotation)
    if kept:
        page.obj[Name.Annots] = pikepdf.Array(kept)
    else:
        del page.obj[Name.Annots]


def _drawn(path: Path, number: int) -> Path:
    """A page that qpdf cannot copy, as a picture of itself."""
    try:
        with open_pdf(path) as document:
            page = document.load_page(number)
            with pymupdf.open() as made:
                sheet = made.new_page(width=page.rect.width, height=page.rect.height)
                picture = page.get_pixmap(dpi=FALLBACK_DPI, alpha=False)
                sheet.insert_image(sheet.rect, pixmap=picture)
                target = Path(f"drawn-{number}-{abs(hash(path))}.pdf")
                made.save(target)
                return target
    except MemoryError:
        raise
    except Exception as error:
        raise damaged("A page can neither be copied nor drawn.") from error
