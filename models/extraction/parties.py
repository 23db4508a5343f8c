"""Who sent the document: the supplier's name, never the customer's.

Lines are scored: a label that says seller, a legal form, the name of the mail or web address, the
letterhead's place and size, a repetition in the footer. What stands under `Facturé à` or is our
own company is not the supplier.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.extraction.dates import dates_in
from models.extraction.labels import Label, Labelled, tokens_of
from models.extraction.references import Candidate
from models.extraction.rows import Row, Sheet
from models.extraction.texts import as_words, fold, words

_LEGAL = re.compile(
    r"\b(s\.?a\.?r\.?l\.?|s\.?a\.?s\.?u?|e\.?u\.?r\.?l\.?|s\.?n\.?c|s\.?c\.?i|s\.?c\.?p|scop|selarl|gmbh|"
    r"g\.m\.b\.h\.?|ag|a\.g\.|ug|kg|ohg|e\.k\.|mbh|ltd\.?|limited|llc|l\.l\.c|inc\.?|incorporated|corp\.?|"
    r"corporation|co\.|plc|llp|b\.?v\.?|n\.?v\.?|bvba|srl|sprl|s\.?p\.?a|sdn\.?|bhd\.?|berhad|"
    r"enterprise|trading|s/b|pty|gbr|e\.v\.|s\.?à\.?r\.?l)(?=\W|$)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(rue|avenue|av|boulevard|bd|place|chemin|route|impasse|all[ée]e|quai|cedex|bp|zi|za|"
    r"street|st|road|rd|lane|drive|suite|floor|jalan|jln|jl|lot|taman|lorong|"
    r"stra(ss|ß)e|str|weg|platz|postfach|box|straat|laan|plein|po box)\b|"
    r"(stra(ss|ß)e|straat|laan|weg|gasse)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"@|www\.|https?:|\b(tel|t[ée]l[ée]phone|phone|fax|mobile|e-?mail|courriel|site|gst|sst|siret|siren|tva|"
    r"rcs|iban|bic|page|cashier|caisse)\b",
    re.IGNORECASE,
)
_TITLE = as_words(
    "facture invoice rechnung factuur avoir tax simplified gst receipt ticket recu bill date "
    "page original copy copie duplicata numero n commande order bon devis quote statement "
    "credit note gutschrift cash sale merci thank you welcome bienvenue client customer kunde "
    "total tva vat description designation montant amount quantity bill to from ship de"
)
_MAIL = re.compile(
    r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)|(?:www\.|https?://(?:www\.)?)([\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)
_FREE_MAIL = as_words(
    "gmail yahoo hotmail outlook orange wanadoo free laposte sfr example live icloud gmx web "
    "bluewin email mail tcpdf fpdf google"
)
_REACH = 0.16
"""How far down, in heights of the page, a buyer's address reaches below its label."""


@dataclass(frozen=True, slots=True)
class Own:
    """Names and identifiers of our own company: never the supplier's."""

    names: tuple[str, ...] = ()
    identifiers: frozenset[str] = field(default_factory=frozenset)

    def is_me(self, name: str) -> bool:
        mine = [set(words(n)) for n in self.names]
        theirs = set(words(name))
        return any(own and own <= theirs for own in mine)

    def has(self, identifier: str) -> bool:
        return any(identifier in mine or mine in identifier for mine in self.identifiers if mine)


def in_buyer_block(sheet: Sheet, labelled: Labelled, row: Row, x0: float) -> bool:
    """Whether something that begins at `x0` of a row stands in the customer's block."""
    return _buyer_label(sheet, labelled, row, x0) is not None


def _buyer_label(sheet: Sheet, labelled: Labelled, row: Row, x0: float) -> Label | None:
    rows = sheet.by_page[row.page]
    at = row.place
    for upper in reversed(rows[max(0, at - 14) : at + 1]):
        if row.box.y0 - upper.box.y0 > _REACH:
            return None
        for label in labelled.on(upper):
            if "buyer_name" not in label.fields and "buyer_vat_id" not in label.fields:
                continue
            if not _is_heading(upper, label):
                continue
            if upper is row and label.box.x0 <= x0 + 0.01:
                return label
            below = upper is not row and label.box.x0 - 0.06 < x0 < label.box.x0 + 0.3
            if below and not _other_heading(labelled, rows[upper.place + 1 : at + 1], label):
                return label
    return None


def _is_heading(row: Row, label: Label) -> bool:
    """Whether a label begins its cell: `Client :`, not `pour le client` in a sentence."""
    before = row.text[: label.start]
    starts = not before.strip() or before.endswith("  ")
    if not starts:
        return False
    short = len(label.tokens) == 1 and len(label.tokens[0]) <= 4
    after = row.text[label.end : label.end + 3]
    return not short or after.strip().startswith(":") or not after.strip() or after.startswith("  ")


def _other_heading(labelled: Labelled, rows: Sequence[Row], label: Label) -> bool:
    return any(
        "seller_name" in other.fields
        and "buyer_name" not in other.fields
        and abs(other.box.x0 - label.box.x0) < 0.1
        and _is_heading(row, other)
        for row in rows
        for other in labelled.on(row)
    )


def supplier_names(
    sheet: Sheet, labelled: Labelled, own: Own, *, receipt: bool = False
) -> list[Candidate]:
    """Candidates for the supplier's name, best first."""
    if not sheet.rows:
        return []
    domains = _domains(sheet)
    found: list[Candidate] = []
    top: dict[int, int] = {}
    sellers = {
        index
        for index, labels in labelled.by_row.items()
        if any("seller_name" in label.fields for label in labels)
    }
    for row in sheet.rows:
        if row.page > 0 and row.page < len(sheet.by_page) - 1:
            continue
        # Thermal printers space words so widely that they look like cells.
        for start, end in [(0, len(row.text))] if receipt else row.cells():
            text = row.text[start:end]
            candidate = None
            if not sellers.isdisjoint(range(row.index - 3, row.index + 1)):
                candidate = _labelled_name(sheet, labelled, row, start, end, own)
            if candidate is not None:
                found.append(candidate)
                continue
            if (0.5 < row.box.y0 < 0.78 and not receipt) or not _may_be_name(text):
                continue  # suppliers stand in the letterhead or the footer
            order = top.setdefault(row.page, 0)
            top[row.page] = order + 1
            score = _name_score(sheet, labelled, row, start, end, order, domains, receipt=receipt)
            name = _trimmed(" ".join(text.split()) if receipt else text)
            if not _may_be_name(name) or own.is_me(name):
                continue
            found.append(Candidate(name, score, row, start, end))
    counts: dict[str, int] = {}
    for candidate in found:
        key = " ".join(words(candidate.value))
        counts[key] = counts.get(key, 0) + 1
    return sorted(
        found,
        key=lambda c: -(c.score + (0.12 if counts[" ".join(words(c.value))] > 1 else 0)),
    )


def _labelled_name(
    sheet: Sheet, labelled: Labelled, row: Row, start: int, end: int, own: Own
) -> Candidate | None:
    """`Fournisseur : ACME SAS`, or the line under a heading that says seller."""
    for label in labelled.on(row):
        if "seller_name" not in label.fields or not start <= label.start < end:
            continue
        before = row.text[start : label.start].strip()
        if before and before[-1] not in "-–|·;.":
            continue  # `la somme de :` is no heading
        text = row.text[label.end : end]
        if row.text[label.end - 1] == ":":
            text = ":" + text
        strong = len(label.tokens[0]) > 3 or len(label.tokens) > 1
        if not any(map(str.isalnum, text)):
            # `Fournisseur :` in one cell, the name in the next.
            following = next((cell for cell in row.cells() if cell[0] > end), None)
            if following is not None and row.text[:end].rstrip().endswith(":"):
                text = ":" + row.text[following[0] : following[1]]
                start, end = following
        if not re.match(r"\s*[:\-]", text) or (not strong and not text.strip().startswith(":")):
            continue
        name = _trimmed(text)
        if _may_be_name(name) and not own.is_me(name):
            begin = max(start, label.end) if label.end < end else start
            return Candidate(name, 0.95 if strong else 0.7, row, begin, end, "seller")
    rows = sheet.by_page[row.page]
    at = row.place
    box = row.box_of(start, end)
    text = row.text[start:end]
    if not _may_be_name(text) or ":" in text or row.text[end : end + 4].strip().startswith(":"):
        return None
    for upper in reversed(rows[max(0, at - 3) : at]):
        for label in labelled.on(upper):
            if (
                "seller_name" in label.fields
                and "buyer_name" not in label.fields
                and len(" ".join(label.tokens)) > 3
                and _is_heading(upper, label)
                and abs(label.box.x0 - box.x0) < 0.03
                and not any(map(str.isalnum, upper.text[label.end : label.end + 2]))
            ):
                name = _trimmed(text)
                if not own.is_me(name):
                    return Candidate(name, 0.9, row, start, end, "seller")
        between = [cell for cell in upper.cells() if abs(upper.box_of(*cell).x0 - box.x0) < 0.03]
        if any(
            ":" not in upper.text[slice(*cell)]
            and upper.text[cell[1] : cell[1] + 4].strip()[:1] != ":"
            for cell in between
        ):
            return None
    return None


def _trimmed(text: str) -> str:
    text = re.split(r"\s[-–|•]\s|\s{2,}|,\s(?=\d)|\bSIREN\b|\bSIRET\b|\bTVA\b|\bRCS\b", text)[0]
    text = re.sub(r"^(?:[#*|][^A-Za-zÀ-ÿ(]*\s)+", "", text)
    return text.strip(" :;,*•|_-–—=~\"'“”‘’#.")[:120]


def _may_be_name(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    digits = sum(map(str.isdigit, text))
    if letters < 3 or digits > letters or len(text) > 90 or text.lstrip().startswith("("):
        return False
    return not dates_in(text) and not re.search(r"\d[.,]\d{2}\b", text)


def _name_score(
    sheet: Sheet,
    labelled: Labelled,
    row: Row,
    start: int,
    end: int,
    order: int,
    domains: set[str],
    *,
    receipt: bool,
) -> float:
    text = row.text[start:end]
    sender = _sender_line(text)
    if sender:
        text = sender
    plain = words(text)
    box = row.box_of(start, end)
    score = 0.35 - 0.035 * min(order, 8) if row.page == 0 else 0.0
    if receipt:
        score += 0.25 - 0.05 * min(order, 6)
    legal = _LEGAL.search(text)
    if legal and len(plain) >= 2:
        score += 0.28 if row.box.y0 < 0.35 or receipt else 0.2
    if row.box.y0 > 0.85:
        score += 0.02
    joined = "".join(plain)
    matched = max((_matches(joined, plain, domain) for domain in domains), default=0.0)
    score += 0.3 * matched
    larger = row.height / sheet.height if sheet.height else 1.0
    score += 0.12 * min(max(larger - 1.1, 0.0), 1.5)
    if text.isupper():
        score += 0.04
    titles = sum(token in _TITLE for token in tokens_of(text))
    if titles:
        score -= 0.3 * titles / max(1, len(plain)) + (0.25 if titles == len(plain) else 0)
    if sender:
        score += 0.35
    if row.text[end : end + 4].strip().startswith(":"):
        score -= 0.4  # the label of a value in the next cell
    inside = [v for v in labelled.on(row) if start <= v.start < end]
    if sum(len(v.tokens) for v in inside) >= 0.7 * max(1, len(plain)) and not (
        {name for v in inside for name in v.fields} <= {"seller_name"}
    ):
        score -= 0.35
    sure = row.confidence(start, end)
    if sheet.pages[row.page].source == "ocr":
        mean = sum(w.confidence for w in row.words) / len(row.words)
        score -= 0.5 * max(0.0, 0.85 - mean) + (0.1 if len(plain) == 1 and sure < 0.8 else 0.0)
    if receipt and legal:
        score += 0.15
    if _ADDRESS.search(text):
        score -= 0.3
    if _CONTACT.search(text):
        score -= 0.4
    if ":" in text:
        score -= 0.15
    if any(map(str.isdigit, text)):
        score -= 0.08
    if len(plain) > 7:
        score -= 0.2
    if len(plain) == 1 and len(plain[0]) < 4:
        score -= 0.12
    if in_buyer_block(sheet, labelled, row, box.x0):
        score -= 0.6
    if row.index in labelled.headers or any(h < row.index for h in labelled.headers):
        score -= 0.12
    return score


def _sender_line(text: str) -> str:
    """The name at the head of the small line above a window: `Durand SARL - 3 rue X - 75001 Paris`."""
    parts = re.split(r"\s+[-–·•●|]\s+|\s*[·•●|]\s*", text)
    if (
        len(parts) >= 3
        and re.search(r"\b(?:[A-Z]{1,2}-)?\d{4,5}\b", parts[-1])
        and _may_be_name(parts[0])
    ):
        return parts[0]
    return ""


def _domains(sheet: Sheet) -> set[str]:
    """The middle names of mail and web addresses: `contact@acme-web.fr` → acmeweb."""
    found: set[str] = set()
    for row in sheet.rows:
        if "@" not in row.text and "www" not in row.text.lower() and "http" not in row.text.lower():
            continue
        for match in _MAIL.finditer(row.text):
            parts = (match[1] or match[2]).lower().split(".")
            name = re.sub(r"[^a-z0-9]", "", fold(parts[-2] if len(parts) > 1 else parts[0]))
            if len(name) > 3 and name not in _FREE_MAIL:
                found.add(name)
    return found


def _matches(joined: str, plain: Sequence[str], domain: str) -> float:
    if joined and (joined in domain or domain in joined) and len(joined) > 3:
        return 1.0
    longest = max((len(w) for w in plain if len(w) > 3 and w in domain), default=0)
    return 0.8 if longest >= 5 else 0.5 if longest >= 4 else 0.0
