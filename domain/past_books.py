"""What the books of an earlier program tell: accounts, suppliers, and what was posted for whom.

From the records of a FEC. An entry counts as a purchase when it owes one supplier, balances, and no
money moves in it; its cost lines are what the next invoices of that supplier are suggested.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.accounts import COST_ROLES
from domain.book_tables import AccountRow, SupplierRow, auxiliary_of, is_account
from domain.countries import Country
from domain.fec_file import Record
from domain.journal import plain_text
from domain.money import ZERO
from domain.vat import Mode
from domain.words import folded

_NEAR = Decimal("0.3")
"""Points that an entry's VAT may be off its rate: sums of roundings, not another rate."""


@dataclass(frozen=True, slots=True)
class PastLine:
    """One cost line of an old entry; `auxiliary` is the supplier's, `key` the same each time."""

    account: str
    auxiliary: str
    treatment: str | None
    text: str
    reference: str
    day: date
    key: str


@dataclass(frozen=True, slots=True)
class PastBooks:
    accounts: tuple[AccountRow, ...]
    suppliers: tuple[SupplierRow, ...]
    lines: tuple[PastLine, ...]
    account_length: int | None
    """Digits that its accounts are padded to, where nearly all have as many."""


def past_books(records: Sequence[Record], country: Country) -> PastBooks:
    """What the records of a FEC tell. Suppliers are named by auxiliaries, or by accounts of their
    own under the suppliers' account.
    """
    accounts: dict[str, AccountRow] = {}
    suppliers: dict[str, SupplierRow] = {}
    entries: dict[tuple[str, str, date | None], list[Record]] = defaultdict(list)
    for record in records:
        entries[record.journal, record.number, record.day].append(record)
        code = supplier_code(record, country)
        if code:
            name = plain_text(record.auxiliary_label or record.account_label, 200) or code
            suppliers.setdefault(code, SupplierRow(record.line, name, code))
        if is_account(record.account) and not (code and not record.auxiliary):
            label = plain_text(record.account_label, 300) or record.account
            accounts.setdefault(record.account, AccountRow(record.line, record.account, label))
    lines = [
        line
        for entry in entries.values()
        for line in _cost_lines(entry, suppliers, country)
        if line.account in accounts
    ]
    return PastBooks(
        tuple(accounts.values()), tuple(suppliers.values()), tuple(lines), _length(accounts)
    )


def supplier_code(record: Record, country: Country) -> str:
    """The auxiliary code of the supplier that a record is about, "" for another."""
    payables = (country.payable, country.asset_payable)
    if not record.account.startswith(payables):
        return ""
    if record.auxiliary:
        return auxiliary_of(record.auxiliary)
    own = record.account[len(country.payable) :].strip("0")
    return auxiliary_of(record.account) if own else ""


def _cost_lines(
    entry: Sequence[Record], suppliers: dict[str, SupplierRow], country: Country
) -> Iterable[PastLine]:
    codes = {code for record in entry if (code := supplier_code(record, country))}
    even = sum((r.debit - r.credit for r in entry), ZERO) == 0
    if len(codes) != 1 or not even or any(_role(r, country) == "treasury" for r in entry):
        return
    (code,) = codes
    costs = [r for r in entry if _role(r, country) in COST_ROLES]
    treatment = _treatment(entry, costs, country)
    seen: Counter[str] = Counter()
    for record in costs:
        assert record.day is not None  # a record without a day is not read
        told = "|".join(
            (
                record.journal,
                record.number,
                record.day.isoformat(),
                record.account,
                code,
                record.reference,
                str(record.debit - record.credit),
            )
        )
        seen[told] += 1
        digest = hashlib.sha256(f"{told}|{seen[told]}".encode()).hexdigest()
        yield PastLine(
            record.account,
            code,
            treatment,
            _what_was_bought(record, suppliers[code].name),
            plain_text(record.reference, 100),
            record.day,
            digest,
        )


def _treatment(entry: Sequence[Record], costs: Sequence[Record], country: Country) -> str | None:
    """The VAT treatment of an old entry, where its amounts leave one: a rate that is all deducted."""
    inputs = tuple(account for _, account in country.input_vat)
    vat = sum((r.debit - r.credit for r in entry if r.account.startswith(inputs)), ZERO)
    net = sum((r.debit - r.credit for r in costs), ZERO)
    others = [
        r for r in entry
        if r not in costs and not r.account.startswith((*inputs, country.payable, country.asset_payable))
    ]  # fmt: skip
    if not vat or not net or others:
        return None
    implied = vat / net * 100
    fitting = {
        key
        for rate, key in country.vat_keys.by_rate.items()
        if abs(rate - implied) <= _NEAR and country.treatments[key].mode is Mode.DEDUCTED
    }
    return fitting.pop() if len(fitting) == 1 else None


def _what_was_bought(record: Record, supplier: str) -> str:
    """The label without the supplier and the number, which say nothing of what was bought."""
    known = {*folded(supplier).split(), *folded(record.reference).split()}
    words = [
        w for w in plain_text(record.label, 300).split() if not set(folded(w).split()) <= known
    ]
    return " ".join(words)


def _role(record: Record, country: Country) -> str:
    known = country.chart.get(record.account)
    return known.role if known else ""


def _length(accounts: Iterable[str]) -> int | None:
    lengths = Counter(len(account) for account in accounts if account.isdigit())
    if not lengths:
        return None
    length, times = lengths.most_common(1)[0]
    return length if times >= 0.9 * lengths.total() and 4 <= length <= 12 else None
