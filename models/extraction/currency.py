"""The currency of a document: the signs beside its amounts, else the country its issuer is in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from models.extraction.amounts import Amount
from models.extraction.identifiers import Identifier
from models.extraction.rows import Sheet
from models.extraction.texts import as_words

_NAMED = re.compile(
    r"\b(EUR|CHF|USD|GBP|CAD|AUD|MYR|TND|MAD|DZD|SEK|NOK|DKK|PLN|DEM|JPY|SGD|INR)\b|\b(euros?|francs suisses|dollars?|dinars?|rupees?|ringgit)\b",
    re.IGNORECASE,
)
_WORDS = {
    "euro": "EUR", "euros": "EUR", "francs suisses": "CHF", "dollar": "USD", "dollars": "USD",
    "dinar": "TND", "dinars": "TND", "rupees": "INR", "rupee": "INR", "ringgit": "MYR",
}  # fmt: skip
_MALAYSIA = re.compile(
    r"\b(sdn\.?\s*bhd|bhd|jalan|jln|selangor|johor|kuala lumpur|gst reg|taman|RM)\b", re.IGNORECASE
)
_CANADA = re.compile(
    r"\b(canada|ontario|quebec|québec|alberta|GST/HST)\b|\b[A-Z]\d[A-Z] \d[A-Z]\d\b"
)
_EURO = as_words("FR BE DE NL LU AT IT ES PT IE MC FI EL GR SK SI EE LV LT MT CY HR")
_OF_COUNTRY = {
    **dict.fromkeys(_EURO, "EUR"), "CH": "CHF", "LI": "CHF", "GB": "GBP", "US": "USD",
    "SE": "SEK", "DK": "DKK", "NO": "NOK", "PL": "PLN", "MY": "MYR",
}  # fmt: skip
_HINTS: tuple[tuple[str, float, re.Pattern[str]], ...] = tuple(
    (code, weight, re.compile(pattern))
    for code, weight, pattern in (
        ("CHF", 3, r"(?<![\d.,])(?:8[.,]1|7[.,]7|2[.,]6|3[.,]8) ?%"),
        ("CHF", 2, r"\+41\b|\b00 ?41\b|\d['’]\d{3}\.\d{2}\b|(?i:\btwint\b|\bpostfinance\b)"),
        ("CHF", 2, r"\bCH-\d{4}\b|\.ch\b"),
        ("CHF", 1, r"(?i:\b(?:suisse|schweiz|svizzera|switzerland)\b)|\bMWST\b"),
        ("CHF", 0.5, r"\b[1-9]\d{3} [A-ZÉ][a-zéèâôü]{3,}"),
        ("EUR", 2, r"\+(?:33|32|352|49|43|31|353|39|34|351)\b|(?i:\bgirocard\b|\bbancontact\b)"),
        ("EUR", 2, r"\.(?:fr|be|de|at|lu|nl|it|es|pt|ie)\b|\b[A-Z]\d[\dW] [A-Z0-9]{4}\b"),
        ("EUR", 1, r"\b\d{5} [A-ZÉÈÀ][A-Za-zéèêôçäöü\-]+"),
        ("EUR", 1, r"\d,\d{2}(?!\d)|\b(?:TVA|MwSt|BTW|USt)\b"),
        ("EUR", 1, r"(?i:\b(?:france|belgique|belgië|deutschland|österreich|nederland|ireland)\b)"),
        ("GBP", 2, r"\+44\b|\.co\.uk\b|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|(?i:\bsort code\b)"),
        ("GBP", 1, r"(?i:\b(?:united kingdom|england|scotland|wales)\b)"),
        ("USD", 2, r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b|(?i:\bsales tax\b)"),
    )
)
"""What speaks for a currency that is printed nowhere: rates of VAT, telephone numbers, domains,
postcodes, countries, separators; each counts once.
"""


def currency_of(
    sheet: Sheet, amounts: Sequence[Amount], identifiers: Sequence[Identifier]
) -> tuple[str, float] | None:
    """The currency and how sure; None when nothing tells. `identifiers` are the issuer's."""
    signs = Counter(a.number.currency for a in amounts if a.number.currency)
    text = "\n".join(row.text for row in sheet.rows)
    for match in _NAMED.finditer(text):
        name = match[0].lower()
        signs[_WORDS.get(name, name.upper())] += 1
    for symbol, code in (("€", "EUR"), ("£", "GBP"), ("$", "USD"), ("₹", "INR")):
        if symbol in text:
            signs[code] += 1
    malaysian = len(_MALAYSIA.findall(text))
    if malaysian >= 2 and signs.get("EUR", 0) <= malaysian:
        return "MYR", 0.9 if signs.get("MYR") else 0.8
    if signs:
        code, count = signs.most_common(1)[0]
        if code == "USD" and _CANADA.search(text):
            return "CAD", 0.7
        share = count / sum(signs.values())
        return str(code), round(0.72 + 0.25 * share, 2)
    return _of_issuer(text, identifiers) or (("MYR", 0.6) if malaysian else None)


def _of_issuer(text: str, identifiers: Sequence[Identifier]) -> tuple[str, float] | None:
    """The currency of the country an issuer seems to be in."""
    votes: dict[str, float] = {}
    for code, weight, pattern in _HINTS:
        if pattern.search(text):
            votes[code] = votes.get(code, 0) + weight
    for code in {c for i in identifiers if (c := _OF_COUNTRY.get(_country(i)))}:
        votes[code] = votes.get(code, 0) + 4
    if not votes:
        return None
    code, weight = max(votes.items(), key=lambda vote: vote[1])
    return (code, round(min(0.8, 0.4 + 0.1 * weight), 2)) if weight >= 1 else None


def _country(identifier: Identifier) -> str:
    kinds = {"siren": "FR", "siret": "FR", "uid": "CH"}
    return kinds.get(
        identifier.kind, identifier.value[:2] if identifier.kind in ("iban", "vat_id") else ""
    )
