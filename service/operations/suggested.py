"""What a document's parts are proposed to be posted to, from all that a company knows: its rules, its
past, and what the models said when the document was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from domain.analytics import CodeSuggestion, suggested_code
from domain.countries import Country
from domain.findings import Reading
from domain.posting import Books, Choice
from domain.posting_rules import PostingRule, rule_for, suggested
from domain.purchases import Part, Purchase
from domain.suggestions import (
    SURE_HISTORY,
    AccountSuggestion,
    Buyer,
    History,
    Reason,
    from_history,
)
from domain.suppliers import Identity
from domain.treatments import decide
from domain.vat import Mode
from service.operations import books, posting_rules


@dataclass(frozen=True, slots=True)
class Known:
    """What a company knows when a document is looked at."""

    buyer: Buyer
    books: Books
    history: History
    rules: Sequence[PostingRule]


def known_of(connection: Connection, company: Row[Any], reading: Reading) -> Known:
    """What it knows now."""
    buyer = books.company_values(connection, company.id)
    return Known(
        buyer,
        books.books_of(connection, company),
        books.history(connection, company.id, reading, of_everybody=False),
        [r for r in posting_rules.acting(connection, company.id) if r.account in buyer.accounts],
    )


def suggestions_for(
    document: Row[Any], purchase: Purchase, identity: Identity, known: Known
) -> tuple[AccountSuggestion, ...]:
    """One suggestion a part: what a rule says that names the supplier; history as of now where it
    is sure; another rule; and else the surer of history and what the models said.
    """
    stored = [AccountSuggestion.from_json(s) for s in document.suggestion or ()]
    buyer = known.buyer
    supplier_id = known.history.supplier.id if known.history.supplier else None
    found = []
    for part in purchase.parts:
        if part.kind == "deposit":
            found.append(_deposit(part, buyer.country))
            continue
        rule = rule_for(known.rules, part, supplier_id, document.words)
        now = from_history(part, identity, buyer, known.history)
        then = next((s for s in stored if _is_for(s, part)), None)
        if then is not None and then.account is not None and then.account not in buyer.accounts:
            then = None
        if rule and (rule.supplier_id or now is None or now.confidence < SURE_HISTORY):
            then = suggested(rule, part, identity, buyer)
        elif now is not None and (
            then is None
            or then.source == "history"
            or now.confidence >= min(SURE_HISTORY, then.confidence)
        ):
            # What was posted since the document was read counts.
            then = now
        elif then is None:
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


def code_for(
    part: Part, account: str | None, document: Row[Any], known: Known
) -> CodeSuggestion | None:
    """The analytic code for a part that goes to `account`; None where there is nothing to say."""
    if not known.buyer.analytic_codes or part.kind == "deposit":
        return None
    supplier = known.history.supplier
    rule = rule_for(known.rules, part, supplier.id if supplier else None, document.words)
    return suggested_code(part, account, known.history, rule, known.buyer.analytic_codes)


def _deposit(part: Part, where: Country) -> AccountSuggestion:
    """Where a deposit that is deducted comes from: there is no choice."""
    reason = Reason("deposit", "A deposit paid before, deducted here.")
    return AccountSuggestion(
        part.index, part.description, where.deposits, None, 1.0, "history", reason
    )


def _is_for(suggestion: AccountSuggestion, part: Part) -> bool:
    return (suggestion.part, suggestion.description) == (part.index, part.description[:200])


def choice_of(
    suggestion: AccountSuggestion, part: Part, identity: Identity, buyer: Buyer
) -> Choice:
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
