"""One invoice, credit note or receipt as a reading: the parts put together.

Each part proposes candidates; here the best are taken, made into findings with page, box, state
and confidence, and what contradicts something else is marked down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from domain.documents import Category
from domain.findings import Finding, Reading, State
from domain.money import CENT
from domain.printed import dates
from domain.printed.numbers import Style, style_of
from domain.problems import Problem
from models.extraction import proof
from models.extraction.amounts import Amount, find_amounts, totals_among
from models.extraction.codes import payment_codes
from models.extraction.currency import currency_of
from models.extraction.identifiers import Identifier, find_identifiers
from models.extraction.labels import Labelled, find_labels
from models.extraction.lines import find_lines
from models.extraction.particulars import find_particulars
from models.extraction.parties import Own
from models.extraction.pointing import finding
from models.extraction.rows import Sheet
from models.extraction.sources import Seen, text_of, with_codes, with_einvoice
from models.extraction.vat_table import find_vat_table


def read_invoice(
    sheet: Sheet,
    category: Category,
    *,
    einvoice: Reading | None,
    own: Own,
    today: dt.date | None,
) -> Reading:
    labelled = find_labels(sheet)
    style = style_of(row.text for row in sheet.rows)
    view = _View(sheet, labelled, style, category, own, today)
    reading, amounts, identifiers = view.read()
    reading = with_codes(reading, list(payment_codes(sheet.pages)))
    if einvoice is None:
        return reading
    return with_einvoice(reading, einvoice, _seen(sheet, amounts, identifiers))


def _seen(sheet: Sheet, amounts: Sequence[Amount], identifiers: Sequence[Identifier]) -> Seen:
    """All values of a kind that stand anywhere on the pages."""
    texts = [row.text for row in sheet.rows]
    return Seen(
        text=text_of(texts),
        dates=frozenset(
            date.value.isoformat()
            for text in texts
            for both in (False, True)
            for date in dates.dates_in(text, month_first=both)
        ),
        amounts=frozenset(abs(a.value) for a in amounts if a.number.is_amount),
        ibans=frozenset(i.value for i in identifiers if i.kind == "iban"),
    )


@dataclass(frozen=True, slots=True)
class _View:
    sheet: Sheet
    labelled: Labelled
    style: Style
    category: Category
    own: Own
    today: dt.date | None

    def read(self) -> tuple[Reading, Sequence[Amount], Sequence[Identifier]]:
        """What the words say, and what else of money and identifiers they show."""
        receipt = self.category is Category.RECEIPT
        amounts = find_amounts(self.sheet, self.labelled, self.style)
        table = find_vat_table(amounts, self.style)
        lines = find_lines(self.sheet, self.labelled, self.style, totals_among(amounts))
        totals = proof.choose(
            amounts, table, lines.sums, receipt=receipt, scanned=self.sheet.scanned
        )
        identifiers = find_identifiers(self.sheet)
        fields = find_particulars(
            self.sheet, self.labelled, identifiers, self.own, receipt=receipt, today=self.today
        )
        customers = fields.get("customer_vat_id")
        issuers = [i for i in identifiers if customers is None or i.value != customers.value]
        money = currency_of(self.sheet, amounts, issuers)
        if money is not None:
            fields["currency"] = Finding(
                money[0], money[1], "read", self.sheet.pages[0].source, reader=self._reader(0)
            )
        fields.update(self._totals(totals))
        reading = Reading(
            fields=fields,
            vat_lines=proof.vat_lines_of(totals),
            line_items=lines.items,
            problems=() if totals.mended is None else (_mended(*totals.mended, fields),),
        )
        return reading, amounts, identifiers

    def _reader(self, page: int) -> str:
        return self.sheet.pages[page].reader

    def _totals(self, totals: proof.Totals) -> dict[str, Finding]:
        fields: dict[str, Finding] = {}
        for name, amount in (
            ("net_total", totals.net),
            ("vat_total", totals.vat),
            ("gross_total", totals.gross),
        ):
            if amount is not None:
                fields[name] = self._amount(amount, totals.confidence, totals.state)
        if totals.due is not None:
            fields["amount_due"] = self._amount(totals.due, 0.75, "read")
        return fields

    def _amount(self, amount: Amount, sure: float, state: State) -> Finding:
        value = amount.value
        if self.category is Category.CREDIT_NOTE:
            value = abs(value)
        return finding(
            self.sheet,
            str(value.quantize(CENT, rounding=ROUND_HALF_UP) + Decimal(0)),
            amount.row,
            amount.number.start,
            amount.number.end,
            sure,
            state,
        )


def _mended(part: str, read: Decimal, fields: Mapping[str, Finding]) -> Problem:
    """What was read stays beside what it was taken for."""
    field = f"{part}_total"
    value = fields[field].value
    return Problem(
        "figure_mended",
        f"{read} was read on the scan; only {value} makes the totals close.",
        "warning",
        field,
        {"read": str(read), "value": value},
    )
