"""Invented companies and people, with identifiers whose check digits hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

from models.synthetic.identifiers import (
    draw_digits,
    draw_iban,
    draw_siren,
    draw_siret,
    draw_vat_id,
    french_vat_id,
)
from models.synthetic.wording import countries, trades, words

COUNTRY_NAMES = {
    "FR": "France", "BE": "Belgique", "CH": "Suisse", "LU": "Luxembourg", "DE": "Deutschland",
    "AT": "Österreich", "NL": "Nederland", "GB": "United Kingdom", "IE": "Ireland", "US": "USA",
    "IT": "Italia",
}  # fmt: skip
EUROPE = frozenset({"FR", "BE", "LU", "DE", "AT", "NL", "IE", "IT"})
"""Where VAT on sales between countries is due by the buyer."""


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
    web: str
    contact: str
    """Somebody who works there."""
    bank: str
    bic: str
    iban: str | None
    siren: str | None = None
    siret: str | None = None
    vat_id: str | None = None
    """As it is compared, without spaces; None when it charges no VAT."""

    @property
    def city(self) -> str:
        return " ".join(w for w in self.place.split() if not any(c.isdigit() for c in w)) or "-"

    def vat_shown(self) -> str:
        """The VAT number as it is printed."""
        if self.vat_id is None:
            return ""
        if self.country == "FR":
            v = self.vat_id
            return f"{v[:4]} {v[4:7]} {v[7:10]} {v[10:]}"
        if self.country == "CH":
            d = self.vat_id[3:12]
            suffix = {"fr": "TVA", "de": "MWST", "it": "IVA"}[self.language]
            return f"CHE-{d[:3]}.{d[3:6]}.{d[6:]} {suffix}"
        if self.country == "BE":
            v = self.vat_id
            return f"{v[:2]} {v[2:6]}.{v[6:9]}.{v[9:]}"
        return self.vat_id


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    street: str
    place: str


def draw_company(
    random: Random, country: str, *, charges_vat: bool = True, language: str | None = None
) -> Company:
    """A company of `country` that speaks one of its languages."""
    ways = countries()[country]
    language = language or random.choice(ways["languages"])
    said = words(language)
    trade = random.choice(list(trades(language)))
    surname = random.choice(said["surnames"])
    name = random.choice(said["company_names"]).format(
        name=surname,
        other=random.choice(said["surnames"]),
        trade=random.choice(trades(language)[trade].companies),
        form=random.choice(ways.get(f"forms_{language}", ways["forms"])),
    )
    siren = draw_siren(random) if country == "FR" else None
    if siren is not None:
        vat_id = french_vat_id(siren) if charges_vat else None
    else:
        vat_id = draw_vat_id(random, country)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", surname.lower()) if c.isascii() and c.isalpha()
    )
    domain = f"{plain}-{random.randint(10, 99)}.example"
    return Company(
        name=name,
        trade=trade,
        street=draw_street(random, language),
        place=random.choice(ways.get(f"places_{language}", ways["places"])),
        country=country,
        language=language,
        currency=ways["currency"],
        phone=random.choice(ways["phones"]) + draw_digits(random, 6),
        email=f"{random.choice(('contact', 'info', 'office', 'compta'))}@{domain}",
        web=f"www.{domain}",
        contact=_person_name(random, language),
        bank=random.choice(said["banks"]),
        bic=random.choice(ways["bic"]) + random.choice(("", "XXX")),
        iban=draw_iban(random, country) if country != "US" else None,
        siren=siren,
        siret=draw_siret(random, siren) if siren else None,
        vat_id=vat_id,
    )


def draw_street(random: Random, language: str) -> str:
    number, street = random.randint(1, 180), random.choice(words(language)["streets"])
    return f"{street} {number}" if language in ("de", "nl", "it") else f"{number} {street}"


def draw_person(random: Random, country: str, language: str | None = None) -> Person:
    ways = countries()[country]
    language = language or random.choice(ways["languages"])
    return Person(
        _person_name(random, language),
        draw_street(random, language),
        random.choice(ways.get(f"places_{language}", ways["places"])),
    )


def _person_name(random: Random, language: str) -> str:
    said = words(language)
    return f"{random.choice(said['first_names'])} {random.choice(said['surnames'])}"
