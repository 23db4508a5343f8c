"""Analytic codes: the one axis of cost centres a company may keep beside its accounts.

What a code is, and which one a line of a purchase is proposed to carry: the evidence is asked in
the order of accounts (`domain.suggestions`), among what was posted for the same supplier to the
same account. Codes wrongly given are seen by nobody until the year's figures, so that mixed
evidence gives none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from domain.likeness import of_supplier, words_of
from domain.posting_rules import PostingRule
from domain.purchases import Part
from domain.suggestions import MOST_OF_SUPPLIER, History, Reason, sureness

LONGEST_CODE = 20
SPEAKS_FROM = 0.65
"""Confidence below which none of several codes is given. Two that take turns reach 0.61 whatever their
number; three papers in a row under another one are a change for good.
"""
_CODE = re.compile(r"[0-9A-Z](?:[0-9A-Z._/-]{0,18}[0-9A-Z])?\Z")


def is_code(text: str) -> bool:
    """Whether it is written as a code: capitals and digits; points, dashes and slashes inside."""
    return _CODE.match(text) is not None


@dataclass(frozen=True, slots=True)
class CodeSuggestion:
    """The code proposed for a part that goes to one account; none where nothing speaks for one."""

    code: str | None
    source: Literal["rule", "history", "none"]
    reason: Reason
    confidence: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "source": self.source,
            "confidence": round(self.confidence, 3),
            "reason": {
                "code": self.reason.code,
                "message": self.reason.message,
                "values": self.reason.values,
            },
        }


def suggested_code(
    part: Part,
    account: str | None,
    history: History,
    rule: PostingRule | None,
    codes: Collection[str],
) -> CodeSuggestion | None:
    """The code for `part` on `account`; None where there is nothing to say.

    `rule` is the one that speaks of the part, `codes` those open in the company. What was posted
    without a code before the first that has one was posted before anybody kept codes: it says
    nothing; later, it says that there is none.
    """
    if account is None or not codes:
        return None
    said = rule if rule and rule.account == account and rule.analytic in codes else None
    if said is not None and said.supplier_id:
        return _of_rule(said)
    found = _from_history(part, account, history, codes)
    if said is not None and (found is None or found.code is None):
        return _of_rule(said)
    return found


def _of_rule(rule: PostingRule) -> CodeSuggestion:
    reason = Reason(
        "analytic_rule",
        f"Rule “{rule.name}”.",
        {"rule": rule.name, "rule_id": rule.id, "analytic": rule.analytic},
    )
    return CodeSuggestion(rule.analytic, "rule", reason, 0.99)


def _from_history(
    part: Part, account: str, history: History, codes: Collection[str]
) -> CodeSuggestion | None:
    if history.supplier is None:
        return None
    past = [
        posting
        for posting in history.past
        if posting.supplier_id == history.supplier.id
        and posting.account == account
        and (not posting.analytic or posting.analytic in codes)
    ][:MOST_OF_SUPPLIER]
    first_coded = max((n for n, p in enumerate(past) if p.analytic), default=-1)
    past = past[: first_coded + 1]
    if not past:
        return None
    votes = of_supplier(words_of(part.description), [(words_of(p.text), p.analytic) for p in past])
    first, name = votes[0], history.supplier.identity.name
    confidence = sureness(first, len(votes), len(past))
    values: dict[str, Any] = {"supplier": name, "account": account}
    if confidence < SPEAKS_FROM:
        return CodeSuggestion(
            None,
            "none",
            Reason(
                "analytic_mixed",
                f"{name} on {account} has {len(votes)} analytic codes or none: these words do not "
                "tell which.",
                values | {"codes": _listed(vote.account for vote in votes)},
            ),
        )
    best = past[first.best]
    return CodeSuggestion(
        first.account or None,
        "history",
        Reason(
            "analytic_before",
            f"{first.voters} of {len(past)} earlier postings of this supplier to {account}; such "
            f"as {best.reference}.",
            values
            | {
                "analytic": first.account,
                "times": first.voters,
                "of": len(past),
                "reference": best.reference,
                "entry_id": best.entry_id,
            },
        ),
        confidence,
    )


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(code or "–" for code in codes))
