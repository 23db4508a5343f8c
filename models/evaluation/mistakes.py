"""What went wrong, one thing after the other, in the order in which it should worry.

First what was claimed as certain and is wrong, because nobody would have looked; then what cuts,
categories, fields and tables are wrong by admission.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from models.evaluation.judging import LINES, JudgedCut, JudgedDocument, JudgedFile, JudgedValue
from models.evaluation.scores import CERTAIN


class Kind(StrEnum):
    """Kinds of mistakes, the gravest first."""

    PROVED = "proved, and wrong"
    CERTAIN_CUT = "cut for certain, and wrong"
    SURE_CATEGORY = "sure of the category, and wrong"
    CUT = "cuts"
    CATEGORY = "categories"
    VAT_LINES = "VAT lines"
    LINE_ITEMS = "line items"
    FIELD = "fields"


ORDER = {kind: place for place, kind in enumerate(Kind)}
OVERCONFIDENT = (Kind.PROVED, Kind.CERTAIN_CUT, Kind.SURE_CATEGORY)


@dataclass(frozen=True, slots=True)
class Mistake:
    """`what` is ``cut``, ``category`` or the name of a field; `cut` or `document` is about it."""

    kind: Kind
    file: JudgedFile
    what: str
    true: str
    found: str
    pages: tuple[int, ...]
    cut: JudgedCut | None = None
    document: JudgedDocument | None = None
    value: JudgedValue | None = None

    def __str__(self) -> str:
        pages = ",".join(map(str, self.pages))
        name = str(self.document.truth.get("source_doc") or "") if self.document else ""
        state = self.value.state if self.value else ""
        return (
            f"{self.what:16} {self.file.set}: {self.file.name} {name}[{pages}] "
            f"true {self.true!r} found {self.found!r} {state}"
        ).rstrip()


def mistakes_in(files: Iterable[JudgedFile]) -> list[Mistake]:
    """Every mistake, by kind and then in the order of the files."""
    found = [mistake for file in files for mistake in _of_file(file)]
    return sorted(found, key=lambda mistake: (ORDER[mistake.kind], mistake.what))


def _of_file(file: JudgedFile) -> Iterator[Mistake]:
    for cut in file.cuts:
        if not cut.right:
            certain = cut.made and (cut.probability or 0.0) >= CERTAIN
            how = ("one document", "two documents")
            yield Mistake(Kind.CERTAIN_CUT if certain else Kind.CUT, file, "cut",
                          how[cut.true], how[cut.made], (cut.before, cut.page), cut=cut)  # fmt: skip
    for document in file.documents:
        pages = tuple(document.truth["pages"])
        if document.found is None:
            continue
        said = str(document.found.get("category"))
        if said not in document.accepted:
            kind = Kind.SURE_CATEGORY if document.found.get("sure", True) else Kind.CATEGORY
            yield Mistake(kind, file, "category", str(document.truth["category"]), said,
                          pages, document=document)  # fmt: skip
        for value in document.values:
            if not value.right:
                yield Mistake(_kind_of(value), file, value.name, _text(value.true),
                              _text(value.found), pages, document=document, value=value)  # fmt: skip


def _kind_of(value: JudgedValue) -> Kind:
    if value.name in LINES:
        return Kind.VAT_LINES if value.name == "vat_lines" else Kind.LINE_ITEMS
    return Kind.PROVED if value.state == "proved" else Kind.FIELD


def _text(value: object) -> str:
    return "" if value is None else str(value)
