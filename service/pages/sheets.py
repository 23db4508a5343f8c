"""A document as its page lays it out: fields with their state and place, tables as cells of a form.

Every input has a key; `shown` says what each input shows before anybody types.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.corrections import CHOICES
from domain.documents import POSTABLE, Category
from domain.findings import AMOUNT_FIELDS, DATE_FIELDS, POSTING_FIELDS, STATEMENT_FIELDS
from service.pages.typed import ITEM_COLUMNS, LINE_COLUMNS, VAT_COLUMNS, WORDS
from service.pages.words import Words

FIRST = (
    "supplier_name",
    "invoice_number",
    "issue_date",
    "due_date",
    "net_total",
    "vat_total",
    "gross_total",
    "currency",
)
FURTHER = (
    "amount_due",
    "iban",
    "supplier_vat_id",
    "supplier_siren",
    "supplier_siret",
    "supplier_uid",
    "payment_reference",
    "order_number",
    "customer_name",
    "customer_vat_id",
    *POSTING_FIELDS,
)


@dataclass(frozen=True, slots=True)
class Field:
    key: str
    name: str
    kind: str
    """text, date, amount, or choice: one of `options` or nothing"""
    value: str
    state: str
    source: str
    confidence: float | None
    leaf: int | None
    """The page of the document it stands on, from 0."""
    box: list[float] | None
    machine: str | None
    """What the machine read, where a person says otherwise."""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: dict[str, str]
    leaf: int | None = None
    box: list[float] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A box on a page: the input it belongs to, and what is said of it."""

    key: str
    state: str
    name: str
    value: str
    box: list[float]


@dataclass(frozen=True, slots=True)
class Sheet:
    first: list[Field]
    further: list[Field]
    vat_rows: list[Row]
    item_rows: list[Row]
    shown: dict[str, str]

    @property
    def boxes(self) -> dict[int, list[Mark]]:
        """What is marked on each page of the document: fields, and lines of the table."""
        found: dict[int, list[Mark]] = {}
        for field in (*self.first, *self.further):
            if field.leaf is not None and field.box is not None:
                mark = Mark(field.name, field.state, field.name, field.value, field.box)
                found.setdefault(field.leaf, []).append(mark)
        for row in self.item_rows:
            if row.leaf is not None and row.box is not None:
                mark = Mark(f"item.{row.number}", "line", "", row.cells["description"], row.box)
                found.setdefault(row.leaf, []).append(mark)
        return found


def sheet_of(
    view: Mapping[str, Any], words: Words, typed: Mapping[str, str], *, blank_rows: bool
) -> Sheet:
    """`typed` is what a person typed and could not be kept: it stays in its place."""
    category = view["category"]
    names: tuple[str, ...] = FIRST if category in POSTABLE else ()
    if category == Category.BANK_STATEMENT:
        names = STATEMENT_FIELDS
    others = FURTHER if category in POSTABLE else ()
    rest = tuple(n for n in view["fields"] if n not in {*names, *others})
    if not names:
        names, rest = rest, ()
    shown: dict[str, str] = {"document.category": category}
    leaves = {page["page"]: page["number"] for page in reversed(view["page_list"])}

    def field(name: str) -> Field:
        found = view["fields"].get(name) or {}
        machine = (view["machine_fields"].get(name) or {}).get("value")
        key = f"field.{name}"
        value = _shown(words, name, found.get("value"))
        shown[key] = value
        return Field(
            key,
            name,
            _kind(name),
            typed.get(key, value),
            found.get("state", ""),
            found.get("source", ""),
            found.get("confidence"),
            leaves.get(found["page"]) if found.get("page") is not None else None,
            found.get("box"),
            _shown(words, name, machine) if machine and machine != found.get("value") else None,
            CHOICES.get(name, ()),
        )

    def table(kind: str, items: list[dict[str, Any]], columns: tuple[str, ...]) -> list[Row]:
        rows = []
        for number in range(len(items) + blank_rows):
            item = items[number] if number < len(items) else {}
            cells = {}
            for column in columns:
                key = f"{kind}.{number}.{column}"
                shown[key] = _cell(words, column, item.get(column))
                cells[column] = typed.get(key, shown[key])
            page = item.get("page")
            leaf = leaves.get(page) if page is not None else None
            rows.append(Row(number, cells, leaf, item.get("box")))
        return rows

    tables = category in POSTABLE
    return Sheet(
        [field(name) for name in names],
        [field(name) for name in (*others, *rest)],
        table("vat", view["vat_lines"], VAT_COLUMNS) if tables else [],
        table("item", view["line_items"], ITEM_COLUMNS) if tables else [],
        shown,
    )


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row of the proposed entry that takes an account: parts of the document, or shares of one,
    that go to the same account with the same VAT treatment and analytic code.
    """

    account: str
    treatment: str
    net: str
    members: str
    """``part:net`` for each, with spaces between."""
    parts: int
    description: str
    suggestion: dict[str, Any]
    part: int
    """The first of its parts: accounts are suggested for it."""
    chosen: bool
    analytic: str = ""
    analytic_chosen: bool = False
    analytic_suggestion: dict[str, Any] | None = None


def entry_rows(
    proposal: Mapping[str, Any],
    chosen: Collection[int],
    *,
    in_detail: bool = False,
    coded: Collection[tuple[int, str]] = (),
) -> list[EntryRow]:
    """`chosen` are the parts for which a person chose, `coded` those (with the account) whose analytic
    code they chose; `in_detail` gives every part its own row.
    """
    groups: dict[tuple[Any, ...], list[tuple[dict[str, Any], str]]] = {}
    for part in proposal["parts"]:
        shares = part["shares"] or [
            {name: part[name] for name in ("account", "treatment", "net", "analytic")}
        ]
        for place, share in enumerate(shares):
            own: tuple[int, ...] | None = None
            if in_detail or (share["account"] is None and not part["shares"]):
                own = (part["part"], place)
            elif share["account"] is None:
                own = (place,)  # what is left of a line that was shared is one line
            code_chosen = (part["part"], share["account"] or "") in coded
            by_hand = (part["part"] in chosen, share["analytic"], code_chosen)
            key = (share["account"], share["treatment"], by_hand, own)
            groups.setdefault(key, []).append((part, share["net"]))
    rows = []
    for (account, treatment, (by_hand, code, code_chosen), _), members in groups.items():
        first = members[0][0]
        rows.append(
            EntryRow(
                account or "",
                treatment,
                str(sum((Decimal(net) for _, net in members), Decimal(0))),
                " ".join(f"{part['part']}:{net}" for part, net in members),
                len(members),
                " · ".join(dict.fromkeys(part["description"] for part, _ in members))[:200],
                first["suggestion"],
                first["part"],
                by_hand,
                code or "",
                code_chosen,
                first["analytic_suggestion"],
            )
        )
    return rows


def line_rows(lines: list[dict[str, Any]], words: Words, typed: Mapping[str, str]) -> list[Row]:
    """The lines of a proposed entry as a form, with two more to fill."""
    rows = []
    for number in range(len(lines) + 2):
        line = lines[number] if number < len(lines) else {}
        cells = {}
        for column in LINE_COLUMNS:
            text = str(line.get(column) or "")
            if column in ("debit", "credit"):
                text = words.amount(text) if text not in ("", "0.00", "0") else ""
            cells[column] = typed.get(f"line.{number}.{column}", text)
        rows.append(Row(number, cells))
    return rows


def _kind(name: str) -> str:
    if name in CHOICES:
        return "choice"
    return "amount" if name in AMOUNT_FIELDS else "date" if name in DATE_FIELDS else "text"


def _shown(words: Words, name: str, value: str | None) -> str:
    if value is None:
        return ""
    return words.amount(value) if name in AMOUNT_FIELDS else value


def _cell(words: Words, column: str, value: str | None) -> str:
    if value is None:
        return ""
    if column in WORDS:
        return value
    if column in ("rate", "vat_rate", "quantity", "unit_price"):
        return words.decimal(value)
    return words.amount(value)
