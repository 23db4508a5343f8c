"""The lines of a purchase's entry under construction: what portions of it cost, their VAT, who is owed.

The order is that of a journal, all sides turn for a credit note, and what is left out (an account
nobody knows) stays visible. Which account and treatment a portion has is left to `domain.posting`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from domain.countries import Country
from domain.journal import plain_text
from domain.money import ZERO
from domain.purchases import Foreign, Part, spread_cents
from domain.vat import Mode, Shares, VatTreatment

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line as proposed; `part` says which part of the purchase it is for."""

    account: str | None
    debit: Decimal
    credit: Decimal
    label: str
    auxiliary: str | None = None
    vat_code: str | None = None
    parts: tuple[int, ...] = ()
    foreign_amount: Decimal | None = None
    foreign_currency: str | None = None
    analytic: str | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """The parts that share an account, an analytic code, a treatment and a rate, and where their
    amounts go.
    """

    account: str | None
    treatment: VatTreatment
    rate: Decimal | None
    parts: tuple[Part, ...]
    shares: Shares
    analytic: str | None = None


class Lines:
    """The lines under construction, in the order of a journal: costs, VAT, rounding, supplier."""

    def __init__(
        self,
        country: Country,
        label: str,
        auxiliary: str,
        *,
        credit_note: bool,
        vat_waits: bool = False,
    ) -> None:
        self._country = country
        self._vat_waits = vat_waits
        self._label = label
        self._auxiliary = auxiliary
        self._credit_note = credit_note
        self._costs: dict[tuple[str | tuple[int, ...], str | None], list[Portion]] = {}
        self._input: dict[tuple[str, str, Decimal | None], Decimal] = {}
        self._due: dict[tuple[str, str], Decimal] = {}
        self._payable: dict[str, Decimal] = {}
        self._rounding = ZERO

    def add(self, portion: Portion) -> None:
        country, account = self._country, portion.account
        # Parts nobody knows an account for stay lines of their own.
        key = account or tuple(p.index for p in portion.parts)
        self._costs.setdefault((key, portion.analytic), []).append(portion)
        amounts, vat_key = portion.shares, portion.treatment.key
        if amounts.input_vat:
            vat_account = country.input_vat_for(account or "6")
            if self._credit_note and portion.treatment.mode is Mode.DEDUCTED:
                vat_account = country.credit_note_vat or vat_account
            if self._vat_waits and country.waits_for_payment(portion.treatment, account or "6"):
                vat_account = country.pending_vat or vat_account
            _add(self._input, (vat_account, vat_key, portion.rate), amounts.input_vat)
        if amounts.due_vat:
            _add(self._due, (portion.treatment.due_account, vat_key), amounts.due_vat)
        _add(self._payable, country.payable_for(account or "6"), amounts.payable)

    def owe(self, amount: Decimal) -> None:
        """Credit the supplier `amount` more (or less): what the paper says against its parts."""
        main = max(self._payable, key=lambda account: abs(self._payable[account]))
        self._payable[main] += amount

    def round_off(self, amount: Decimal) -> None:
        self._rounding += amount

    def proposed(self, paid_from: str | None, foreign: Foreign | None) -> tuple[ProposedLine, ...]:
        """`paid_from` is credited in place of the supplier where somebody paid at once."""
        sign = -1 if self._credit_note else 1
        lines: list[ProposedLine | None] = []
        for (key, analytic), portions in self._costs.items():
            amount = sum((p.shares.cost for p in portions), ZERO)
            heaviest = max(portions, key=lambda p: abs(p.shares.cost))
            lines.append(
                self._line(
                    key if isinstance(key, str) else None,
                    sign * amount,
                    label=self._described(portions),
                    vat_code=heaviest.treatment.key,
                    parts=tuple(p.index for portion in portions for p in portion.parts),
                    analytic=analytic,
                )
            )
        lines += [
            self._line(account, sign * amount, vat_code=key)
            for (account, key, _), amount in self._input.items()
        ]
        rounding = sign * self._rounding
        loss = rounding > 0
        country = self._country
        lines.append(self._line(country.rounding_loss if loss else country.rounding_gain, rounding))
        lines += self._owed(paid_from, foreign, sign)
        lines += [
            self._line(account, -sign * amount, vat_code=key)
            for (account, key), amount in self._due.items()
        ]
        return tuple(line for line in lines if line is not None)

    def _owed(
        self, paid_from: str | None, foreign: Foreign | None, sign: int
    ) -> list[ProposedLine | None]:
        """One line a third party, with what it is owed in its own currency."""
        owed = self._payable
        if paid_from is not None:
            owed = {paid_from: sum(owed.values(), ZERO)}
        lines = [
            self._line(account, -sign * amount, auxiliary=None if paid_from else self._auxiliary)
            for account, amount in owed.items()
        ]
        if foreign is None:
            return lines
        shares = spread_cents(foreign.owed, list(owed.values()))
        return [
            replace(line, foreign_amount=abs(share), foreign_currency=foreign.currency)
            if line is not None
            else None
            for line, share in zip(lines, shares, strict=True)
        ]

    def _line(
        self,
        account: str | None,
        amount: Decimal,
        *,
        label: str | None = None,
        auxiliary: str | None = None,
        vat_code: str | None = None,
        parts: tuple[int, ...] = (),
        analytic: str | None = None,
    ) -> ProposedLine | None:
        if amount == 0:
            return None
        debit, credit = (amount, ZERO) if amount > 0 else (ZERO, -amount)
        return ProposedLine(
            account,
            debit,
            credit,
            label or self._label,
            auxiliary,
            vat_code,
            parts,
            analytic=analytic,
        )

    def _described(self, portions: Sequence[Portion]) -> str:
        """The label with what was bought, so that the journal can be read without the paper."""
        words = " · ".join(
            dict.fromkeys(p.description for portion in portions for p in portion.parts)
        )
        return plain_text(f"{self._label} – {words}" if words.strip() else self._label, 160)


def _add(sums: dict[_Key, Decimal], key: _Key, amount: Decimal) -> None:
    sums[key] = sums.get(key, ZERO) + amount
