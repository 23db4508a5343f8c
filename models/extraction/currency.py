"""The currency of a document: the signs beside its amounts, else the country of its issuer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from models.extraction.amounts import Amount
from models.extraction.identifiers import Identifier
from models.extraction.rows import Sheet

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
_BRITAIN = re.compile(r"\bunited kingdom\b|\b[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}\b")
_STATES = re.compile(r"\b[A-Z]{2},? \d{5}(-\d{4})?\b")
_SWISS = re.compile(r"\bCHE-|\bCH-\d{4}\b|\bMWST\b|\b(suisse|schweiz|switzerland)\b", re.IGNORECASE)
_EURO_COUNTRIES = ("FR", "BE", "DE", "NL", "LU", "AT", "IT", "ES", "PT", "IE", "MC")


def currency_of(
    sheet: Sheet, amounts: Sequence[Amount], identifiers: Sequence[Identifier]
) -> tuple[str, float] | None:
    """The currency and how sure; None when nothing tells."""
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
    if _SWISS.search(text) and not any(i.value.startswith("FR") for i in identifiers):
        return "CHF", 0.6
    if any(i.value[:2] in _EURO_COUNTRIES for i in identifiers if i.kind in ("iban", "vat_id")):
        return "EUR", 0.7
    if any(i.kind in ("siren", "siret") for i in identifiers):
        return "EUR", 0.7
    if malaysian:
        return "MYR", 0.6
    if _STATES.search(text):
        return "USD", 0.55
    if _BRITAIN.search(text):
        return "GBP", 0.5
    if re.search(r"\b\d{5} [A-ZÉÈ][A-Za-zéèêôç\-]+|\bTVA\b|\bMwSt|\bBTW\b", text):
        return "EUR", 0.5
    return None
