"""How much of an invoice is asked for in advance, rate by rate of VAT. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from domain.errors import Invalid
from domain.money import ZERO, cents
from domain.sales import Nature, SalesLine

_WORDS = {
    "fr": ("Acompte", " de {share} %", " sur {what}", "la commande"),
    "de": ("Anzahlung", " von {share} %", " auf {what}", "den Auftrag"),
}
_ENGLISH = ("Deposit", " of {share} %", " on {what}", "the order")


def share_of(gross: Decimal, percent: str, amount: str) -> Decimal:
    """The share of an invoice, above 0 and at most 1, that a percentage or an amount with VAT is."""
    try:
        share = Decimal(percent) / 100 if percent else Decimal(amount or "0") / (gross or 1)
    except ArithmeticError:
        share = Decimal("NaN")
    if not share.is_finite() or not 0 < share <= 1 or gross <= 0:
        raise Invalid(
            "A deposit is a part of the invoice.",
            code="deposit_share",
            advice="Say a percentage up to 100, or an amount up to the total with VAT.",
            fields=["percent" if percent else "amount"],
        )
    return share


def deposit_lines(
    lines: Iterable[SalesLine], share: Decimal, what: str, language: str
) -> tuple[SalesLine, ...]:
    """A line for each rate and nature of an invoice, over the share of it that is asked for."""
    nets: dict[tuple[str, Decimal, Nature], Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        nets[line.treatment, line.vat_rate, line.nature] += line.net
    word, of, on, order = _WORDS.get(language, _ENGLISH)
    percent = cents(share * 100)
    said = format(percent.normalize(), "f")
    share_said = of.format(share=said.replace(".", ",") if language in _WORDS else said)
    text = word + (share_said if percent == share * 100 else "") + on.format(what=what or order)
    return tuple(
        SalesLine(
            text=text,
            quantity=Decimal(1),
            unit_price=cents(net * share),
            vat_rate=rate,
            treatment=treatment,
            nature=nature,
        )
        for (treatment, rate, nature), net in nets.items()
        if cents(net * share) > 0
    )
