"""The accounts a person may choose for a part of a document: with reasons first, then by search."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from domain.accounts import COST_ROLES
from domain.countries import country
from domain.errors import NotFound
from domain.people import Scope, Who
from domain.suggestions import Reason
from service.house import House
from service.operations import accounts, books, companies, documents
from service.operations.proposals import prepare

MOST = 12


def account_choices(
    house: House, who: Who, document_id: str, part: int, q: str = ""
) -> dict[str, Any]:
    """Accounts for a part: the suggested one and its runners-up with their reasons, then those this
    company posts to most; with `q` those that answer the search, the suggested ones first.
    """
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        document = documents.find(connection, who, document_id)
        company = companies.find(connection, who, document.company_id)
        prepared = prepare(connection, company, document, house.now().date())
        if not 0 <= part < len(prepared.suggestions):
            raise NotFound("The document has no such part.")
        past = books.history(connection, company.id, prepared.reading).past
        known = accounts.labels(connection, company.id)
    suggestion = prepared.suggestions[part]
    reasons: dict[str, tuple[Reason, float]] = {}
    if suggestion.account:
        reasons[suggestion.account] = (suggestion.reason, suggestion.confidence)
    for other in suggestion.runners_up:
        reasons.setdefault(other.account, (other.reason, other.confidence))
    # The supplier's own postings are among everybody's again.
    often = Counter(account for _, account in {(p.entry_id, p.account) for p in past})
    rows = [r for r in known.values() if r.role in COST_ROLES and r.closed_on is None]
    if q.strip():
        found = accounts.searched(rows, q, country(company.country).chart)
    else:
        used = sorted(often, key=lambda number: (-often[number], number))
        found = [known[number] for number in (*reasons, *used) if number in known]
    found = list({row.number: row for row in found}.values())
    found.sort(key=lambda row: row.number not in reasons)  # stable: the rest keeps its order
    return {
        "part": part,
        "items": [
            {
                "number": row.number,
                "label": row.label_en if who.language == "en" else row.label_fr,
                "times_posted": often[row.number],
                "confidence": round(reasons[row.number][1], 3) if row.number in reasons else None,
                "reason": asdict(reasons[row.number][0]) if row.number in reasons else None,
            }
            for row in found[:MOST]
        ],
    }
