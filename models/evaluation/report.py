"""An evaluation in words and columns, for a terminal (`text`) or a document (`markdown`).

The tables hold numbers only; `exceptions` names papers, and is for the terminal of their owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.evaluation.mistakes import OVERCONFIDENT, Mistake
from models.evaluation.scores import CERTAIN

CLAIMS = {
    "cuts": f"cuts claimed {100 * CERTAIN:.0f} % sure or more",
    "categories": "categories it is sure of",
    "categories to check": "categories it asks to check",
}
SLICED = {
    "gross_total": "gross", "issue_date": "date", "invoice_number": "number",
    "supplier_name": "supplier", "supplier_vat_id": "VAT id", "iban": "IBAN",
    "net_total": "net", "vat_total": "VAT", "vat_lines": "VAT lines",
}  # fmt: skip
"""Fields of the tables by language and by supplier, with their short names."""

Table = tuple[Sequence[str], list[list[str]]]


def text(result: dict[str, Any]) -> str:
    """Tables with aligned columns."""
    parts = []
    for title, (head, body) in tables(result):
        widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
        lines = [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in [head, *body]
        ]
        parts.append("\n".join([title, *lines]))
    return "\n\n".join(parts)


def markdown(result: dict[str, Any]) -> str:
    parts = []
    for title, (head, body) in tables(result):
        rule = ["---", *["---:"] * (len(head) - 1)]
        lines = ["| " + " | ".join(row) + " |" for row in [head, rule, *body]]
        parts.append("\n".join([f"### {title}", "", *lines]))
    return "\n\n".join(parts)


def tables(result: dict[str, Any]) -> Iterator[tuple[str, Table]]:
    sets = result["sets"]
    yield "Splitting and sorting", _splitting(sets)
    for name, found in sets.items():
        if found["fields"]:
            yield f"Fields: {name}", _fields(found)
    for name, found in sets.items():
        if ": " not in name:
            yield f"Categories: {name}", _categories(found)
    yield "By language", _sliced("language", result["languages"])
    yield "Suppliers seen before in the same set, or not", _sliced("supplier", result["suppliers"])
    everything = result["all"]
    yield "What is claimed without ifs", _certain(everything["calibration"])
    if result["exceptions"]:
        yield "Claimed without ifs, and wrong", _exceptions(result["exceptions"])
    yield "Is a cut as sure as it says?", _calibration(everything["calibration"]["cuts"])
    yield "Is a category as sure as it says?", _calibration(everything["calibration"]["categories"])
    yield "Is a field as sure as it says?", _calibration(everything["calibration"]["fields"])
    yield "What the state of a field is worth", _states(everything["calibration"]["states"])


def _splitting(sets: dict[str, Any]) -> Table:
    names = [name for name in sets if ": " not in name]
    rows: list[tuple[str, list[str]]] = [
        ("files", [str(sets[n]["files"]) for n in names]),
        ("pages", [str(sets[n]["pages"]) for n in names]),
        ("documents", [str(sets[n]["documents"]) for n in names]),
    ]
    for label, *keys in (
        ("boundary precision", "boundary", "precision"),
        ("boundary recall", "boundary", "recall"),
        ("boundary F1", "boundary", "f1"),
        ("  every page a document", "baselines", "every_page_a_document", "boundary_f1"),
        ("exact documents", "exact_documents"),
        ("  every page a document", "baselines", "every_page_a_document", "exact_documents"),
        ("exact, of several pages", "exact_documents_of_several_pages"),
        ("perfect files", "perfect_files"),
        ("category, strict", "category_strict"),
        ("category, lenient", "category_lenient"),
        ("  the most frequent one", "baselines", "most_frequent_category", "share"),
        ("split and category", "split_and_category"),
    ):
        # A set of single files has no boundaries: nothing is found and nothing is missed.
        about_cuts = "boundary" in keys[0] or "boundary_f1" in keys
        cells = [
            "-" if about_cuts and not sets[n]["boundary"]["n"] else percent(_at(sets[n], keys))
            for n in names
        ]
        rows.append((label, cells))
    moved = [sets[n]["moves_per_100_pages"] for n in names]
    rows.append(("pages to drag, of 100", [_number(m) for m in moved]))
    several = [str(sets[n]["documents_of_several_pages"]) for n in names]
    rows.insert(3, ("documents of several pages", several))
    return ["", *names], [[label, *cells] for label, cells in rows]


def _fields(found: dict[str, Any]) -> Table:
    body = []
    for name, c in found["fields"].items():
        spurious = f"{percent(c['spurious'])} of {c['absent']}" if c.get("absent") else "-"
        body.append(
            [name, percent(c["accuracy"]), percent(c["end_to_end"]), str(c["n"]), spurious,
             percent(c.get("line_f1"))]
        )  # fmt: skip
    return ["field", "right", "end to end", "n", "spurious", "line F1"], body


def _categories(found: dict[str, Any]) -> Table:
    body = []
    for name, c in found["by_category"].items():
        mixed = [x for x in found["confusions"] if x["true"] == name]
        taken = ", ".join(f"{x['found']} {x['n']}" for x in mixed)
        body.append([name, str(c["documents"]), str(c["exact"]), str(c["right"]), taken])
    return ["category", "documents", "exact", "right", "taken for"], body


def _calibration(bins: list[dict[str, Any]]) -> Table:
    body = [
        [percent(b["up_to"]), str(b["n"]), percent(b["claimed"]), percent(b["right"])] for b in bins
    ]
    return ["up to", "n", "claimed", "right"], body


def _states(states: dict[str, Any]) -> Table:
    body = [
        [name, str(b["n"]), percent(b["claimed"]), percent(b["right"])]
        for name, b in states.items()
    ]
    return ["state", "n", "claimed", "right"], body


def _certain(calibration: dict[str, Any]) -> Table:
    claims = [(words, calibration["certain"].get(name)) for name, words in CLAIMS.items()]
    claims.append(("values marked proved", calibration["states"].get("proved")))
    body = [
        [words, str(c["n"]), percent(c["right"]), str(round(c["n"] * (1 - c["right"])))]
        for words, c in claims
        if c
    ]
    return ["claim", "n", "right", "wrong"], body


def _exceptions(found: list[dict[str, Any]]) -> Table:
    return ["claim", "set", "of what", "n"], [
        [row["kind"], row["set"], row["what"], str(row["n"])] for row in found
    ]


def _sliced(head: str, slices: dict[str, Any]) -> Table:
    body = []
    for name, found in slices.items():
        fields = [found["fields"].get(field) for field in SLICED]
        items = found["fields"].get("line_items")
        body.append(
            [
                name,
                str(found["documents"]),
                percent(found["exact_documents"]),
                percent(found["category_lenient"]),
                *(_of_n(field) for field in fields),
                percent(items["line_f1"]) if items else "-",
            ]
        )
    return [head, "documents", "exact", "category", *SLICED.values(), "line items F1"], body


def _of_n(field: dict[str, Any] | None) -> str:
    """A share, and of how many: most slices are small."""
    return (
        f"{percent(field['accuracy'])} of {field['n']}"
        if field and field["accuracy"] is not None
        else "-"
    )


def exceptions(mistakes: Sequence[Mistake]) -> str:
    """What was claimed as certain and is wrong, a line each; empty when there is nothing."""
    lines = [f"{m.kind}: {m}\n" for m in mistakes if m.kind in OVERCONFIDENT]
    return "\n" + "".join(lines) if lines else ""


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _at(found: dict[str, Any], keys: Sequence[str]) -> float | None:
    value: Any = found
    for key in keys:
        value = value[key]
    return value  # type: ignore[no-any-return]
