"""Accounts at a bank: a month of movements between two balances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.synthetic.identifiers import draw_iban
from models.synthetic.paper import Look, draw_date
from models.synthetic.parties import Company
from models.synthetic.wording import words

COUNTS = (3, 6, 9, 14, 18, 24, 30, 48, 75)


@dataclass(frozen=True, slots=True)
class Movement:
    booked: date
    valued: date
    label: str
    detail: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    bank: str
    iban: str
    holder: Company
    start: date
    end: date
    opening: Decimal
    movements: tuple[Movement, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((m.amount for m in self.movements), Decimal(0))

    def truth(self) -> dict[str, Any]:
        return {
            "bank_name": self.bank,
            "iban": self.iban,
            "currency": self.holder.currency,
            "period_start": self.start.isoformat(),
            "period_end": self.end.isoformat(),
            "opening_balance": f"{self.opening:.2f}",
            "closing_balance": f"{self.closing:.2f}",
            "transactions": [
                {
                    "date": m.booked.isoformat(),
                    "value_date": m.valued.isoformat(),
                    "description": m.label,
                    "amount": f"{m.amount:.2f}",
                }
                for m in self.movements
            ],
        }


def draw_account(look: Look, holder: Company, count: int | None) -> Account:
    random, said = look.random, words(look.language)
    start = draw_date(random).replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    count = count or random.choice(COUNTS)
    days = sorted(random.randint(0, (end - start).days) for _ in range(count))
    movements = []
    for offset in days:
        day = start + timedelta(days=offset)
        shape, sign = random.choice(said["movements"])
        filled = {"name": random.choice(said["surnames"]).upper(), "day": day.strftime("%d/%m"),
                  "number": random.randint(1000000, 9999999)}  # fmt: skip
        detail = ""
        if random.random() < 0.3:
            detail = random.choice(said["statement"]["details"]).format(**filled)
        top = random.choice((4000, 40000, 250000, 1200000))
        movements.append(
            Movement(
                day,
                min(end, day + timedelta(days=random.choice((0, 0, 0, 1, 2)))),
                shape.format(**filled),
                detail,
                sign * Decimal(random.randint(300, top)) / 100,
            )
        )
    country = holder.country if holder.iban else "DE"
    return Account(
        bank=random.choice(said["banks"]),
        iban=draw_iban(random, country),
        holder=holder,
        start=start,
        end=end,
        opening=Decimal(random.randint(-50000, 3000000)) / 100,
        movements=tuple(movements),
    )
