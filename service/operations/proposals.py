"""What a document would be posted as, and everything that stands against it.

Shared by the page that shows the proposed entry and by the operation that posts it, so that a
person never accepts something else than what is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, case, select

from domain.countries import country
from domain.duplicates import Mark, duplicates
from domain.errors import Invalid
from domain.findings import Reading
from domain.posting import Books, Choice, Proposal, ProposedLine, propose
from domain.problems import Problem
from domain.purchases import Part, Purchase, by_severity, purchase_of
from domain.suggestions import AccountSuggestion, Buyer, History, Reason, from_history
from domain.suppliers import Identity, identity_of
from domain.treatments import decide
from domain.vat import Mode
from service.operations import books, suppliers
from storage import tables as t

DOUBTED = frozenset(
    {
        "gross_total",
        "net_total",
        "vat_total",
        "invoice_number",
        "issue_date",
        "supplier_name",
        "supplier_siren",
        "supplier_vat_id",
        "iban",
        "currency",
    }
)
"""Fields that must not contradict anything when a document is posted."""
MOST_OTHERS = 500


@dataclass(frozen=True, slots=True)
class Prepared:
    document: Row[Any]
    reading: Reading
    identity: Identity
    supplier_id: str | None
    supplier_name: str
    auxiliary: str
    books: Books
    purchase: Purchase
    suggestions: tuple[AccountSuggestion, ...]
    choices: Mapping[int, Choice]
    proposal: Proposal


def prepare(
    connection: Connection,
    company: Row[Any],
    document: Row[Any],
    today: date,
    chosen: Mapping[int, Choice] | None = None,
) -> Prepared:
    """The proposal of a document; `chosen` are a person's choices, which count before ours."""
    reading = Reading.from_json(document.reading) if document.reading else Reading(fields={})
    identity = identity_of(reading)
    purchase = purchase_of(reading, document.category)
    kept = books.books_of(connection, company)
    buyer = books.company_values(connection, company.id)
    history = books.history(connection, company.id, reading, of_everybody=False)
    suggestions = _suggestions(document, purchase, identity, buyer, history)
    choices = {
        s.part: _choice(s, purchase.parts[s.part], identity, buyer) for s in suggestions
    } | dict(chosen or {})
    supplier = history.supplier
    auxiliary = (
        supplier.auxiliary
        if supplier
        else suppliers.planned_auxiliary(connection, company.id, identity)
    )
    proposal = propose(purchase, choices, kept, auxiliary=auxiliary, today=today)
    supplier_id = supplier.id if supplier else None
    found = [
        *proposal.problems,
        *reading.problems,
        *_contradictions(reading),
        *_iban(identity, supplier.identity if supplier else None),
        *_duplicates(connection, document, purchase, supplier_id),
    ]
    return Prepared(
        document=document,
        reading=reading,
        identity=identity,
        supplier_id=supplier_id,
        supplier_name=supplier.identity.name if supplier else identity.name,
        auxiliary=auxiliary,
        books=kept,
        purchase=purchase,
        suggestions=suggestions,
        choices=choices,
        proposal=replace(proposal, problems=by_severity(found)),
    )


def choices_of(raw: list[dict[str, Any]] | None, country_code: str) -> dict[int, Choice]:
    """A person's choices from JSON: part, account, treatment."""
    treatments = country(country_code).treatments
    chosen = {}
    for item in raw or ():
        treatment = str(item.get("treatment", ""))
        if treatment not in treatments:
            raise Invalid(
                "This VAT treatment does not exist in the company's country.",
                code="treatment_unknown",
                treatments=sorted(treatments),
            )
        chosen[int(item["part"])] = Choice(str(item["account"]).strip().upper(), treatment)
    return chosen


def _suggestions(
    document: Row[Any], purchase: Purchase, identity: Identity, buyer: Buyer, history: History
) -> tuple[AccountSuggestion, ...]:
    """One suggestion a part: history as of now, else what the models said, else "I do not know"."""
    stored = [AccountSuggestion.from_json(s) for s in document.suggestion or ()]
    found = []
    for part in purchase.parts:
        now = from_history(part, identity, buyer, history)
        then = now or next((s for s in stored if _is_for(s, part)), None)
        if then is None or (then.account is not None and then.account not in buyer.accounts):
            then = AccountSuggestion(
                part.index,
                part.description[:200],
                None,
                None,
                0.0,
                "none",
                Reason("unknown", "Nothing is known about this supplier or these words."),
            )
        found.append(replace(then, part=part.index))
    return tuple(found)


def _is_for(suggestion: AccountSuggestion, part: Part) -> bool:
    return (suggestion.part, suggestion.description) == (part.index, part.description[:200])


def _choice(suggestion: AccountSuggestion, part: Part, identity: Identity, buyer: Buyer) -> Choice:
    """The suggestion as a choice; its treatment decided anew when the amounts have changed since."""
    treatment = buyer.country.treatments.get(suggestion.treatment or "")
    if treatment is not None:
        charged = treatment.mode in (Mode.DEDUCTED, Mode.GROSS)
        if charged == bool(part.vat) and (
            not charged or not treatment.rates or part.rate in treatment.rates
        ):
            return Choice(suggestion.account, treatment.key)
    decided = decide(
        buyer.country,
        suggestion.account or "",
        rate=part.rate,
        vat=part.vat,
        identity=identity,
        words=part.description,
    )
    return Choice(suggestion.account, decided.key)


def _contradictions(reading: Reading) -> list[Problem]:
    return [
        Problem(
            "field_contradictory",
            "Two sources on the document disagree about this field.",
            "blocking",
            name,
        )
        for name, finding in reading.fields.items()
        if name in DOUBTED and finding.state == "contradictory"
    ]


def _iban(now: Identity, known: Identity | None) -> list[Problem]:
    if not known or not now.iban or not known.iban or now.iban == known.iban:
        return []
    return [
        Problem(
            "iban_changed",
            "The bank account differs from the one this supplier used before.",
            "warning",
            "iban",
            {"known": known.iban, "now": now.iban},
        )
    ]


def _duplicates(
    connection: Connection, document: Row[Any], purchase: Purchase, supplier_id: str | None
) -> tuple[Problem, ...]:
    """Signs that the document was received before by the same company."""
    c = t.document.c
    rows = connection.execute(
        select(
            c.id,
            c.category,
            c.supplier_id,
            c.supplier_name,
            c.invoice_number,
            c.issue_date,
            c.gross_total,
        )
        .where(
            c.company_id == document.company_id,
            c.category == document.category,
            c.id != document.id,
            # Of two copies the first may be posted: the second is the duplicate.
            (c.status == "posted") | (c.id < document.id),
            (c.gross_total == purchase.gross)
            | (c.invoice_number == purchase.number)
            | (c.supplier_id == supplier_id)
            | (c.supplier_name == purchase.supplier_name[:300]),
        )
        # A supplier of thousands of documents must not push the one with this number out of sight.
        .order_by(
            case((c.invoice_number == purchase.number, 0), else_=1),
            case((c.gross_total == purchase.gross, 0), else_=1),
            c.id.desc(),
        )
        .limit(MOST_OTHERS)
    ).all()
    mark = Mark(
        document.id,
        document.category,
        supplier_id,
        purchase.supplier_name,
        purchase.number,
        purchase.issue_date,
        purchase.gross,
    )
    others = (
        Mark(
            row.id,
            row.category,
            row.supplier_id,
            row.supplier_name or "",
            row.invoice_number or "",
            row.issue_date,
            abs(row.gross_total) if row.gross_total is not None else None,
        )
        for row in rows
    )
    return duplicates(mark, others)


# --- as JSON --------------------------------------------------------------------------------------


def to_json(prepared: Prepared, accounts: Mapping[str, Row[Any]], language: str) -> dict[str, Any]:
    """What the page and the API show of a proposal."""
    proposal = prepared.proposal
    blocking = [p.code for p in proposal.blocking]
    return {
        "document_id": prepared.document.id,
        "version": prepared.document.version,
        "status": prepared.document.status,
        "journal": proposal.journal,
        "entry_date": proposal.entry_date.isoformat() if proposal.entry_date else None,
        "piece_date": proposal.piece_date.isoformat() if proposal.piece_date else None,
        "piece_reference": proposal.piece_reference,
        "label": proposal.label,
        "currency": proposal.currency,
        "supplier": {
            "id": prepared.supplier_id,
            "name": prepared.supplier_name,
            "auxiliary": prepared.auxiliary,
            "is_new": prepared.supplier_id is None,
        },
        "lines": [line_json(line, accounts, language) for line in proposal.lines],
        "totals": {
            "debit": str(proposal.debit),
            "credit": str(proposal.credit),
            "difference": str(proposal.debit - proposal.credit),
        },
        "parts": [_part_json(part, prepared) for part in prepared.purchase.parts],
        "problems": [problem_json(p) for p in proposal.problems],
        "can_post": not blocking,
    }


def line_json(
    line: ProposedLine, accounts: Mapping[str, Row[Any]], language: str
) -> dict[str, Any]:
    return {
        "account": line.account,
        "account_label": account_label(accounts, line.account, language),
        "auxiliary": line.auxiliary,
        "label": line.label,
        "debit": str(line.debit),
        "credit": str(line.credit),
        "vat_code": line.vat_code,
        "parts": list(line.parts),
    }


def account_label(
    accounts: Mapping[str, Row[Any]], number: str | None, language: str
) -> str | None:
    row = accounts.get(number or "")
    if row is None:
        return None
    label: str = row.label_en if language == "en" else row.label_fr
    return label


def problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message,
        "severity": problem.severity,
        "field": problem.field,
        "values": problem.values,
    }


def _part_json(part: Part, prepared: Prepared) -> dict[str, Any]:
    choice = prepared.choices[part.index]
    return {
        "part": part.index,
        "kind": part.kind,
        "description": part.description[:300],
        "net": str(part.net),
        "vat": str(part.vat),
        "rate": str(part.rate) if part.rate is not None else None,
        "account": choice.account,
        "treatment": choice.treatment,
        "suggestion": prepared.suggestions[part.index].to_json(),
    }
