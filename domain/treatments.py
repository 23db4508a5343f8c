"""Which VAT treatment a purchase has: the decision order, from the supplier's country to the words.

Where the supplier is; whether VAT is printed; what the document says about it; then what the kind
of expense allows. The company's own right to deduct is left to posting.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from domain.countries import Country
from domain.suppliers import Identity
from domain.vat import Mode
from domain.words import folded, found

EU = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
_SAME_VAT_AREA = {"MC": "FR", "LI": "CH", "GR": "EL"}
_REVERSE_CHARGE = (
    "autoliquidation",
    "reverse charge",
    "btw verlegd",
    "Steuerschuldnerschaft des Leistungsempfängers",
    "cocontractant",
)
_WORKS = ("283-2 nonies", "sous-traitance", "travaux immobiliers", "cocontractant")


@dataclass(frozen=True, slots=True)
class Decided:
    """A treatment, why, and whether the evidence is enough not to ask."""

    key: str
    because: str
    sure: bool


def supplier_country(identity: Identity) -> str | None:
    """Where the supplier is registered for VAT, by its identifiers; an IBAN alone is a hint."""
    if identity.vat_id and identity.vat_id[:2].isalpha():
        prefix = "CH" if identity.vat_id.startswith("CHE") else identity.vat_id[:2]
        return _SAME_VAT_AREA.get(prefix, prefix)
    if identity.uid:
        return "CH"
    if identity.siren:
        return "FR"
    if identity.iban:
        return _SAME_VAT_AREA.get(identity.iban[:2], identity.iban[:2])
    return None


def decide(
    where: Country,
    account: str,
    *,
    rate: Decimal | None,
    vat: Decimal,
    identity: Identity,
    words: str = "",
    text: str = "",
) -> Decided:
    """The treatment of a part posted to `account`.

    `words` describe the part, `text` is folded text of the whole document (may be empty).
    """
    keys = where.vat_keys
    said = folded(words)
    country = supplier_country(identity)
    home = _SAME_VAT_AREA.get(where.code, where.code)
    if country is not None and country != home:
        certain = bool(identity.vat_id or identity.uid or identity.siren)
        if vat:
            return Decided(keys.foreign_charged, "foreign_vat", certain)
        goods = account.startswith(where.goods_prefixes)
        if country in EU and where.in_eu:
            return Decided(keys.eu_goods if goods else keys.eu_services, "from_eu", certain)
        return Decided(keys.other_goods if goods else keys.other_services, "from_abroad", certain)
    for key, because in ((keys.franchise, "franchise"), (keys.margin, "margin")):
        if found(where.treatments[key].phrases, text):
            return Decided(key, because, sure=True)
    if vat:
        return _charged(where, account, rate, said, text)
    if found(_REVERSE_CHARGE, text):
        works = account.startswith(where.works_prefixes) if where.works_prefixes else False
        if works or found(_WORKS, text):
            return Decided(keys.reverse_charge_works, "reverse_charge", sure=True)
        return Decided(keys.reverse_charge, "reverse_charge", sure=True)
    if keys.import_tax and found(where.treatments[keys.import_tax].phrases, said):
        return Decided(keys.import_tax, "words", sure=True)
    usual = _usual(where, account)
    if usual and where.treatments[usual].mode is Mode.NONE:
        return Decided(usual, "usual_for_account", sure=True)
    stated = found(where.treatments[keys.exempt].phrases, text) is not None
    return Decided(keys.exempt, "no_vat_printed", stated or rate == 0)


def _charged(where: Country, account: str, rate: Decimal | None, said: str, text: str) -> Decided:
    """VAT printed by a supplier of the country: by its rate, unless the expense says otherwise."""
    for prefix, options in where.refinements.items():
        if not account.startswith(prefix):
            continue
        # What the line says counts before what stands anywhere on the paper.
        for evidence in (said, text):
            for key in options:
                if found(where.treatments[key].phrases, evidence):
                    return Decided(key, "words", sure=True)
    usual = _usual(where, account)
    if usual:
        treatment = where.treatments[usual]
        if treatment.mode is Mode.DEDUCTED and treatment.deductible < 1:
            return Decided(usual, "usual_for_account", sure=not _has_options(where, account))
    by_rate = where.vat_keys.by_rate.get(rate) if rate is not None else None
    if by_rate is None:
        standard = next(iter(where.vat_keys.by_rate.values()))
        return Decided(standard, "rate_unknown", sure=False)
    return Decided(by_rate, "rate", sure=True)


def _usual(where: Country, account: str) -> str | None:
    known = where.chart.get(account)
    return known.vat if known and known.vat in where.treatments else None


def _has_options(where: Country, account: str) -> bool:
    return any(account.startswith(prefix) for prefix in where.refinements)
