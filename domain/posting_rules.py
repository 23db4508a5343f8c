"""Posting rules: sentences people write, such as "Arval, with 'loyer', to 6135".

A rule that names the supplier comes before what was posted for it: somebody said so. A rule of
words alone comes after a supplier's own past and before everything weaker. Rules about *reading*
papers, which nobody writes, are in `domain.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.purchases import Part
from domain.suggestions import AccountSuggestion, Buyer, Reason
from domain.suppliers import Identity
from domain.treatments import decide
from domain.vat import Mode
from domain.words import folded, holds

RULE_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True)
class PostingRule:
    """What must hold of a line, and where it then goes.

    `words`: all of them, in any order; after a comma, others that do as well. `at_least` and
    `at_most` bound the line's net amount. No treatment leaves VAT to the decision order.
    `analytic` is the code such lines carry, where the company keeps codes. `automatic` lets the machine post by this rule where the company's dial allows.
    """

    id: str
    name: str
    account: str
    treatment: str = ""
    supplier_id: str | None = None
    words: str = ""
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    automatic: bool = False
    analytic: str = ""

    def fits(self, part: Part, supplier_id: str | None, text: str = "") -> bool:
        """Whether it speaks of `part`. `text` is folded text of the whole document: it counts for a
        part that is the document, or a rate of it, and not for one line among others.
        """
        if self.supplier_id is not None and self.supplier_id != supplier_id:
            return False
        if self.at_least is not None and part.net < self.at_least:
            return False
        if self.at_most is not None and part.net > self.at_most:
            return False
        choices = alternatives(self.words)
        if not choices:
            return True
        said = folded(f"{part.description} {text if part.kind != 'item' else ''}")
        return any(all(holds(said, f" {word} ") for word in choice) for choice in choices)


def alternatives(words: str) -> list[list[str]]:
    """The words of a rule, folded: lists of which one must be there whole."""
    return [found for some in words.split(",") if (found := folded(some).split())]


def rule_for(
    rules: Iterable[PostingRule], part: Part, supplier_id: str | None, text: str = ""
) -> PostingRule | None:
    """The first rule that fits, those that name the supplier before the others."""
    ordered = sorted(rules, key=lambda rule: rule.supplier_id is None)
    return next((rule for rule in ordered if rule.fits(part, supplier_id, text)), None)


def suggested(
    rule: PostingRule, part: Part, identity: Identity, buyer: Buyer, text: str = ""
) -> AccountSuggestion:
    """What a rule says of a part. Its VAT treatment holds where the paper allows it."""
    treatment = buyer.country.treatments.get(rule.treatment)
    if treatment is not None:
        charged = treatment.mode in (Mode.DEDUCTED, Mode.GROSS)
        fits = charged == bool(part.vat)
        if charged and treatment.rates and part.rate not in treatment.rates:
            fits = False
        treatment = treatment if fits else None
    decided = decide(
        buyer.country,
        rule.account,
        rate=part.rate,
        vat=part.vat,
        identity=identity,
        words=part.description,
        text=text,
    )
    return AccountSuggestion(
        part=part.index,
        description=part.description[:200],
        account=rule.account,
        treatment=treatment.key if treatment else decided.key,
        confidence=RULE_CONFIDENCE,
        source="rule",
        reason=Reason(
            "posting_rule",
            f"Rule “{rule.name}”.",
            {"rule": rule.name, "rule_id": rule.id, "account": rule.account},
        ),
        treatment_reason="rule" if treatment else decided.because,
        treatment_sure=True if treatment else decided.sure and not rule.treatment,
    )
