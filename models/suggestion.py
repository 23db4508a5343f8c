"""Which account and VAT treatment each part of a purchase belongs to, or an honest "I do not know".

Evidence in this order, the first that is strong enough wins and is cited: what was posted before
for the same supplier (`domain.suggestions`), what alike lines of others were posted to
(`models.alike_postings`), the words of the chart (`models.account_words`). When none is strong enough there is no account, only
runners-up: a silent fallback would be believed. `docs/suggestions.md` has the measurements.
"""

from __future__ import annotations

from dataclasses import replace

from domain.documents import Category
from domain.findings import Reading
from domain.purchases import Part, purchase_of
from domain.suggestions import (
    MOST_RUNNERS_UP,
    SURE_HISTORY,
    AccountSuggestion,
    Buyer,
    History,
    Reason,
    RunnerUp,
    Source,
    from_history,
)
from domain.suppliers import Identity, identity_of
from domain.treatments import decide
from domain.words import folded
from models.account_words import Hit, hits, is_clear
from models.alike_postings import from_alike

CERTAIN_ENOUGH = 0.6
"""Confidence from which the account of alike lines is proposed rather than mentioned."""
WORTH_MENTIONING = 2
"""Score from which words are told; one stray word such as "phone" in a letterhead is none."""
MOST_TEXT = 20_000


def suggest(
    reading: Reading,
    *,
    company: Buyer,
    history: History,
    category: str = Category.PURCHASE_INVOICE,
    text: str = "",
) -> tuple[AccountSuggestion, ...]:
    """A suggestion for every part of the purchase. `text` is the document's plain text, if had."""
    purchase = purchase_of(reading, category)
    identity = identity_of(reading)
    everything = folded(text[:MOST_TEXT] or " ".join(i.description for i in reading.line_items))
    return tuple(
        _suggestion(part, identity, company, history, everything) for part in purchase.parts
    )


def _suggestion(
    part: Part, identity: Identity, company: Buyer, history: History, everything: str
) -> AccountSuggestion:
    before = from_history(part, identity, company, history, everything)
    if before is not None and before.confidence >= SURE_HISTORY:
        return before
    alike = from_alike(part, identity, company, history)
    by_words = hits(
        company.country.chart,
        company.accounts,
        supplier=identity.name,
        description=part.description,
        everything=everything,
    )
    mentioned = [hit for hit in by_words if hit.score >= WORTH_MENTIONING]
    others = (*alike[:2], *(_runner_up(hit) for hit in mentioned[:MOST_RUNNERS_UP]))
    if before is not None:
        # The supplier is known for something else: what others sold under such words may be nearer.
        others = (*before.runners_up, *others)
        if not alike or alike[0].confidence < max(CERTAIN_ENOUGH, before.confidence):
            return replace(before, runners_up=_distinct(others, before.account))
    source: Source
    if alike and alike[0].confidence >= CERTAIN_ENOUGH:
        first, source = alike[0], "learned"
    elif is_clear(by_words):
        first, source = _runner_up(by_words[0]), "words"
    else:
        return AccountSuggestion(
            part=part.index,
            description=part.description[:200],
            account=None,
            treatment=None,
            confidence=0.0,
            source="none",
            reason=Reason(
                "unknown", "Neither this supplier nor these words are known well enough."
            ),
            runners_up=_distinct(others, None),
        )
    return _capitalised(
        _chosen(part, identity, company, first, source, others, everything), part, company
    )


def _chosen(
    part: Part,
    identity: Identity,
    company: Buyer,
    first: RunnerUp,
    source: Source,
    others: tuple[RunnerUp, ...],
    everything: str,
) -> AccountSuggestion:
    decided = decide(
        company.country,
        first.account,
        rate=part.rate,
        vat=part.vat,
        identity=identity,
        words=part.description,
        text=everything,
    )
    return AccountSuggestion(
        part=part.index,
        description=part.description[:200],
        account=first.account,
        treatment=decided.key,
        confidence=first.confidence,
        source=source,
        reason=first.reason,
        treatment_reason=decided.because,
        treatment_sure=decided.sure,
        runners_up=_distinct(others, first.account),
    )


def _runner_up(hit: Hit) -> RunnerUp:
    return RunnerUp(
        hit.account,
        min(0.9, 0.35 + 0.05 * hit.score),
        Reason(
            "words",
            f"Words of this account: {', '.join(hit.words)}.",
            {"words": list(hit.words), "score": hit.score},
        ),
    )


def _distinct(others: tuple[RunnerUp, ...], chosen: str | None) -> tuple[RunnerUp, ...]:
    """The runners-up, each account once, without the chosen one."""
    best: dict[str, RunnerUp] = {}
    for other in others:
        if other.account != chosen:
            best.setdefault(other.account, other)
    return tuple(best.values())[:MOST_RUNNERS_UP]


def _capitalised(suggestion: AccountSuggestion, part: Part, company: Buyer) -> AccountSuggestion:
    """An expense dear enough to be a fixed asset asks; an asset cheap enough is an expense."""
    chart, account = company.country.chart, suggestion.account
    price = part.unit if part.unit is not None else part.net
    known = chart.get(account or "")
    if known is None or account is None:
        return suggestion
    if company.country.is_asset(account) and price <= company.capitalisation_threshold:
        for expense in chart:
            if account in expense.asset_alternative and expense.number in company.accounts:
                return replace(
                    suggestion,
                    account=expense.number,
                    reason=Reason(
                        "below_threshold",
                        "The price is below the threshold of fixed assets.",
                        {"threshold": str(company.capitalisation_threshold)},
                    ),
                    runners_up=_distinct(
                        (
                            RunnerUp(account, suggestion.confidence / 2, suggestion.reason),
                            *suggestion.runners_up,
                        ),
                        expense.number,
                    ),
                )
    if known.asset_alternative and price > company.capitalisation_threshold:
        asked = Reason(
            "above_threshold",
            "A single thing above the threshold of fixed assets is one.",
            {"threshold": str(company.capitalisation_threshold), "price": str(price)},
        )
        assets = tuple(
            RunnerUp(number, 0.4, asked)
            for number in known.asset_alternative
            if number in company.accounts
        )
        return replace(
            suggestion,
            confidence=min(suggestion.confidence, 0.5),
            runners_up=_distinct((*assets[:2], *suggestion.runners_up), account),
        )
    return suggestion
