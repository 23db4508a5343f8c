"""Counts what was judged: boundaries, whole documents, categories, values, and what claims are worth.

Category and values count on documents whose pages were put together exactly; *end to end* counts the
others as wrong. A *spurious* value was given where the paper shows none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.evaluation.comparing import agreement
from models.evaluation.judging import FIELDS, LINES, JudgedDocument, JudgedFile, JudgedValue

BINS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
CERTAIN = 0.99
"""A cut claimed with this probability or more has to be right."""


@dataclass(slots=True)
class Claims:
    """Claims of about the same probability, and how many of them were right."""

    count: int = 0
    right: int = 0
    claimed: float = 0.0

    def add(self, probability: float, *, right: bool) -> None:
        self.count += 1
        self.right += right
        self.claimed += probability

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.count,
            "claimed": share(self.claimed, self.count),
            "right": share(self.right, self.count),
        }


def _of_claims() -> defaultdict[Any, Claims]:
    return defaultdict(Claims)


@dataclass(slots=True)
class Score:
    """Add files, or documents alone, then ask for the `result`."""

    counts: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    line_f1: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    categories: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    cuts: dict[float, Claims] = field(default_factory=_of_claims)
    kinds: dict[float, Claims] = field(default_factory=_of_claims)
    values: dict[float, Claims] = field(default_factory=_of_claims)
    states: dict[str, Claims] = field(default_factory=_of_claims)
    certain: dict[str, Claims] = field(default_factory=_of_claims)
    """What was claimed without ifs: cuts as good as sure, categories sure or not."""

    def add(self, file: JudgedFile) -> None:
        hits = sum(cut.made and cut.true for cut in file.cuts)
        made, true = (sum(c.made for c in file.cuts), sum(c.true for c in file.cuts))
        self.counts.update(hits=hits, wrong=made - hits, missed=true - hits)
        self.counts.update(files=1, pages=len(file.pages), perfect_files=file.perfect)
        self.counts.update(moves=file.moves, places=max(0, len(file.pages) - 1))
        for cut in file.cuts:
            if cut.made and cut.probability is not None:
                self.cuts[_bin(cut.probability)].add(cut.probability, right=cut.right)
                if cut.probability >= CERTAIN:
                    self.certain["cuts"].add(cut.probability, right=cut.right)
        for document in file.documents:
            self.add_document(document)

    def add_document(self, document: JudgedDocument) -> None:
        category, found = document.truth["category"], document.found
        several = len(document.truth["pages"]) > 1
        self.counts.update(documents=1, several=several)
        self.categories[category]["documents"] += 1
        if found is not None:
            said = str(found.get("category"))
            accepted = said in document.accepted
            self.counts.update(exact=1, several_exact=several, strict=said == category)
            self.counts.update(lenient=accepted)
            self.categories[category].update(exact=1, right=said == category)
            if not accepted:
                self.confusions[category, said] += 1
            sure = float(found.get("confidence", 1.0))
            self.kinds[_bin(sure)].add(sure, right=accepted)
            kind = "categories" if found.get("sure", True) else "categories to check"
            self.certain[kind].add(sure, right=accepted)
        for value in document.values:
            self._value(value, matched=found is not None)

    def _value(self, value: JudgedValue, *, matched: bool) -> None:
        counts = self.fields[value.name]
        if value.absent:
            counts.update(absent=1, spurious=value.given)
        else:
            counts.update(all=1, matched=matched, right=value.right)
        if value.name in LINES:
            self.line_f1[value.name] += value.f1 if matched else 0.0
        elif matched and value.given:
            sure = float(value.finding.get("confidence", 1.0))
            self.values[_bin(sure)].add(sure, right=value.right)
            self.states[value.state or "read"].add(sure, right=value.right)

    def result(self) -> dict[str, Any]:
        """Everything counted, as plain JSON; shares between 0 and 1, None of nothing."""
        n = self.counts
        precision, recall, f1 = agreement(n["hits"], n["wrong"], n["missed"])
        boundaries = n["hits"] + n["missed"]
        alone = agreement(boundaries, n["places"] - boundaries, 0)
        often, often_n = "", 0
        for category, counts in sorted(self.categories.items()):
            if counts["documents"] > often_n:
                often, often_n = category, counts["documents"]
        return {
            "files": n["files"],
            "pages": n["pages"],
            "documents": n["documents"],
            "boundary": {
                "n": boundaries,
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
                "fields": _binned(self.values),
                "states": {name: self.states[name].to_json() for name in sorted(self.states)},
                "certain": {name: self.certain[name].to_json() for name in sorted(self.certain)},
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


def share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _bin(probability: float) -> float:
    return next((top for top in BINS if probability <= top), BINS[-1])


def _binned(bins: Mapping[float, Claims]) -> list[dict[str, Any]]:
    return [{"up_to": top, **bins[top].to_json()} for top in sorted(bins)]
