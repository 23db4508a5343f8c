"""What was read of a document: fields with their evidence.

A guess shows its evidence: the page, the box, the reader, how sure. A person's correction stands
beside what the machine said; the shape is the same, the source is `person`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from domain.problems import Problem
from domain.text import Box, Source

State = Literal["proved", "consistent", "read", "contradictory", "corrected"]

INVOICE_FIELDS = (
    "supplier_name",
    "supplier_vat_id",
    "supplier_siren",
    "supplier_siret",
    "supplier_uid",
    "customer_name",
    "customer_vat_id",
    "invoice_number",
    "issue_date",
    "due_date",
    "currency",
    "net_total",
    "vat_total",
    "gross_total",
    "amount_due",
    "iban",
    "payment_reference",
    "order_number",
)
POSTING_FIELDS = ("exchange_rate", "deposit_total", "paid_by", "vat_due_on")
"""What only a person says of an invoice, because its entry needs it."""
STATEMENT_FIELDS = (
    "bank_name",
    "iban",
    "currency",
    "period_start",
    "period_end",
    "opening_balance",
    "closing_balance",
)
LISTS = ("vat_lines", "line_items")
"""What a document says line by line, and people put right line by line."""
AMOUNT_FIELDS = frozenset(
    {
        "net_total",
        "vat_total",
        "gross_total",
        "amount_due",
        "deposit_total",
        "opening_balance",
        "closing_balance",
    }
)
DATE_FIELDS = frozenset({"issue_date", "due_date", "period_start", "period_end"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One field. `value` is a string: ISO dates, decimals with a dot, identifiers without spaces.

    `page` is 0-based in the uploaded file; `box` is on that page as displayed. Both are None for
    what comes from XML or from a person who did not point.
    """

    value: str
    confidence: float
    state: State = "read"
    source: Source = "text"
    page: int | None = None
    box: Box | None = None
    reader: str = ""

    def to_json(self) -> dict[str, Any]:
        return _placed(self) | {"confidence": round(self.confidence, 3)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        return cls(**data | {"box": _box(data)})


@dataclass(frozen=True, slots=True)
class VatLine:
    """One rate of the VAT table: percent, net base and tax, as decimal strings."""

    rate: str
    base: str | None
    amount: str | None


@dataclass(frozen=True, slots=True)
class LineItem:
    description: str
    quantity: str | None = None
    unit_price: str | None = None
    vat_rate: str | None = None
    net_amount: str | None = None
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A movement of a bank statement; `amount` is positive for a credit, `balance` the one printed
    beside it. `read_as` is the amount of another reading of the page, which could not be settled:
    0.00 where that one has no such row.
    """

    date: str
    value_date: str | None
    description: str
    amount: str
    balance: str | None = None
    page: int | None = None
    box: Box | None = None
    read_as: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read of one document."""

    fields: dict[str, Finding]
    vat_lines: tuple[VatLine, ...] = ()
    line_items: tuple[LineItem, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    problems: tuple[Problem, ...] = ()
    list_readers: dict[str, str] = field(default_factory=dict)
    """Who gave a list, as `Finding.reader` says it of a field; absent for what words told."""

    def value(self, name: str) -> str | None:
        found = self.fields.get(name)
        return found.value if found else None

    @property
    def is_einvoice(self) -> bool:
        """Whether it came with its XML."""
        return any(found.source == "xml" for found in self.fields.values())

    def is_proved(self) -> bool:
        """Whether its total is proved, nothing contradicts and no problem was found."""
        total = self.fields.get("gross_total")
        return (
            total is not None
            and total.state == "proved"
            and all(found.state != "contradictory" for found in self.fields.values())
            and all(problem.severity == "info" for problem in self.problems)
        )

    def with_fields(self, **changed: Finding) -> Reading:
        return replace(self, fields={**self.fields, **changed})

    def to_json(self) -> dict[str, Any]:
        return {
            "fields": {k: f.to_json() for k, f in self.fields.items()},
            "vat_lines": [asdict(v) for v in self.vat_lines],
            "line_items": [_placed(item) for item in self.line_items],
            "transactions": [_placed(t) for t in self.transactions],
            "problems": [asdict(p) for p in self.problems],
            "list_readers": self.list_readers,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Reading:
        return cls(
            fields={k: Finding.from_json(f) for k, f in data["fields"].items()},
            vat_lines=tuple(VatLine(**v) for v in data.get("vat_lines", ())),
            line_items=tuple(LineItem(**i | {"box": _box(i)}) for i in data.get("line_items", ())),
            transactions=tuple(
                Transaction(**t | {"box": _box(t)}) for t in data.get("transactions", ())
            ),
            problems=tuple(Problem(**p) for p in data.get("problems", ())),
            list_readers=dict(data.get("list_readers") or {}),
        )


def _placed(found: Finding | LineItem | Transaction) -> dict[str, Any]:
    return asdict(found) | {"box": found.box.as_list() if found.box else None}


def _box(data: Mapping[str, Any]) -> Box | None:
    return Box(*data["box"]) if data.get("box") else None
