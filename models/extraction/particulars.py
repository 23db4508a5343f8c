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
from models.extraction.document_dates import DUE_WEIGHTS, ISSUE_WEIGHTS, date_candidates
from models.extraction.identifiers import Identifier, find_identifiers
from models.extraction.labels import Labelled, find_labels
from models.extraction.parties import NAME_WEIGHTS, Own, Parties
from models.extraction.pointing import finding
from models.extraction.ranking import Candidate, Choice, choose, learnt
from models.extraction.references import NUMBER_WEIGHTS, number_candidates, order_numbers
from models.extraction.rows import Sheet

_THEIRS = re.compile(
    r"\b(votre|vos|ihre|your|uw|client|customer|kunden?|klant|acheteur|buyer)\b", re.IGNORECASE
)
MOST_SURE = 0.98
"""Of what one word of a paper says, with nothing to check it by."""
CHOSEN = {
    "supplier_name": NAME_WEIGHTS,
    "invoice_number": NUMBER_WEIGHTS,
    "issue_date": ISSUE_WEIGHTS,
    "due_date": DUE_WEIGHTS,
}
"""The fields that are chosen among candidates, and what their features are believed to be worth."""


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
    proposed = propose(parties, identifiers, today=today)
    chosen = {
        name: _finding(sheet, choice)
        for name, candidates in proposed.items()
        if (choice := choose(candidates, learnt(name, CHOSEN[name]))) is not None
    }
    return {
        **chosen,
        **_identifiers(parties, identifiers),
        **_order(parties, chosen.get("invoice_number")),
    }


def propose(
    parties: Parties, identifiers: Sequence[Identifier], *, today: dt.date | None
) -> dict[str, list[Candidate]]:
    """The candidates for each field that is `CHOSEN`."""
    sheet, labelled = parties.sheet, parties.labelled
    order = month_first([row.text for row in sheet.rows])
    dates = date_candidates(sheet, labelled, month_first=order, today=today)
    return {
        "supplier_name": parties.names(),
        "invoice_number": number_candidates(parties.customer, identifiers, receipt=parties.receipt),
        "issue_date": dates,
        "due_date": dates,
    }


def proposed_on(sheet: Sheet, *, receipt: bool) -> dict[str, list[Candidate]]:
    """The same from the words alone, whoever we are and whatever day it is."""
    parties = Parties(sheet, find_labels(sheet), Own(), receipt=receipt)
    return propose(parties, find_identifiers(sheet), today=None)


def _finding(sheet: Sheet, choice: Choice) -> Finding:
    found = choice.candidate
    sure = min(MOST_SURE, choice.chance)
    return finding(sheet, found.value, found.row, found.start, found.end, sure)


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


def _order(parties: Parties, number: Finding | None) -> dict[str, Finding]:
    for found, tied in order_numbers(parties.sheet, parties.labelled)[:1]:
        if number is None or found.value != number.value:
            sure = 0.85 * tied
            order = finding(parties.sheet, found.value, found.row, found.start, found.end, sure)
            return {"order_number": order}
    return {}
