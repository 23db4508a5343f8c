"""What the name of a company looks like on paper, and what only stands where names stand.

Shapes and words, nothing of place: legal forms, streets and towns, lines to call or write to,
titles of documents. `parties` weighs them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from domain.printed.dates import dates_in
from models.extraction.labels import tokens_of
from models.extraction.texts import as_words, fold, words

_remembered = functools.lru_cache(maxsize=4_096)
"""The same cell is asked about by each of its neighbours."""
_LEGAL = re.compile(
    r"(?<![\w.])(?:s\.?a\.?r\.?l|s\.?à\.?r\.?l|s\.?a\.?s\.?u?|e\.?u\.?r\.?l|eirl|s\.?n\.?c|s\.?c\.?i|s\.?c\.?p|"
    r"s\.?c\.?m|scop|scic|selarl|selas|s\.?p\.?r\.?l|s\.?c\.?r\.?l|asbl|vzw|gie|ets|[ée]tablissements|"
    r"gmbh|g\.m\.b\.h|mbh|kgaa|ohg|e\.\s?k|e\.\s?g|gbr|e\.\s?v|genossenschaft|stiftung|"
    r"ltd|limited|llc|l\.l\.c|inc|incorporated|corp|corporation|co|plc|llp|pty|pvt|private limited|pte|"
    r"b\.?v|n\.?v|b\.?v\.?b\.?a|v\.?o\.?f|s\.?r\.?l|s\.?p\.?a|s\.?r\.?o|sp\. z o\.? ?o|aps|a/s|oy|"
    r"lda|ltda|s\.l\.?u?|sdn|bhd|berhad|enterprise|enterprises|trading|s/b)\.?(?![\w])",
    re.IGNORECASE,
)
_SHORT_LEGAL = re.compile(
    r"(?<=\w)[,.]?\s{1,2}(?:SA|S\.A\.|AG|A\.G\.|UG|KG|SE|AB|AS|EI|SC|SL)(?=$|[\s,.)])"
)
"""Forms that are words in small letters, `sa facture`, `as per`: only after a name."""
_COMPANY = re.compile(r"\w\s+(?:company|&\s?cie)\.?\s*$", re.IGNORECASE)
_STREET = re.compile(
    r"\b(rue|avenue|av|boulevard|bd|bld|place|chemin|route|impasse|all[ée]es?|quai|cours|cedex|bp|zi|za|zac|zae|"
    r"street|st|road|rd|lane|ln|drive|dr|suite|ste|floor|court|ct|highway|hwy|parkway|pkwy|blvd|overpass|way|crescent|"
    r"jalan|jln|jl|lot|taman|lorong|stra(ss|ß)e|str|weg|platz|allee|gasse|ring|postfach|box|pobox|"
    r"straat|laan|plein|kade|gracht|via|piazza|viale|calle)\b|"
    r"(stra(ss|ß)e|str\.|straat|laan|weg|gasse|platz|allee|ufer|damm|steenweg|plein|kade)\b",
    re.IGNORECASE,
)
_TOWN = re.compile(
    r"\b(?:[A-Z]{1,3}\s?[- ]\s?)?\d{4,6}\s{1,2}[A-ZÀ-Ý][^\W\d_]+|\b[A-Z]{2}\.?,?\s{1,2}\d{5}\b|"
    r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b\d{4} ?[A-Z]{2}\b"
)
_CONTACT = re.compile(
    r"@|www\.|https?:|\b(tel|t[ée]l|t[ée]l[ée]phone|telefon|telefoon|phone|fax|fon|mobile?|e-?mail|courriel|site|"
    r"gst|sst|siret|siren|tva|rcs|iban|bic|page|cashier|caisse|ust|uid|vat|btw|kvk|mwst|hrb|naf|ape)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"^\W*(?:herrn?|frau|familie|monsieur|madame|mademoiselle|mme|mlle|m\.|mr|mrs|ms|dhr|mevr|t\.a\.v|z\.\s?hd|"
    r"attn|attention|à l'attention|a l'attention|c/o|an die|dear|cher|chère)\b",
    re.IGNORECASE,
)
_TITLE = as_words(
    "facture invoice rechnung factuur avoir tax simplified gst receipt ticket recu bill date "
    "page original copy copie duplicata numero n commande order bon devis quote statement "
    "credit note gutschrift cash sale merci thank you welcome bienvenue client customer kunde "
    "total tva vat description designation montant amount quantity bill to from ship de "
    "payment cash paid reprint proforma quittance quittung beleg bestelling offerte lieferschein "
    "angebot kassenbon kopie duplicate visite"
)
_MAIL = re.compile(
    r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)|(?:www\.|https?://(?:www\.)?)([\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)
_FREE_MAIL = as_words(
    "gmail yahoo hotmail outlook orange wanadoo free laposte sfr example live icloud gmx web "
    "bluewin email mail tcpdf fpdf google"
)
_ROLES = as_words(
    "seller vendor supplier buyer customer client company firma fournisseur vendeur acheteur "
    "lieferant verkaeufer kaeufer kunde leverancier verkoper koper klant test demo sample"
)
"""Domains such as `seller.com` name a role and nobody."""
_CAPITAL = re.compile(r"\s*[,;–-]?\s*\b(?:société\b.{0,30}?)?au\s+capital\b", re.IGNORECASE)


@_remembered
def legal_form(text: str) -> bool:
    """Whether a text names a legal form of a company beside its name."""
    plain = words(text)
    short = _SHORT_LEGAL.search(text) and len(max(plain, key=len, default="")) > 2
    return bool(short or _LEGAL.search(text) or _COMPANY.search(text)) and len(plain) >= 2


def names_capital(text: str) -> bool:
    """`ACME SAS au capital de 10 000 €`: how French companies must sign their papers."""
    match = _CAPITAL.search(text)
    return match is not None and match.start() > 2


@_remembered
def is_street(text: str) -> bool:
    return bool(_STREET.search(text))


@_remembered
def is_address(text: str) -> bool:
    """A street with its number, or a town with its postal code."""
    return bool(_TOWN.search(text)) or (is_street(text) and any(map(str.isdigit, text)))


@_remembered
def is_contact(text: str) -> bool:
    """A way to reach or to identify a company."""
    return bool(_CONTACT.search(text))


def is_person(text: str) -> bool:
    return bool(_PERSON.match(text))


@_remembered
def titles(text: str) -> int:
    """How many words belong to titles of documents rather than to names."""
    return sum(token in _TITLE for token in tokens_of(text))


def trimmed(text: str) -> str:
    """A name without what stands beside it: address, identifiers, capital, marks of a logo."""
    text = _CAPITAL.split(text)[0]
    text = re.split(r"\s[-–|•●·]\s|\s{2,}|,\s(?=\d)|\bSIREN\b|\bSIRET\b|\bTVA\b|\bRCS\b", text)[0]
    text = re.sub(r"^(?:[#*|][^A-Za-zÀ-ÿ(]*\s)+", "", text)
    return text.strip(" :;,*•|_-–—=~\"'“”‘’#.©®™@")[:120]


@_remembered
def may_be_name(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    digits = sum(map(str.isdigit, text))
    if letters < 3 or digits > letters or len(text) > 90 or text.lstrip().startswith("("):
        return False
    return not digits or not (dates_in(text) or re.search(r"\d[.,]\d{2}\b", text))


@_remembered
def sender_line(text: str) -> str:
    """The name at the head of the small line above a window: `Durand SARL - 3 rue X - 75001 Paris`."""
    parts = re.split(r"\s+[-–·•●|]\s+|\s*[·•●|]\s*", text)
    if (
        len(parts) >= 3
        and re.search(r"\b(?:[A-Z]{1,2}-)?\d{4,5}\b", parts[-1] or parts[-2])
        and may_be_name(parts[0])
    ):
        return parts[0]
    return ""


def domains(texts: Iterable[str]) -> set[str]:
    """The middle names of mail and web addresses: `contact@acme-web.fr` → acmeweb."""
    found: set[str] = set()
    for text in texts:
        if "@" not in text and "www" not in text.lower() and "http" not in text.lower():
            continue
        for match in _MAIL.finditer(text):
            parts = (match[1] or match[2]).lower().split(".")
            name = re.sub(r"[^a-z0-9]", "", fold(parts[-2] if len(parts) > 1 else parts[0]))
            if len(name) > 3 and name not in _FREE_MAIL and name not in _ROLES:
                found.add(name)
    return found


def matches_domain(plain: Sequence[str], domain: str) -> float:
    """How much of a domain is made of the words of a name, from 0 to 1."""
    joined = "".join(plain)
    if joined and (joined in domain or domain in joined) and len(joined) > 3:
        return 1.0
    longest = max((len(w) for w in plain if len(w) > 3 and w in domain), default=0)
    return 0.8 if longest >= 5 else 0.5 if longest >= 4 else 0.0
