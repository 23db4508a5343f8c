"""Holds what was understood of one file against its truth: every cut, document and value, judged.

A document counts when exactly its pages were put together (blank pages aside); its category and its
values are judged then. Nothing is counted here: `scores` counts, `mistakes` tells what went wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from models.evaluation.comparing import Row, agreement, plain, rows, same

FIELDS = (
    "supplier_name",
    "supplier_vat_id",
    "supplier_siren",
    "invoice_number",
    "issue_date",
    "due_date",
    "currency",
    "net_total",
    "vat_total",
    "gross_total",
    "amount_due",
    "iban",
)
LINES = {"vat_lines": ("amount", True), "line_items": ("net_amount", False)}
EMPTY = (None, "")

Group = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JudgedCut:
    """A place between two neighbouring pages where a document begins, truly or as was found.

    `probability` and `reasons` are what was claimed; None where no claim was made.
    """

    before: int
    page: int
    made: bool
    true: bool
    probability: float | None = None
    reasons: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return self.made == self.true


@dataclass(frozen=True, slots=True)
class JudgedValue:
    """A field or a table of a document. `f1` is of the rows of a table, else 1 or 0."""

    name: str
    true: Any
    found: Any
    right: bool
    f1: float
    finding: Group
    """The field as it travels, with its state, page and box; empty for a table."""

    @property
    def absent(self) -> bool:
        """The paper has none: whatever was found is spurious."""
        return self.true in EMPTY

    @property
    def given(self) -> bool:
        return self.found not in EMPTY

    @property
    def state(self) -> str:
        return str(self.finding.get("state", ""))


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """A true document; `found` is the group of exactly its pages, if there is one."""

    truth: Group
    found: Group | None
    values: tuple[JudgedValue, ...] = ()

    @property
    def accepted(self) -> frozenset[str]:
        """The categories that a reasonable clerk might choose."""
        return frozenset({self.truth["category"], *(self.truth.get("accept_categories") or ())})

    @property
    def supplier(self) -> str | None:
        """The true supplier's name, however it is written; None when nobody has labelled it."""
        return plain((self.truth.get("fields") or {}).get("supplier_name")) or None


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """`pages` are the numbers of the pages that are not blank; `moves` see `moves`."""

    name: str
    set: str
    pages: tuple[int, ...]
    cuts: tuple[JudgedCut, ...]
    documents: tuple[JudgedDocument, ...]
    perfect: bool
    moves: int


def judge(name: str, set_: str, groups: Sequence[Group], truth: Group) -> JudgedFile:
    """The groups found in one file against its truth, in the shape of `data` for `evaluate`."""
    blank = set(truth.get("blank_pages") or ())
    pages = [page for page in range(truth["page_count"]) if page not in blank]
    true, found = _owners(pages, truth["groups"]), _owners(pages, groups)
    by_pages: dict[frozenset[int], Group] = {}
    for group in groups:
        by_pages.setdefault(frozenset(group.get("pages") or ()) - blank, group)
    by_pages.pop(frozenset(), None)
    documents = tuple(
        _document(document, by_pages.get(frozenset(document["pages"])))
        for document in truth["groups"]
    )
    exact = sum(document.found is not None for document in documents)
    return JudgedFile(
        name,
        set_,
        tuple(pages),
        tuple(_cuts(pages, true, found, groups)),
        documents,
        perfect=exact == len(documents) == len(by_pages),
        moves=moves(len(pages), _runs(pages, true), _runs(pages, found)),
    )


def moves(pages: int, true: Sequence[int], found: Sequence[int]) -> int:
    """How many pages a person must drag to another document: what no pairing of documents saves.

    Both are lengths of runs of the same pages in order. The best pairing keeps the order, so that
    it is found as the longest common subsequence is.
    """
    starts_true, starts_found = _starts(true), _starts(found)
    best = [0] * (len(found) + 1)
    for length, start in zip(true, starts_true, strict=True):
        row = [0]
        for j, (other, begin) in enumerate(zip(found, starts_found, strict=True)):
            shared = max(0, min(start + length, begin + other) - max(start, begin))
            row.append(max(best[j + 1], row[j], best[j] + shared))
        best = row
    return pages - best[-1]


def _owners(pages: Sequence[int], groups: Sequence[Group]) -> dict[int, Any]:
    """Which group each page is in; a page nobody claimed stands alone."""
    owner: dict[int, Any] = {}
    for index, group in enumerate(groups):
        for page in group.get("pages") or ():
            owner.setdefault(page, index)
    return {page: owner.get(page, ("nobody", page)) for page in pages}


def _cuts(
    pages: Sequence[int],
    true: Mapping[int, Any],
    found: Mapping[int, Any],
    groups: Sequence[Group],
) -> Iterator[JudgedCut]:
    claims = {min(group["pages"]): group.get("cut") or {} for group in groups if group.get("pages")}
    for before, page in pairwise(pages):
        belongs, made = true[before] != true[page], found[before] != found[page]
        if made or belongs:
            claim = claims.get(page, {}) if made else {}
            reasons = tuple(claim.get("reasons") or ())
            yield JudgedCut(before, page, made, belongs, claim.get("probability"), reasons)


def _document(truth: Group, found: Group | None) -> JudgedDocument:
    document = JudgedDocument(truth, found)
    if not truth.get("fields"):
        return document
    unsigned = "credit_note" in document.accepted
    values = (*_fields(truth, found, unsigned=unsigned), *_tables(truth, found, unsigned=unsigned))
    return JudgedDocument(truth, found, values)


def _fields(truth: Group, found: Group | None, *, unsigned: bool) -> Iterator[JudgedValue]:
    read = (found or {}).get("fields") or {}
    for name in FIELDS:
        true = truth["fields"].get(name)
        if name in (truth.get("ignore_fields") or ()) or (true in EMPTY and found is None):
            continue
        finding = read.get(name) or {}
        value = finding.get("value")
        right = value in EMPTY if true in EMPTY else same(name, value, true, unsigned=unsigned)
        right = right and found is not None
        yield JudgedValue(name, true, value, right, float(right), finding)


def _tables(truth: Group, found: Group | None, *, unsigned: bool) -> Iterator[JudgedValue]:
    for name, (key, rated) in LINES.items():
        wanted = rows(truth["fields"].get(name), key, unsigned=unsigned, rated=rated)
        if name in (truth.get("ignore_fields") or ()) or not wanted:
            continue
        got = rows((found or {}).get(name), key, unsigned=unsigned, rated=rated)
        common = (got & wanted).total()
        f1 = agreement(common, (got - wanted).total(), (wanted - got).total())[2]
        yield JudgedValue(name, _shown(wanted), _shown(got), got == wanted, f1, {})


def _shown(bag: Counter[Row]) -> str:
    """The rows of a table in a line: amounts, each after its rate where there is one."""
    ordered = sorted(bag.elements(), key=lambda row: (row[1], row[0] or 0))
    return "  ".join(
        f"{value}" if rate is None else f"{rate.normalize():f} %: {value}"
        for rate, value in ordered
    )


def _runs(pages: Sequence[int], owner: Mapping[int, Any]) -> list[int]:
    runs: list[int] = []
    last: Any = None
    for page in pages:
        if runs and owner[page] == last:
            runs[-1] += 1
        else:
            runs.append(1)
        last = owner[page]
    return runs


def _starts(lengths: Sequence[int]) -> list[int]:
    starts = [0]
    for length in lengths:
        starts.append(starts[-1] + length)
    return starts[:-1]
