"""What a document would be posted as, and everything that stands against it.

Shared by the page that shows the proposed entry and by the operation that posts it, so that a
person never accepts something else than what is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from domain.analytics import LONGEST_CODE, CodeSuggestion
from domain.countries import country
from domain.errors import Invalid
from domain.findings import Reading
from domain.money import ZERO, parse_amount
from domain.posting import Books, Choice, Proposal, propose
from domain.problems import Problem
from domain.purchases import Purchase, by_severity, converted, divided, purchase_of
from domain.settlements import Settlement, settlement_of
from domain.suggestions import AccountSuggestion, Buyer
from domain.suppliers import Identity, identity_of
from service.operations import suppliers
from service.operations.signals import signals_of
from service.operations.suggested import Known, choice_of, code_for, known_of, suggestions_for
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
_reversing = t.journal_entry.alias("reversing")


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
    choices: Mapping[int, tuple[Choice, ...]]
    codes: Mapping[tuple[int, str | None], CodeSuggestion | None]
    """What is suggested of analytic codes, by part and account."""
    proposal: Proposal
    found: tuple[Problem, ...]
    """Every problem; the proposal has each kind once."""
    settled: tuple[Settlement, ...]

    def settlement(self, problem: Problem) -> Settlement | None:
        """What a person said of a problem, if they did."""
        return settlement_of(problem, self.settled)

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """What keeps the document from being posted: nobody has settled it."""
        return tuple(p for p in self.proposal.blocking if self.settlement(p) is None)


def prepare(
    connection: Connection,
    company: Row[Any],
    document: Row[Any],
    today: date,
    chosen: Mapping[int, tuple[Choice, ...]] | None = None,
    *,
    journal: str = "",
    label: str = "",
    known: Known | None = None,
) -> Prepared:
    """The proposal of a document; `chosen` are a person's choices, which count before ours.

    `known` is what was known at another time, for those who ask what would have been.
    """
    reading = Reading.from_json(document.reading) if document.reading else Reading(fields={})
    identity = identity_of(reading)
    known = known or known_of(connection, company, reading)
    kept = known.books
    purchase = converted(
        purchase_of(reading, document.category),
        kept.currency,
        in_ours=kept.country.quotes_books,
    )
    suggestions = suggestions_for(document, purchase, identity, known)
    choices = {
        s.part: (choice_of(s, purchase.parts[s.part], identity, known.buyer),) for s in suggestions
    } | _fitting(chosen or {}, purchase)
    codes = {
        (part.index, choice.account): code_for(part, choice.account, document, known)
        for part in purchase.parts
        for choice in choices.get(part.index, ())
    }
    choices = {
        part: tuple(_coded(choice, codes.get((part, choice.account))) for choice in of_part)
        for part, of_part in choices.items()
    }
    supplier = known.history.supplier
    auxiliary = (
        supplier.auxiliary
        if supplier
        else suppliers.planned_auxiliary(connection, company.id, identity)
    )
    settled = settlements(connection, document.id)
    proposal = propose(
        purchase,
        choices,
        kept,
        auxiliary=auxiliary,
        today=today,
        label=label,
        journal=journal,
        accepted=_accepted(settled),
    )
    supplier_id = supplier.id if supplier else None
    found = [
        *proposal.problems,
        *reading.problems,
        *_contradictions(reading),
        *signals_of(connection, company, document, reading, identity, purchase, supplier),
        *_open_deposit(connection, document, purchase, supplier_id, kept),
        *_unknown_codes(choices, known.buyer),
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
        codes=codes,
        proposal=replace(proposal, problems=by_severity(found)),
        found=tuple(found),
        settled=settled,
    )


def settlements(connection: Connection, document_id: str) -> tuple[Settlement, ...]:
    """What people said of the problems of a document, in order."""
    c = t.correction.c
    rows = connection.execute(
        select(c.before, c.after, c.made_by, c.created_at)
        .where(c.document_id == document_id, c.field == "problem")
        .order_by(c.created_at, c.id)
    )
    return tuple(
        Settlement(
            tuple(
                Problem(p["code"], p["message"], p["severity"], p["field"], p["values"])
                for p in row.before
            ),
            row.after["how"],
            row.after.get("reason", ""),
            row.made_by,
            row.created_at,
        )
        for row in rows
    )


def _accepted(settled: Sequence[Settlement]) -> Decimal | None:
    """The difference between the totals that a person accepted last."""
    differences = [
        Decimal(problem.values["difference"])
        for settlement in settled
        for problem in settlement.problems
        if settlement.how == "accept"
        and problem.code == "totals_differ"
        # Ours, which is signed, and not the one that was seen while reading.
        and "net" not in problem.values
    ]
    return differences[-1] if differences else None


def _fitting(
    chosen: Mapping[int, tuple[Choice, ...]], purchase: Purchase
) -> dict[int, tuple[Choice, ...]]:
    """The choices for parts there are; Invalid when the shares of a part are not the part."""
    for part in purchase.parts:
        choices = chosen.get(part.index, ())
        if len(choices) < 2:
            continue
        nets = [choice.net for choice in choices if choice.net is not None]
        try:
            if len(nets) < len(choices):
                raise ValueError(nets)  # noqa: TRY301 - one message for every kind
            divided(part, nets)
        except ValueError:
            raise Invalid(
                "The shares of a line do not add up to it.",
                code="split_differs",
                advice="Give every share an account and an amount; together they are the line.",
                part=part.index,
                net=str(part.net),
            ) from None
    return dict(chosen)


def choices_of(
    raw: list[dict[str, Any]] | None, country_code: str
) -> dict[int, tuple[Choice, ...]]:
    """A person's choices from JSON: part, account, treatment, the net amount of a share, and its
    analytic code ("" for none; left out, the one suggested for the account).
    """
    treatments = country(country_code).treatments
    chosen: dict[int, tuple[Choice, ...]] = {}
    for item in raw or ():
        treatment = str(item.get("treatment", ""))
        if treatment not in treatments:
            raise Invalid(
                "This VAT treatment does not exist in the company's country.",
                code="treatment_unknown",
                treatments=sorted(treatments),
            )
        part = int(item["part"])
        account = str(item["account"]).strip().upper()
        code = item.get("analytic")
        analytic = str(code).strip().upper()[:LONGEST_CODE] if code is not None else None
        choice = Choice(account or None, treatment, _net(item.get("net")), analytic)
        chosen[part] = (*chosen.get(part, ()), choice)
    return chosen


def _coded(choice: Choice, code: CodeSuggestion | None) -> Choice:
    """The choice with the code suggested for it, where the person said nothing of codes."""
    if choice.analytic is not None or code is None:
        return choice
    return replace(choice, analytic=code.code)


def _unknown_codes(choices: Mapping[int, tuple[Choice, ...]], buyer: Buyer) -> Iterator[Problem]:
    for part, of_part in choices.items():
        for choice in of_part:
            if choice.analytic and choice.analytic not in buyer.analytic_codes:
                yield Problem(
                    "analytic_unknown",
                    "The company has no such analytic code, or it is closed.",
                    "blocking",
                    f"part.{part}",
                    {"analytic": choice.analytic},
                )


def _net(text: Any) -> Decimal | None:
    try:
        return parse_amount(str(text)) if text not in (None, "") else None
    except ValueError:
        raise Invalid(
            f"{str(text)[:40]} is not an amount.", code="invalid_value", fields=["net"]
        ) from None


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


def _open_deposit(
    connection: Connection,
    document: Row[Any],
    purchase: Purchase,
    supplier_id: str | None,
    kept: Books,
) -> list[Problem]:
    """A deposit of the same supplier that no invoice has deducted yet; a document that asks for
    less than its total probably does.
    """
    if supplier_id is None or purchase.deposit or purchase.is_credit or purchase.gross is None:
        return []
    entry, line = t.journal_entry.c, t.journal_line.c
    sums = connection.execute(
        select(func.sum(line.debit).label("debit"), func.sum(line.credit).label("credit"))
        .select_from(
            t.journal_line.join(t.journal_entry, entry.id == line.entry_id)
            .join(t.document, t.document.c.id == entry.document_id)
            .outerjoin(_reversing, _reversing.c.reverses_entry_id == entry.id)
        )
        .where(
            entry.company_id == document.company_id,
            entry.document_id != document.id,
            _reversing.c.id.is_(None),
            line.account == kept.country.deposits,
            t.document.c.supplier_id == supplier_id,
        )
    ).one()
    left = (sums.debit or ZERO) - (sums.credit or ZERO)
    if left <= 0:
        return []
    values = {"open": str(left)}
    due = Reading.from_json(document.reading).value("amount_due") if document.reading else None
    with suppress(ValueError):
        difference = (purchase.printed_gross or ZERO) - parse_amount(due or "")
        if 0 < difference < (purchase.printed_gross or ZERO):
            values["difference"] = str(difference)
    return [
        Problem(
            "deposit_open",
            "A deposit paid to this supplier is not deducted yet.",
            "warning",
            "deposit_total",
            values,
        )
    ]
