"""Invented companies and people, with identifiers whose check digits hold.

The numbers are drawn, not looked up; one may belong to somebody by accident, as a drawn telephone
number may.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from models.synthetic import vocabulary as words

EUROS = frozenset({"FR", "BE", "DE"})


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    trade: str
    street: str
    place: str
    country: str
    language: str
    currency: str
    phone: str
    email: str
    iban: str
    siren: str | None = None
    siret: str | None = None
    vat_id: str | None = None
    """As it is compared, without spaces; None when it charges no VAT."""

    def vat_shown(self) -> str:
        """The VAT number as it is printed."""
        if self.vat_id is None:
            return ""
        if self.country == "FR":
            v = self.vat_id
            return f"{v[:4]} {v[4:7]} {v[7:10]} {v[10:]}"
        if self.country == "CH":
            d = self.vat_id[3:12]
            return f"CHE-{d[:3]}.{d[3:6]}.{d[6:]} TVA"
        return self.vat_id


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    street: str
    place: str


def luhn_digit(digits: str) -> str:
    """The digit that completes `digits` by Luhn's rule."""
    total = 0
    for n, c in enumerate(reversed(digits)):
        d = int(c) * (2 if n % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str(-total % 10)


def draw_digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def draw_siren(random: Random) -> str:
    start = random.choice("345789") + draw_digits(random, 7)
    return start + luhn_digit(start)


def french_vat_id(siren: str) -> str:
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def swiss_uid(random: Random) -> str:
    while True:
        start = random.choice("123") + draw_digits(random, 7)
        weights = (5, 4, 3, 2, 7, 6, 5, 4)
        check = 11 - sum(int(c) * w for c, w in zip(start, weights, strict=True)) % 11
        if check != 10:
            return f"CHE{start}{check % 11}"


def belgian_vat_id(random: Random) -> str:
    start = "0" + random.choice("4567") + draw_digits(random, 6)
    return f"BE{start}{97 - int(start) % 97:02d}"


def draw_iban(random: Random, country: str) -> str:
    account: str
    if country == "FR":
        head = draw_digits(random, 10) + draw_digits(random, 11)
        bank, branch, number = head[:5], head[5:10], head[10:]
        key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(number)) % 97
        account = f"{head}{key:02d}"
    elif country == "BE":
        head = draw_digits(random, 10)
        account = f"{head}{int(head) % 97 or 97:02d}"
    else:
        account = draw_digits(random, {"CH": 17, "DE": 18}[country])
    letters = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{country}{98 - int(letters) % 97:02d}{account}"


def spaced(identifier: str) -> str:
    """An IBAN as it is printed, in fours."""
    return " ".join(identifier[i : i + 4] for i in range(0, len(identifier), 4))


def draw_company(random: Random, country: str, *, charges_vat: bool = True) -> Company:
    language = {"FR": "fr", "BE": "fr", "CH": "fr", "DE": "de", "GB": "en"}[country]
    trade = random.choice(list(words.TRADES[language]))
    surname = random.choice(words.SURNAMES[language])
    name = random.choice(words.COMPANY_NAMES[language]).format(
        name=surname,
        trade=random.choice(words.TRADES[language][trade].names),
        form=random.choice(words.FORMS[country]),
    )
    siren = siret = vat_id = None
    if country == "FR":
        siren = draw_siren(random)
        office = siren + "000" + draw_digits(random, 1)
        siret = office + luhn_digit(office)
        vat_id = french_vat_id(siren) if charges_vat else None
    elif country == "CH":
        vat_id = swiss_uid(random)
    elif country == "BE":
        vat_id = belgian_vat_id(random)
    elif country == "DE":
        vat_id = "DE" + draw_digits(random, 9)
    else:
        vat_id = "GB" + draw_digits(random, 9)
    plain = "".join(c for c in surname.lower() if c.isascii() and c.isalpha())
    domain = f"{plain}-{random.randint(10, 99)}.example"
    return Company(
        name=name,
        trade=trade,
        street=draw_street(random, language),
        place=random.choice(words.PLACES[country]),
        country=country,
        language=language,
        currency="EUR" if country in EUROS else {"CH": "CHF", "GB": "GBP"}[country],
        phone=random.choice(words.PHONES[country]) + draw_digits(random, 6),
        email=f"contact@{domain}",
        iban=draw_iban(random, country if country != "GB" else "DE"),
        siren=siren,
        siret=siret,
        vat_id=vat_id,
    )


def draw_street(random: Random, language: str) -> str:
    number, street = random.randint(1, 180), random.choice(words.STREETS[language])
    return f"{street} {number}" if language == "de" else f"{number} {street}"


def draw_person(random: Random, country: str) -> Person:
    language = {"DE": "de", "GB": "en"}.get(country, "fr")
    name = f"{random.choice(words.FIRST_NAMES[language])} {random.choice(words.SURNAMES[language])}"
    return Person(name, draw_street(random, language), random.choice(words.PLACES[country]))
