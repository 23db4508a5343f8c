"""Account suggestions as values, what they are made from, and the strongest evidence there is.

Strongest is what this company's accountants did before with the same supplier: `from_history` is
here so that an invoice opened a minute after its sister was posted profits at once, without the
models. Weaker evidence (words) is weighed by `models.suggestion`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from domain.countries import Country
from domain.purchases import Part
from domain.suppliers import Identity, Supplier
from domain.treatments import decide
from domain.words import folded

Source = Literal["history", "learned", "words", "none"]


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
    """What the last postings of the same supplier say about a part, or None without any."""
    if history.supplier is None:
        return None
    past = [
        posting
        for posting in history.past
        if posting.supplier_id == history.supplier.id and posting.account in buyer.accounts
    ][:50]
    if not past:
        return None
    best = _closest(part, past)
    counts = Counter(posting.account for posting in past)
    share = counts[best.account] / len(past)
    times = counts[best.account]
    alone = len(counts) == 1
    confidence = min(0.99, 0.85 + 0.05 * times) if alone else 0.5 + 0.4 * share
    treatment, because, sure = _treatment(part, best, identity, buyer, text)
    values = {
        "supplier": history.supplier.identity.name,
        "account": best.account,
        "times": times,
        "of": len(past),
        "reference": best.reference,
        "entry_id": best.entry_id,
    }
    return AccountSuggestion(
        part=part.index,
        description=part.description[:200],
        account=best.account,
        treatment=treatment,
        confidence=confidence,
        source="history",
        reason=Reason(
            "posted_before",
            f"{times} of {len(past)} earlier postings of this supplier; last: {best.reference}.",
            values,
        ),
        treatment_reason=because,
        treatment_sure=sure,
        runners_up=tuple(
            RunnerUp(
                account,
                0.4 * count / len(past),
                Reason(
                    "posted_before",
                    f"{count} of {len(past)} earlier postings.",
                    {**values, "account": account, "times": count},
                ),
            )
            for account, count in counts.most_common(4)
            if account != best.account
        ),
    )


def _closest(part: Part, past: Sequence[PastPosting]) -> PastPosting:
    """The past posting whose words are nearest to the part's; the newest of equals."""
    wanted = set(folded(part.description).split())
    counts = Counter(posting.account for posting in past)

    def nearness(posting: PastPosting) -> tuple[float, int]:
        words = set(folded(posting.text).split())
        common = len(wanted & words) / max(1, len(wanted | words))
        return (common, counts[posting.account])

    return max(past, key=nearness)  # max keeps the first of equals, and the newest come first


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
