"""The bars that understanding has to clear, and the line of numbers that tells how it went over time.

A bar names a number of an evaluation and the least it must be, for stacks that were digital from
the start and for scanned ones, for photographed receipts, or for what is claimed as certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.evaluation.report import percent

RECEIPTS = "files: receipt"
CERTAINLY = 0.995


@dataclass(frozen=True, slots=True)
class Bar:
    """`path` leads to the number in the result of a set."""

    name: str
    path: tuple[str, ...]
    digital: float
    scanned: float


def _field(name: str, label: str, digital: float, scanned: float, of: str = "accuracy") -> Bar:
    return Bar(label, ("fields", name, of), digital, scanned)


BARS = (
    Bar("boundary F1", ("boundary", "f1"), 0.97, 0.95),
    Bar("exact documents", ("exact_documents",), 0.94, 0.90),
    Bar("category", ("category_lenient",), 0.95, 0.93),
    _field("gross_total", "gross", 0.96, 0.92),
    _field("issue_date", "date", 0.96, 0.92),
    _field("currency", "currency", 0.96, 0.92),
    _field("invoice_number", "number", 0.94, 0.88),
    _field("supplier_name", "supplier", 0.92, 0.85),
    _field("supplier_vat_id", "VAT id", 0.92, 0.85),
    _field("iban", "IBAN", 0.92, 0.85),
    _field("net_total", "net", 0.92, 0.85),
    _field("vat_total", "VAT", 0.92, 0.85),
    _field("vat_lines", "VAT lines", 0.88, 0.80),
    _field("line_items", "line items F1", 0.80, 0.70, "line_f1"),
)
OF_RECEIPTS = {"gross_total": ("gross", 0.90), "issue_date": ("date", 0.93),
               "supplier_name": ("supplier", 0.80)}  # fmt: skip
"""By field: its name and the least it must be."""
HEADINGS = (
    "date", "version", "documents", *(bar.name for bar in BARS),
    "receipts: gross, date, supplier", "cuts ≥ 99 %", "proved",
)  # fmt: skip
"""Of the history; each bar has its digital and its scanned number in one cell."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A bar, the least it asks, what was measured (None: nothing to measure on) and on what."""

    name: str
    least: float
    value: float | None
    on: str

    @property
    def met(self) -> bool:
        return self.value is not None and self.value >= self.least


def measured(result: dict[str, Any]) -> Iterator[Measured]:
    """Every bar, held against the result of `evaluate`."""
    for bar in BARS:
        for name, least in (("digital", bar.digital), ("scanned", bar.scanned)):
            yield Measured(bar.name, least, _at(result["sets"].get(name), bar.path), name)
    for field, (name, least) in OF_RECEIPTS.items():
        value = _at(result["sets"].get(RECEIPTS), ("fields", field, "accuracy"))
        yield Measured(name, least, value, "receipts")
    for name, claims in _certain(result).items():
        yield Measured(name, CERTAINLY, claims["right"], f"{claims['n']} claims")


def table(result: dict[str, Any]) -> str:
    """The bars as a table in Markdown."""
    lines = ["| bar | on | at least | measured | met |", "| --- | --- | ---: | ---: | --- |"]
    lines += [
        f"| {bar.name} | {bar.on} | {percent(bar.least)} | {percent(bar.value)} "
        f"| {'yes' if bar.met else '**no**' if bar.value is not None else '-'} |"
        for bar in measured(result)
    ]
    return "\n".join(lines)


def history_head() -> str:
    """The first two lines of the table of the history."""
    return "| " + " | ".join(HEADINGS) + " |\n|" + " --- |" * len(HEADINGS)


def history_line(result: dict[str, Any], version: str, documents: str) -> str:
    """One line of the history: `version` of the code, and which `documents` were measured."""
    sets = result["sets"]
    both = [
        " / ".join(_short(_at(sets.get(name), bar.path)) for name in ("digital", "scanned"))
        for bar in BARS
    ]
    receipts = ", ".join(
        _short(_at(sets.get(RECEIPTS), ("fields", field, "accuracy"))) for field in OF_RECEIPTS
    )
    certain = [
        f"{_short(claims['right'])} of {claims['n']}" if claims["n"] else "-"
        for claims in _certain(result).values()
    ]
    cells = [result["taken_on"], version, documents, *both, receipts, *certain]
    return "| " + " | ".join(cells) + " |"


def _certain(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    calibration = result["all"]["calibration"]
    nothing = {"n": 0, "right": None}
    return {
        "cuts claimed 99 % sure": calibration["certain"].get("cuts", nothing),
        "values marked proved": calibration["states"].get("proved", nothing),
    }


def _at(found: Any, path: tuple[str, ...]) -> float | None:
    for key in path:
        if not found:
            return None
        found = found.get(key)
    return found if found is None else float(found)


def _short(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
