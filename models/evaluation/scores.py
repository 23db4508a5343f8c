"""Counts how much of the truth was found: boundaries, whole documents, categories, fields.

A document counts when exactly its pages were put together (blank pages aside); category and fields
are judged on those, and *end to end* counts the others as wrong. A *spurious* value was given where
the paper shows none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from models.evaluation.comparing import agreement, rows, same

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
BINS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)

Group = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that was read wrongly, to look at."""

    file: str
    pages: tuple[int, ...]
    what: str
    true: str
    found: str
    state: str = ""


@dataclass(slots=True)
class Bin:
    """Claims of about the same probability, and how many of them were right."""

    claims: int = 0
    right: int = 0
    claimed: float = 0.0

    def add(self, probability: float, *, right: bool) -> None:
        self.claims += 1
        self.right += right
        self.claimed += probability

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.claims,
            "claimed": share(self.claimed, self.claims),
            "right": share(self.right, self.claims),
        }


@dataclass(slots=True)
class Score:
    """Add files, then ask for the `result`."""

    counts: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    line_f1: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    categories: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    cuts: dict[float, Bin] = field(default_factory=lambda: defaultdict(Bin))
    confidences: dict[float, Bin] = field(default_factory=lambda: defaultdict(Bin))
    states: dict[str, Bin] = field(default_factory=lambda: defaultdict(Bin))
    kinds: dict[float, Bin] = field(default_factory=lambda: defaultdict(Bin))
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, file: str, groups: Sequence[Group], truth: Mapping[str, Any]) -> None:
        """Judge the groups of one file against its truth."""
        blank = set(truth.get("blank_pages") or ())
        pages = [page for page in range(truth["page_count"]) if page not in blank]
        true = _owners(pages, truth["groups"])
        found = _owners(pages, groups)
        hits, wrong, missed = _boundaries(pages, true, found)
        self.counts.update(hits=hits, wrong=wrong, missed=missed)
        alone = _boundaries(pages, true, {page: (page,) for page in pages})
        self.counts.update(alone_hits=alone[0], alone_wrong=alone[1], alone_missed=alone[2])
        self._cuts(pages, true, groups)

        by_pages: dict[frozenset[int], Group] = {}
        for group in groups:
            by_pages.setdefault(frozenset(group.get("pages") or ()) - blank, group)
        by_pages.pop(frozenset(), None)
        exact = 0
        for document in truth["groups"]:
            hit = by_pages.get(frozenset(document["pages"]))
            exact += hit is not None
            self._document(file, hit, document)
        everything = exact == len(truth["groups"]) == len(by_pages)
        self.counts.update(files=1, pages=len(pages), perfect_files=everything)
        self.counts["moves"] += moves(len(pages), _runs(pages, true), _runs(pages, found))

    def result(self) -> dict[str, Any]:
        n = self.counts
        precision, recall, f1 = agreement(n["hits"], n["wrong"], n["missed"])
        alone = agreement(n["alone_hits"], n["alone_wrong"], n["alone_missed"])
        often, often_n = "", 0
        for category, counts in sorted(self.categories.items()):
            if counts["documents"] > often_n:
                often, often_n = category, counts["documents"]
        return {
            "files": n["files"],
            "pages": n["pages"],
            "documents": n["documents"],
            "boundary": {
                "n": n["hits"] + n["missed"],
                "precision": round(precision, 4),
                "recall": round(recall, 4),
                "f1": round(f1, 4),
            },
            "exact_documents": share(n["exact"], n["documents"]),
            "exact_documents_of_several_pages": share(n["several_exact"], n["several"]),
            "documents_of_several_pages": n["several"],
            "perfect_files": share(n["perfect_files"], n["files"]),
            "moves_per_100_pages": share(100 * n["moves"], n["pages"]),
            "category_strict": share(n["strict"], n["exact"]),
            "category_lenient": share(n["lenient"], n["exact"]),
            "split_and_category": share(n["lenient"], n["documents"]),
            "baselines": {
                "every_page_a_document": {
                    "boundary_f1": round(alone[2], 4),
                    "exact_documents": share(n["documents"] - n["several"], n["documents"]),
                },
                "most_frequent_category": {"category": often, "share": share(often_n, n["documents"])},
            },
            "fields": {
                name: self._field(name) for name in (*FIELDS, *LINES) if self.fields.get(name)
            },
            "by_category": {
                category: {
                    "documents": c["documents"], "exact": c["exact"], "right": c["right"],
                }
                for category, c in sorted(self.categories.items())
            },
            "confusions": [
                {"true": true, "found": found, "n": count}
                for (true, found), count in self.confusions.most_common()
            ],
            "calibration": {
                "cuts": _binned(self.cuts),
                "categories": _binned(self.kinds),
                "fields": _binned(self.confidences),
                "states": {name: self.states[name].to_json() for name in sorted(self.states)},
            },
        }  # fmt: skip

    def _field(self, name: str) -> dict[str, Any]:
        c = self.fields[name]
        result: dict[str, Any] = {
            "accuracy": share(c["right"], c["matched"]),
            "end_to_end": share(c["right"], c["all"]),
            "n": c["all"],
        }
        if name in LINES:
            return result | {"line_f1": share(self.line_f1[name], c["matched"])}
        return result | {"spurious": share(c["spurious"], c["absent"]), "absent": c["absent"]}

    def _cuts(self, pages: Sequence[int], true: Mapping[int, Any], groups: Sequence[Group]) -> None:
        place = {page: index for index, page in enumerate(pages)}
        for group in groups:
            first = place.get(min(group.get("pages") or [-1]))
            probability = group.get("cut")
            if first and isinstance(probability, float):
                right = true.get(pages[first]) != true.get(pages[first - 1])
                self.cuts[_bin(probability)].add(probability, right=right)

    def _document(self, file: str, hit: Group | None, truth: Group) -> None:
        n, category = self.counts, truth["category"]
        accepted = {category, *(truth.get("accept_categories") or ())}
        several = len(truth["pages"]) > 1
        n.update(documents=1, several=several, several_exact=several and hit is not None)
        counts = self.categories[category]
        counts["documents"] += 1
        if hit is None:
            self._mistake(file, truth, "pages", "together", "not together")
        else:
            said = str(hit.get("category"))
            n.update(exact=1, strict=said == category, lenient=said in accepted)
            counts.update(exact=1, right=said == category)
            self.kinds[_bin(hit.get("confidence", 1.0))].add(
                hit.get("confidence", 1.0), right=said in accepted
            )
            if said not in accepted:
                self.confusions[category, said] += 1
                self._mistake(file, truth, "category", category, said)
        if truth.get("fields"):
            self._fields(file, hit, truth, unsigned="credit_note" in accepted)

    def _fields(self, file: str, hit: Group | None, truth: Group, *, unsigned: bool) -> None:
        true, ignored = truth["fields"], set(truth.get("ignore_fields") or ())
        read = (hit or {}).get("fields") or {}
        for name in FIELDS:
            if name in ignored:
                continue
            found = read.get(name) or {}
            value = found.get("value")
            c = self.fields[name]
            if true.get(name) in (None, ""):
                right = False
                if hit is not None:
                    c.update(absent=1, spurious=value not in (None, ""))
            else:
                right = hit is not None and same(name, value, true[name], unsigned=unsigned)
                c.update(all=1, matched=hit is not None, right=right)
            if hit is None or (value in (None, "") and true.get(name) in (None, "")):
                continue
            if not right:
                self._mistake(file, truth, name, true.get(name), value, found.get("state", ""))
            if value not in (None, ""):
                sure = float(found.get("confidence", 1.0))
                self.confidences[_bin(sure)].add(sure, right=right)
                self.states[found.get("state", "read")].add(sure, right=right)
        for name, (key, rated) in LINES.items():
            wanted = rows(true.get(name), key, unsigned=unsigned, rated=rated)
            if name in ignored or not wanted:
                continue
            got = rows((hit or {}).get(name), key, unsigned=unsigned, rated=rated)
            right = hit is not None and got == wanted
            self.fields[name].update(all=1, matched=hit is not None, right=right)
            if hit is not None:
                common = (got & wanted).total()
                self.line_f1[name] += agreement(
                    common, (got - wanted).total(), (wanted - got).total()
                )[2]
                if not right:
                    shown = [
                        " ".join(str(b[1]) for b in sorted(bag.elements(), key=str))
                        for bag in (wanted, got)
                    ]
                    self._mistake(file, truth, name, *shown)

    def _mistake(
        self, file: str, truth: Group, what: str, true: Any, found: Any, state: str = ""
    ) -> None:
        where = str(truth.get("source_doc") or truth.get("id") or "")
        self.mistakes.append(
            Mistake(f"{file} {where}".strip(), tuple(truth["pages"]), what,
                    str(true or ""), str(found or ""), state)
        )  # fmt: skip


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


def share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _owners(pages: Sequence[int], groups: Sequence[Group]) -> dict[int, Any]:
    """Which group each page is in; a page nobody claimed stands alone."""
    owner: dict[int, Any] = {}
    for index, group in enumerate(groups):
        for page in group.get("pages") or ():
            owner.setdefault(page, index)
    return {page: owner.get(page, ("nobody", page)) for page in pages}


def _boundaries(
    pages: Sequence[int], true: Mapping[int, Any], found: Mapping[int, Any]
) -> tuple[int, int, int]:
    cuts = [{b for a, b in pairwise(pages) if owner[a] != owner[b]} for owner in (true, found)]
    return len(cuts[0] & cuts[1]), len(cuts[1] - cuts[0]), len(cuts[0] - cuts[1])


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


def _bin(probability: float) -> float:
    return next((top for top in BINS if probability <= top), BINS[-1])


def _binned(bins: Mapping[float, Bin]) -> list[dict[str, Any]]:
    return [{"up_to": top, **bins[top].to_json()} for top in sorted(bins)]
