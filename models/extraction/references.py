"""Invoice number and the other references: values that stand beside a label.

Each candidate is scored by plain weights: how much its label means the field, how near it stands,
whether it looks like one, how high on the page. The weights are the explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.printed.dates import dates_in
from models.extraction.labels import Label, Labelled, begins_cell
from models.extraction.places import Tie, ties
from models.extraction.rows import Row, Sheet
from models.extraction.texts import as_words


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value of a field with its score, and the words it stands under."""

    value: str
    score: float
    row: Row
    start: int
    end: int
    label: str = ""


_INVOICE_WORDS = as_words(
    "facture invoice rechnung factuur rechnungsnummer rechnungsnr factuurnummer factuurnr "
    "avoir gutschrift creditnota belegnummer inv bill rg re statement credit "
    "korrekturrechnung"
)
_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.\-–:]*")
_PREFIX = re.compile(r"[A-Z]{1,5}[.\-/]?")
_REFERRING = re.compile(
    r"\b(?:la|de|des|sur|zu|zur|zum|der|to|of|on|against|van|op|bij)\s*$", re.IGNORECASE
)
"""What stands before the number of another document, in a sentence about it."""
_EXPLICIT = 1.0
"""A label that says number of invoice: what follows is one even if it looks like a date."""
_NUMBER_FIELDS = frozenset(
    {
        "invoice_number", "credit_note_number", "document_title_invoice",
        "document_title_credit_note", "receipt_number", "bare_number",
    }
)  # fmt: skip
_OTHER_NUMBERS = frozenset(
    {
        "customer_number", "order_number", "quote_number", "delivery_note_number", "other_number",
        "contract_number", "original_invoice_number", "seller_vat_id", "buyer_vat_id", "siren",
        "siret", "iban", "bic", "tax_number", "sepa_mandate", "sepa_creditor_id",
        "company_register", "card_last4", "payment_reference",
    }
)  # fmt: skip


def invoice_numbers(sheet: Sheet, labelled: Labelled, *, receipt: bool = False) -> list[Candidate]:
    """Candidates for the number of the document, best first."""
    found: list[Candidate] = []
    for row in sheet.rows:
        if row.index in labelled.headers:
            continue
        for start, end, text in _tokens(row):
            tie = next(iter(ties(sheet, labelled, row, start, end)), None)
            if tie is None or not tie.label.fields & _NUMBER_FIELDS:
                continue
            score = _number_score(tie, row, start, end, text, receipt=receipt)
            if score > 0.45:
                found.append(
                    Candidate(
                        text.strip(":.-–"), score, row, start, end, " ".join(tie.label.tokens)
                    )
                )
    counts: dict[str, int] = {}
    for candidate in found:
        counts[candidate.value] = counts.get(candidate.value, 0) + 1
    return sorted(
        found,
        key=lambda c: (-(c.score + (0.08 if counts[c.value] > 1 else 0)), c.row.index, c.start),
    )


def _tokens(row: Row) -> Iterator[tuple[int, int, str]]:
    """What may be a reference on a row: a word with a digit, with a short prefix before it."""
    for order, word in enumerate(row.words):
        start = row.starts[order]
        text = row.text[start : start + len(word.text)]
        if len(text) > 40 or not any(map(str.isdigit, text)):
            continue
        match = _SHAPE.search(text.lstrip("#(:"))
        if match is None:
            continue
        # `N°2024-12` and `Facture:123` keep their value after the sign.
        lead = text.find(match[0])
        glued = re.match(r"(?:n[°º.]|no[.:]|nr[.:]|#|inv[.:]|[a-z]{3,}:)", match[0], re.IGNORECASE)
        if glued and glued.end() < len(match[0]):
            lead += glued.end()
            value = match[0][glued.end() :]
        else:
            value = match[0]
        begin = start + lead
        if (
            order
            and _PREFIX.fullmatch(row.words[order - 1].text)
            and row.starts[order] - row.starts[order - 1] == len(row.words[order - 1].text) + 1
            and row.words[order - 1].text not in ("N", "NO", "NR", "DU", "LE", "DE", "NUM", "ID")
            and order >= 2
            and row.words[order - 2].text.rstrip()[-1:] in ("°", ":", "#", ".", "º")
        ):
            prefix = row.words[order - 1].text
            yield row.starts[order - 1], begin + len(value), f"{prefix} {value}"
            continue
        yield begin, begin + len(value), value


def _number_score(tie: Tie, row: Row, start: int, end: int, text: str, *, receipt: bool) -> float:
    label = tie.label
    strength = _number_strength(label, receipt=receipt)
    title = not label.fields & {"invoice_number", "credit_note_number", "receipt_number"}
    if title and tie.how == "above":
        # Under a bare title anything may stand; it must look like a number of a document.
        strength = 0.5 if len(re.findall(r"\d", text)) >= 4 or re.match(r"[A-Z]+[-/]", text) else 0
    if tie.how == "above":
        if not begins_cell(label):
            return 0.0
        if "line_item_code" in label.fields:
            strength *= 0.5  # `Référence` more often heads a column of articles
    elif _REFERRING.search(label.row.text[: label.start]):
        strength *= 0.8  # `en déduction de la facture n° 107`
    if strength <= 0 or sum(map(str.isalpha, tie.between)) > 3:
        return 0.0
    score = strength * (0.55 + 0.45 * tie.weight)
    digits = sum(map(str.isdigit, text))
    numbered = strength >= _EXPLICIT and tie.how == "left" and not tie.between.strip(" :.")
    dated = not numbered and (
        any(d.start <= start and end <= d.end + 1 for d in dates_in(row.text))
        or any(d.end - d.start >= len(text) for d in dates_in(text))
    )
    if dated or re.fullmatch(r"\d{1,2}:\d{2}.*", text):
        return 0.0
    if re.fullmatch(r"\d{1,3}(?:[ .,']\d{3})*[.,]\d{2}", text) or text.endswith("%"):
        return 0.0
    if re.fullmatch(r"(19|20)\d\d", text):
        score -= 0.25
    if digits < 2:
        score -= 0.1
    if digits >= 3:
        score += 0.08
    if row.box.y0 > 0.85:
        score -= 0.12
    elif row.page == 0 and row.box.y0 < 0.45:
        score += 0.06
    if row.page > 0:
        score -= 0.1
    return score


def _number_strength(label: Label, *, receipt: bool) -> float:
    fields, tokens = label.fields, set(label.tokens)
    if "original_invoice_number" in fields:
        return 0.2
    if fields & _OTHER_NUMBERS and not fields & {"invoice_number", "credit_note_number"}:
        return 0.0
    explicit = bool(tokens & _INVOICE_WORDS)
    if fields & {"invoice_number", "credit_note_number"}:
        if explicit and ("n" in tokens or "id" in tokens or len(tokens) > 1 or _compound(tokens)):
            return 1.0
        if explicit:
            return 0.85
        return 0.7
    if "receipt_number" in fields:
        return 0.75 if receipt else 0.6
    if fields & {"document_title_invoice", "document_title_credit_note"}:
        return 0.8
    if "bare_number" in fields:
        return 0.62
    return 0.0


def _compound(tokens: set[str]) -> bool:
    return any(t.endswith(("nummer", "nr")) and len(t) > 6 for t in tokens)


def references(sheet: Sheet, labelled: Labelled, field: str) -> list[Candidate]:
    """Candidates of a plain reference such as the order number."""
    found: list[Candidate] = []
    for row in sheet.rows:
        if not any(field in label.fields for label in labelled.on(row)) and not any(
            field in label.fields
            for upper in sheet.by_page[row.page][max(0, row.place - 2) : row.place]
            for label in labelled.on(upper)
        ):
            continue
        for start, end, text in _tokens(row):
            tie = next(iter(ties(sheet, labelled, row, start, end)), None)
            if tie is None or field not in tie.label.fields or dates_in(text):
                continue
            if sum(map(str.isalpha, tie.between)) > 3 or len(text) < 3:
                continue
            found.append(Candidate(text, 0.9 * tie.weight, row, start, end))
    return sorted(found, key=lambda c: -c.score)
