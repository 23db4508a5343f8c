"""Account suggestions as values, what they are made from, and the strongest evidence there is.

Strongest is what this company's accountants did before with the same supplier: `from_history` is
here so that an invoice opened a minute after its sister was posted profits at once, without the
models. What alike lines of other suppliers were posted to, the words of the chart, and how all is
put together are `models.suggestion`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from domain.countries import Country
from domain.likeness import Vote, of_supplier, words_of
from domain.purchases import Part
from domain.suppliers import Identity, Supplier
from domain.treatments import decide

Source = Literal["rule", "history", "learned", "words", "none"]
MOST_OF_SUPPLIER = 50
MOST_RUNNERS_UP = 3
SPEAKS_FROM = 0.4
"""Confidence below which a supplier of several accounts is not given one of them."""
SURE_HISTORY = 0.75
"""Confidence from which a supplier's own past is all that is asked."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """The company that buys, as far as understanding its invoices needs it.

    `accounts` are those of its chart open for purchases: number → French label.
    """

    id: str
    country: Country
    currency: str
    names: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    accounts: dict[str, str] = field(default_factory=dict)
    analytic_codes: dict[str, str] = field(default_factory=dict)
    """Those open: code → label. Empty where the company keeps none."""
    capitalisation_threshold: Decimal = Decimal(500)
    coefficient: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class PastPosting:
    """One cost line of a posted entry that still stands."""

    account: str
    treatment: str | None
    text: str
    supplier_id: str | None
    entry_id: str
    supplier_name: str
    reference: str
    """The number of the document it was posted from, to cite."""
    posted_by: str = ""
    posted_at: datetime | None = None
    analytic: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What was posted before: the supplier this document is from, if known, and past postings,
    the newest first.
    """

    supplier: Supplier | None = None
    past: tuple[PastPosting, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a stable code with values for the reader's language, and as an English sentence."""

    code: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunnerUp:
    account: str
    confidence: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class AccountSuggestion:
    """The account and VAT treatment proposed for one part; no account means "I do not know"."""

    part: int
    description: str
    account: str | None
    treatment: str | None
    confidence: float
    source: Source
    reason: Reason
    treatment_reason: str = ""
    treatment_sure: bool = False
    runners_up: tuple[RunnerUp, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "description": self.description,
            "account": self.account,
            "treatment": self.treatment,
            "confidence": round(self.confidence, 3),
            "source": self.source,
            "reason": _reason_json(self.reason),
            "treatment_reason": self.treatment_reason,
            "treatment_sure": self.treatment_sure,
            "runners_up": [
                {
                    "account": r.account,
                    "confidence": round(r.confidence, 3),
                    "reason": _reason_json(r.reason),
                }
                for r in self.runners_up
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> AccountSuggestion:
        return cls(
            **{
                **data,
                "reason": Reason(**data["reason"]),
                "runners_up": tuple(
                    RunnerUp(r["account"], r["confidence"], Reason(**r["reason"]))
                    for r in data.get("runners_up", ())
                ),
            }
        )


def from_history(
    part: Part, identity: Identity, buyer: Buyer, history: History, text: str = ""
) -> AccountSuggestion | None:
    """What the last postings of the same supplier say about a part, or None without any.

    Postings that are alike in words count most, newer ones before older. Where those of several
    accounts are about as good, there is no account, and each is mentioned.
    """
    if history.supplier is None:
        return None
    past = [
        posting
        for posting in history.past
        if posting.supplier_id == history.supplier.id and posting.account in buyer.accounts
    ][:MOST_OF_SUPPLIER]
    if not past:
        return None
    votes = of_supplier(words_of(part.description), [(words_of(p.text), p.account) for p in past])
    first, best = votes[0], past[votes[0].best]
    confidence = sureness(first, len(votes), len(past))
    name = history.supplier.identity.name
    others = tuple(
        RunnerUp(vote.account, min(0.4, vote.share), _posted_before(vote, past, name))
        for vote in votes
    )
    if confidence < SPEAKS_FROM:
        return AccountSuggestion(
            part=part.index,
            description=part.description[:200],
            account=None,
            treatment=None,
            confidence=0.0,
            source="none",
            reason=Reason(
                "posted_to_several",
                f"{name} is posted to {len(votes)} accounts, and these words are not told apart.",
                {"supplier": name, "accounts": len(votes)},
            ),
            runners_up=others[:MOST_RUNNERS_UP],
        )
    treatment, because, sure = _treatment(part, best, identity, buyer, text)
    return AccountSuggestion(
        part=part.index,
        description=part.description[:200],
        account=first.account,
        treatment=treatment,
        confidence=confidence,
        source="history",
        reason=_posted_before(first, past, name),
        treatment_reason=because,
        treatment_sure=sure,
        runners_up=others[1 : 1 + MOST_RUNNERS_UP],
    )


def sureness(first: Vote, accounts: int, past: int) -> float:
    """How often such a suggestion is right, as measured by `benchmarks.suggestions`."""
    if accounts == 1:
        return 1 - (0.04 if first.likeness else 0.13) / min(past, 5)
    # A share says what it seems to where words are known, less where they are not, and little
    # while there are few to share.
    told = float(first.share ** (2 - min(1.0, 2 * first.likeness)))
    return min(told, 1 - 0.2 / first.voters, 0.99)


def _posted_before(vote: Vote, past: Sequence[PastPosting], supplier: str) -> Reason:
    best = past[vote.best]
    return Reason(
        "posted_before",
        f"{vote.voters} of {len(past)} earlier postings of this supplier; such as {best.reference}.",
        {
            "supplier": supplier,
            "account": vote.account,
            "times": vote.voters,
            "of": len(past),
            "reference": best.reference,
            "entry_id": best.entry_id,
        },
    )


def _treatment(
    part: Part, past: PastPosting, identity: Identity, buyer: Buyer, text: str
) -> tuple[str, str, bool]:
    """The treatment of last time where it fits what is printed now, else the decision order's."""
    decided = decide(
        buyer.country,
        past.account,
        rate=part.rate,
        vat=part.vat,
        identity=identity,
        words=part.description,
        text=text,
    )
    then = buyer.country.treatments.get(past.treatment or "")
    if then is not None and (not then.rates or part.rate in then.rates) and decided.key != then.key:
        now = buyer.country.treatments[decided.key]
        # Last time decides between treatments of one kind (van or car), never against the paper.
        if now.mode is then.mode:
            return then.key, "posted_before", True
    return decided.key, decided.because, decided.sure


def _reason_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "message": reason.message, "values": reason.values}
