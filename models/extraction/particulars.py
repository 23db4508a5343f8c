"""Who sent a document, when, and under which number: the fields at its head, each with its evidence.

Supplier, identifiers, number and dates are proposed by modules of their own; here the best are
taken. What is owed is left to `proof`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from domain.findings import Finding, State
from models.extraction.date_order import month_first
from models.extraction.document_dates import date_candidates
from models.extraction.identifiers import Identifier
from models.extraction.labels import Labelled
from models.extraction.parties import Own, Parties
from models.extraction.pointing import finding
from models.extraction.references import Candidate, invoice_numbers, references
from models.extraction.rows import Sheet

_THEIRS = re.compile(
    r"\b(votre|vos|ihre|your|uw|client|customer|kunden?|klant|acheteur|buyer)\b", re.IGNORECASE
)
_LEAST_NAME = 0.2
_LEAST_ISSUE, _LEAST_ISSUE_ON_RECEIPT, _LEAST_DUE = 0.12, 0.1, 0.4
"""Scores under which nothing is said rather than something wrong."""


def find_particulars(
    sheet: Sheet,
    labelled: Labelled,
    identifiers: Sequence[Identifier],
    own: Own,
    *,
    receipt: bool,
    today: dt.date | None,
) -> dict[str, Finding]:
    """The supplier, its identifiers, the number and the dates of a document, by field."""
    parties = Parties(sheet, labelled, own, receipt=receipt)
    return {
        **_supplier(parties),
        **_identifiers(parties, identifiers),
        **_numbers(sheet, labelled, receipt=receipt),
        **_dates(sheet, labelled, receipt=receipt, today=today),
    }


def _supplier(parties: Parties) -> dict[str, Finding]:
    names = parties.names()
    if not names or names[0].score < _LEAST_NAME:
        return {}
    best = names[0]
    second = next((n.score for n in names[1:] if n.value != best.value), 0.0)
    sure = min(0.95, 0.45 + 0.4 * best.score + 0.4 * min(0.4, best.score - second))
    found = finding(parties.sheet, best.value, best.row, best.start, best.end, sure)
    return {"supplier_name": found}


def _identifiers(parties: Parties, found: Sequence[Identifier]) -> dict[str, Finding]:
    ours = [i for i in found if not _is_customers(parties, i)]
    fields: dict[str, Finding] = {}

    def put(name: str, value: str, identifier: Identifier) -> None:
        state: State = "consistent" if identifier.valid else "read"
        fields[name] = finding(
            parties.sheet,
            value,
            identifier.row,
            identifier.start,
            identifier.end,
            identifier.confidence,
            state,
        )

    def best(kind: str) -> Identifier | None:
        able = [i for i in ours if i.kind == kind]
        return min(able, key=lambda i: (i.valid is False, i.row.index), default=None)

    for identifier in found:
        if identifier.kind == "vat_id" and identifier.valid is not False and identifier not in ours:
            put("customer_vat_id", identifier.value, identifier)
            break
    if iban := best("iban"):
        put("iban", iban.value, iban)
    if uid := best("uid"):
        put("supplier_uid", uid.value, uid)
        put("supplier_vat_id", uid.value, uid)
    if vat_id := best("vat_id"):
        put("supplier_vat_id", vat_id.value, vat_id)
    if vat_id and vat_id.value.startswith("FR"):
        put("supplier_siren", vat_id.value[4:], vat_id)
    if siren := best("siren"):
        put("supplier_siren", siren.value, siren)
    if siret := best("siret"):
        put("supplier_siret", siret.value, siret)
        put("supplier_siren", siret.value[:9], siret)
    return fields


def _is_customers(parties: Parties, identifier: Identifier) -> bool:
    if parties.own.has(identifier.value):
        return True
    row = identifier.row
    labelled = any(
        "buyer_vat_id" in label.fields and label.end <= identifier.start + 1
        for label in parties.labelled.on(row)
    )
    before = row.text[: identifier.start]
    return (
        labelled
        or _THEIRS.search(before) is not None
        or parties.customer.in_block(row, row.box_of(identifier.start, identifier.end))
    )


def _numbers(sheet: Sheet, labelled: Labelled, *, receipt: bool) -> dict[str, Finding]:
    fields: dict[str, Finding] = {}
    found = invoice_numbers(sheet, labelled, receipt=receipt)
    if found:
        fields["invoice_number"] = _reference(sheet, found[0])
    order = references(sheet, labelled, "order_number")
    if order and (not found or order[0].value != found[0].value):
        fields["order_number"] = _reference(sheet, order[0])
    return fields


def _reference(sheet: Sheet, found: Candidate) -> Finding:
    sure = min(0.97, found.score * 0.95)
    return finding(sheet, found.value, found.row, found.start, found.end, sure)


def _dates(
    sheet: Sheet, labelled: Labelled, *, receipt: bool, today: dt.date | None
) -> dict[str, Finding]:
    order = month_first([row.text for row in sheet.rows])
    seen = date_candidates(sheet, labelled, month_first=order, today=today)
    if not seen:
        return {}
    issue = max(seen, key=lambda c: (round(c.issue, 3), -c.row.index))
    due = max(seen, key=lambda c: (c.due, -c.row.index))
    chosen = {}
    if issue.issue >= (_LEAST_ISSUE_ON_RECEIPT if receipt else _LEAST_ISSUE):
        chosen["issue_date"] = (issue, issue.issue)
    if due.due >= _LEAST_DUE:
        chosen["due_date"] = (due, due.due)
    return {
        name: finding(
            sheet, c.value.isoformat(), c.row, c.start, c.end, min(0.96, 0.5 + 0.48 * score)
        )
        for name, (c, score) in chosen.items()
    }
