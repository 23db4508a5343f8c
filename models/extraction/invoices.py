"""One invoice, credit note or receipt as a reading: the parts put together.

Each part proposes candidates; here the best are taken, made into findings with page, box, state
and confidence, and what contradicts something else is marked down.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from domain.documents import Category
from domain.findings import Finding, Reading, State
from domain.money import CENT
from models.extraction import dates, proof
from models.extraction.amounts import Amount, find_amounts
from models.extraction.codes import payment_codes
from models.extraction.currency import currency_of
from models.extraction.identifiers import Identifier, find_identifiers
from models.extraction.labels import Labelled, find_labels
from models.extraction.lines import find_lines, sum_of
from models.extraction.numbers import Style, style_of
from models.extraction.parties import Own, Parties
from models.extraction.references import (
    Candidate,
    DateCandidate,
    date_candidates,
    invoice_numbers,
    references,
)
from models.extraction.rows import Row, Sheet
from models.extraction.sources import Seen, text_of, with_codes, with_einvoice
from models.extraction.vat_table import find_rated

_AMERICAN = re.compile(
    r"\b[A-Z]{2}\.?,? \d{5}(?:-\d{4})?\b|\(\d{3}\) ?\d{3}-\d{4}|\bUSA\b|\bUnited States\b"
)


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
    reading, seen = view.read()
    codes = list(payment_codes(sheet.pages))
    if einvoice is None:
        return with_codes(reading, codes)
    return with_einvoice(with_codes(reading, codes), einvoice, seen)


@dataclass(frozen=True, slots=True)
class _View:
    sheet: Sheet
    labelled: Labelled
    style: Style
    category: Category
    own: Own
    today: dt.date | None

    def read(self) -> tuple[Reading, Seen]:
        """What the words say, and all values of a kind that stand anywhere on the pages."""
        receipt = self.category is Category.RECEIPT
        amounts = find_amounts(self.sheet, self.labelled, self.style)
        rated = find_rated(amounts, self.style)
        items = find_lines(self.sheet, self.labelled, self.style)
        totals = proof.choose(
            amounts, rated, sum_of(items), receipt=receipt, scanned=self.sheet.scanned
        )
        identifiers = find_identifiers(self.sheet)
        parties = Parties(self.sheet, self.labelled, self.own, receipt=receipt)
        fields: dict[str, Finding] = {}
        fields.update(self._supplier(parties))
        fields.update(self._identifiers(identifiers, parties))
        fields.update(self._number(receipt=receipt))
        fields.update(self._dates(receipt=receipt))
        money = currency_of(self.sheet, amounts, identifiers)
        if money is not None:
            fields["currency"] = Finding(
                money[0], money[1], "read", self.sheet.pages[0].source, reader=self._reader(0)
            )
        fields.update(self._totals(totals))
        texts = [row.text for row in self.sheet.rows]
        seen = Seen(
            text=text_of(texts),
            dates=frozenset(
                date.value.isoformat()
                for text in texts
                for both in (False, True)
                for date in dates.dates_in(text, month_first=both)
            ),
            amounts=frozenset(abs(amount.value) for amount in amounts),
            ibans=frozenset(i.value for i in identifiers if i.kind == "iban"),
        )
        reading = Reading(fields=fields, vat_lines=proof.vat_lines_of(totals), line_items=items)
        return reading, seen

    def _reader(self, page: int) -> str:
        return self.sheet.pages[page].reader

    def _finding(
        self, value: str, row: Row, start: int, end: int, sure: float, state: State = "read"
    ) -> Finding:
        page = self.sheet.pages[row.page]
        seen = row.confidence(start, end) if page.source == "ocr" else 1.0
        return Finding(
            value=value,
            confidence=round(max(0.05, min(0.99, sure * (0.6 + 0.4 * seen))), 3),
            state=state,
            source=page.source,
            page=page.number,
            box=row.box_of(start, end),
            reader=page.reader,
        )

    def _supplier(self, parties: Parties) -> dict[str, Finding]:
        names = parties.names()
        if not names or names[0].score < 0.2:
            return {}
        best = names[0]
        second = next((n.score for n in names[1:] if n.value != best.value), 0.0)
        sure = min(0.95, 0.45 + 0.4 * best.score + 0.4 * min(0.4, best.score - second))
        return {"supplier_name": self._finding(best.value, best.row, best.start, best.end, sure)}

    def _identifiers(
        self, found: Sequence[Identifier], parties: Parties
    ) -> dict[str, Finding]:
        fields: dict[str, Finding] = {}

        def against(identifier: Identifier) -> float:
            if self.own.has(identifier.value):
                return 1.0
            row = identifier.row
            box = row.box_of(identifier.start, identifier.end)
            if any(
                "buyer_vat_id" in label.fields and label.end <= identifier.start + 1
                for label in self.labelled.on(row)
            ) or re.search(
                r"\b(votre|ihre|your|uw|client|customer|kunden?)\b",
                row.text[: identifier.start],
                re.IGNORECASE,
            ):
                return 1.0
            return 1.0 if parties.in_buyer_block(row, box) else 0.0

        def best(kind: str) -> Identifier | None:
            able = [(against(i), i) for i in found if i.kind == kind]
            able = [(a, i) for a, i in able if a < 1]
            if not able:
                return None
            return min(able, key=lambda p: (p[0], p[1].valid is False, p[1].row.index))[1]

        def put(name: str, value: str, identifier: Identifier) -> None:
            state: State = "consistent" if identifier.valid else "read"
            fields[name] = self._finding(
                value,
                identifier.row,
                identifier.start,
                identifier.end,
                identifier.confidence,
                state,
            )

        theirs = next(
            (i for i in found if i.kind == "vat_id" and i.valid is not False and against(i) >= 1),
            None,
        )
        if theirs is not None:
            put("customer_vat_id", theirs.value, theirs)
        iban, vat_id, siret, siren, uid = map(best, ("iban", "vat_id", "siret", "siren", "uid"))
        if iban:
            put("iban", iban.value, iban)
        if vat_id:
            put("supplier_vat_id", vat_id.value, vat_id)
        if uid:
            put("supplier_uid", uid.value, uid)
            if not vat_id:
                put("supplier_vat_id", uid.value, uid)
        if siret:
            put("supplier_siret", siret.value, siret)
            put("supplier_siren", siret.value[:9], siret)
        if siren and "supplier_siren" not in fields:
            put("supplier_siren", siren.value, siren)
        if vat_id and vat_id.value.startswith("FR") and "supplier_siren" not in fields:
            put("supplier_siren", vat_id.value[4:], vat_id)
        return fields

    def _number(self, *, receipt: bool) -> dict[str, Finding]:
        found = invoice_numbers(self.sheet, self.labelled, receipt=receipt)
        fields: dict[str, Finding] = {}
        if found:
            best = found[0]
            fields["invoice_number"] = self._candidate(best)
        order = references(self.sheet, self.labelled, "order_number")
        if order and (not found or order[0].value != found[0].value):
            fields["order_number"] = self._candidate(order[0])
        return fields

    def _candidate(self, candidate: Candidate) -> Finding:
        return self._finding(
            candidate.value,
            candidate.row,
            candidate.start,
            candidate.end,
            min(0.97, candidate.score * 0.95),
        )

    def _dates(self, *, receipt: bool) -> dict[str, Finding]:
        texts = [row.text for row in self.sheet.rows]
        first = dates.day_first(texts)
        month_first = (
            first is False
            if first is not None
            else sum(len(_AMERICAN.findall(text)) for text in texts) >= 1
        )
        seen = date_candidates(self.sheet, self.labelled, month_first=month_first, today=self.today)
        if not seen:
            return {}
        fields: dict[str, Finding] = {}
        issue = max(seen, key=lambda c: (round(c.issue, 3), -c.row.index))
        floor = 0.1 if receipt else 0.12
        if issue.issue >= floor:
            fields["issue_date"] = self._date(issue, issue.issue)
        due = max(seen, key=lambda c: (c.due, -c.row.index))
        if due.due >= 0.4:
            fields["due_date"] = self._date(due, due.due)
        return fields

    def _date(self, candidate: DateCandidate, score: float) -> Finding:
        return self._finding(
            candidate.value.isoformat(),
            candidate.row,
            candidate.start,
            candidate.end,
            min(0.96, 0.5 + 0.48 * score),
        )

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
        return self._finding(
            str(value.quantize(CENT, rounding=ROUND_HALF_UP) + Decimal(0)),
            amount.row,
            amount.number.start,
            amount.number.end,
            sure,
            state,
        )
