"""Invoice number and the other references: values that stand beside a label, or look like one.

Every word that may be the number of the document is described: what its label means and how far it
stands, what the word looks like, where on the page. `ranking` chooses. What is certainly something
else, an amount, a date, the number of a customer or of an account, is no candidate.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from domain.printed.dates import dates_in
from models.extraction.customers import Customer
from models.extraction.identifiers import Identifier
from models.extraction.labels import Label, Labelled, begins_cell
from models.extraction.names import is_address
from models.extraction.places import Tie, ties
from models.extraction.ranking import Candidate
from models.extraction.rows import Row, Sheet
from models.extraction.texts import as_words

NUMBER_WEIGHTS = {
    "absent": 2.5,
    "number_label": 7.0,
    "invoice_label": 6.0,
    "title_label": 5.0,
    "reference_label": 4.5,
    "receipt_label": 4.0,
    "receipt_label_on_receipt": 1.5,
    "bare_label": 4.5,
    "stray_sign": 4.0,
    "of_something": -3.0,
    "original_label": -1.0,
    "distance": -4.0,
    "letters_between": -0.8,
    "above": -0.8,
    "under_title": -1.0,
    "of_articles": -2.0,
    "referring": -3.5,
    "unlabelled": 0.3,
    "beside_the_time": 2.5,
    "shaped": 1.2,
    "digits": 0.8,
    "one_digit": -1.0,
    "year": -2.0,
    "long": -1.0,
    "followed": -1.8,
    "alone": 0.3,
    "in_address": -3.0,
    "in_table": -1.5,
    "depth": -1.5,
    "of_customer": -2.0,
    "foot": -1.2,
    "later_page": -1.0,
}
"""What each feature is believed to be worth, in log-odds of being the number of the document."""
_INVOICE_WORDS = as_words(
    "facture invoice rechnung factuur rechnungsnummer rechnungsnr factuurnummer factuurnr "
    "avoir gutschrift creditnota belegnummer inv bill rg re statement credit "
    "korrekturrechnung fattura"
)
_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.\-–:]*")
_PREFIX = re.compile(r"[A-Z]{1,5}[.\-/]?")
_GLUED = re.compile(r"(?:n[°º.]|no[.:]|nr[.:]|#|inv[.:]|[a-z]{3,}:)", re.IGNORECASE)
_DATED = re.compile(r"(?<=\d)(?:vom|du|van|of|dated)\d.*", re.IGNORECASE)
"""Where OCR lost the spaces: `471102vom05.03.2018`."""
_REFERRING = re.compile(
    r"\b(?:la|de|des|sur|zu|zur|zum|der|to|of|on|against|van|op|bij|alla|della)\s?$", re.IGNORECASE
)
"""What stands before the number of another document, in a sentence about it."""
_MONEY = re.compile(r"\d{1,3}(?:[ .,']\d{3})*[.,]\d{2}")
_TIME = re.compile(r"\d{1,2}:\d{2}.*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHAPED = re.compile(r"[A-Z]{1,5}[-/._ ]?\d{2,}.*|(?:19|20)\d\d[-/._]\d{1,}.*|\d+[-/_]\d{3,}.*")
"""Letters before digits, or a year before a number: how documents are numbered."""
_GOES_ON = re.compile(r"[ ,]{1,2}[^\W\d]{3}")
"""After the number of a house comes its street."""
_FAR = 12
_TITLES = frozenset({"document_title_invoice", "document_title_credit_note"})
_NUMBERS = frozenset({"invoice_number", "credit_note_number"})
_NUMBER_FIELDS = _NUMBERS | _TITLES | {"receipt_number", "bare_number"}
_OTHER_NUMBERS = frozenset(
    {
        "customer_number", "order_number", "quote_number", "delivery_note_number", "other_number",
        "contract_number", "seller_vat_id", "buyer_vat_id", "siren",
        "siret", "iban", "bic", "tax_number", "sepa_mandate", "sepa_creditor_id",
        "company_register", "card_last4", "payment_reference",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Token:
    """What may be a reference, at the characters `start:end` of a row."""

    row: Row
    start: int
    end: int
    text: str


def number_candidates(
    customer: Customer, identifiers: Sequence[Identifier], *, receipt: bool = False
) -> list[Candidate]:
    """Everything that may be the number of the document, top down."""
    sheet, labelled = customer.sheet, customer.labelled
    taken: dict[int, list[tuple[int, int]]] = {}
    for found in identifiers:
        taken.setdefault(found.row.index, []).append((found.start, found.end))
    candidates = []
    for row in sheet.rows:
        if row.index in labelled.headers:
            continue
        for token in _tokens(row):
            if any(token.start < b and a < token.end for a, b in taken.get(row.index, ())):
                continue
            tie = next(iter(ties(sheet, labelled, row, token.start, token.end)), None)
            features = _features(customer, token, tie, receipt=receipt)
            if features is not None:
                value = token.text.strip(":.-–")
                candidates.append(Candidate(value, row, token.start, token.end, features))
    return candidates


def _tokens(row: Row) -> Iterator[_Token]:
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
        glued = _GLUED.match(match[0])
        cut = glued.end() if glued and glued.end() < len(match[0]) else 0
        value = _DATED.sub("", match[0][cut:])
        begin = start + text.find(match[0]) + cut
        if (
            order
            and _PREFIX.fullmatch(row.words[order - 1].text)
            and row.starts[order] - row.starts[order - 1] == len(row.words[order - 1].text) + 1
            and row.words[order - 1].text not in ("N", "NO", "NR", "DU", "LE", "DE", "NUM", "ID")
            and order >= 2
            and row.words[order - 2].text.rstrip()[-1:] in ("°", ":", "#", ".", "º")
        ):
            prefix = row.words[order - 1].text
            yield _Token(row, row.starts[order - 1], begin + len(value), f"{prefix} {value}")
            continue
        yield _Token(row, begin, begin + len(value), value)


def _features(
    customer: Customer, token: _Token, tie: Tie | None, *, receipt: bool
) -> dict[str, float] | None:
    """What speaks for and against a token; None when it is certainly no number of a document."""
    row, text = token.row, token.text
    digits = sum(map(str.isdigit, text))
    shaped = bool(_SHAPED.fullmatch(text)) and digits >= 3
    label = _label_features(tie, receipt=receipt) if tie is not None else {}
    if label is None or _TIME.fullmatch(text) or text.endswith("%") or _MONEY.fullmatch(text):
        return None
    if tie is None or not label:
        dated = receipt and digits >= 3 and _stands_with_the_time(token)
        if not dated and (not shaped or row.box.y0 > 0.5 or row.page):
            return None
        label = {"unlabelled": 1.0, "beside_the_time": float(dated)}
    beside = tie is not None and tie.how == "left" and not tie.between.strip(" :.#")
    if not (beside and "number_label" in label) and _is_date(token):
        return None
    cell = next((c for c in row.cells() if c[0] <= token.start < c[1]), (0, len(row.text)))
    rest = row.text[token.end : cell[1]]
    return label | {
        "shaped": float(shaped),
        "digits": float(digits >= 3),
        "one_digit": float(digits < 2),
        "year": float(_YEAR.fullmatch(text) is not None),
        "long": float(len(text) > 20),
        "followed": float(not beside and _GOES_ON.match(rest) is not None),
        "alone": float(cell == (token.start, token.end)),
        "in_address": float(not beside and is_address(row.text[slice(*cell)])),
        "in_table": float(any(h < row.index <= e for h, e in customer.labelled.region_end.items())),
        "depth": row.box.y0 if row.page == 0 else 1.0,
        "of_customer": float(
            "number_label" not in label
            and customer.in_block(row, row.box_of(token.start, token.end))
        ),
        "foot": float(row.box.y0 > 0.85),
        "later_page": float(row.page > 0),
    }


def _stands_with_the_time(token: _Token) -> bool:
    """`09/06/2023 12:51   Order 117259`: how tills count what they print."""
    others = token.row.text[: token.start] + token.row.text[token.end :]
    return bool(dates_in(others)) and re.search(r"\d:\d\d", others) is not None


def _is_date(token: _Token) -> bool:
    return any(
        d.start <= token.start and token.end <= d.end + 1 for d in dates_in(token.row.text)
    ) or any(d.end - d.start >= len(token.text) for d in dates_in(token.text))


def _label_features(tie: Tie, *, receipt: bool) -> dict[str, float] | None:
    """What a label says of its value: nothing, when it is of no number; None, when of another one."""
    label = tie.label
    fields, between = label.fields, sum(map(str.isalpha, tie.between))
    if "original_invoice_number" in fields:
        name = "original_label"
    elif fields & _OTHER_NUMBERS and not fields & _NUMBERS:
        if label.tokens != ("n",):
            return None
        name = "stray_sign"
    elif fields & _NUMBER_FIELDS:
        name = _name_of(fields, label.tokens)
    else:
        return {}
    if between > _FAR or (tie.how == "above" and not begins_cell(label)):
        return {}
    above = float(tie.how == "above")
    return {
        name: 1.0,
        "receipt_label_on_receipt": float(receipt and name == "receipt_label"),
        "distance": 1 - tie.weight,
        "letters_between": float(between),
        "above": above,
        "of_something": float(name == "stray_sign" and _counts_something(label)),
        "under_title": above * (name in ("title_label", "invoice_label")),
        "of_articles": above * ("line_item_code" in fields),
        "referring": float(
            tie.how == "left" and _REFERRING.search(label.row.text[: label.start]) is not None
        ),
    }


def _counts_something(label: Label) -> bool:
    """Whether the word before a sign says what is numbered: `Objekt Nr.`, but not `3.2.2026  Nr.`"""
    before = label.row.text[: label.start]
    return bool(re.search(r"[^\W\d][./]?\s?$", before))


def _name_of(fields: Collection[str], tokens: Collection[str]) -> str:
    if _NUMBERS & set(fields):
        if tuple(tokens) == ("n",):
            return "number_label"  # after the title of the paper
        if not any(token in _INVOICE_WORDS for token in tokens) and not _compound(tokens):
            return "reference_label"
        numbered = {"n", "id"} & set(tokens) or len(tokens) > 1 or _compound(tokens)
        return "number_label" if numbered else "invoice_label"
    if "receipt_number" in fields:
        return "receipt_label"
    return "title_label" if _TITLES & set(fields) else "bare_label"


def _compound(tokens: Collection[str]) -> bool:
    return any(t.endswith(("nummer", "nr")) and len(t) > 6 for t in tokens)


def order_numbers(sheet: Sheet, labelled: Labelled) -> list[tuple[Candidate, float]]:
    """What stands beside a label of the number of an order, the surest first."""
    found: list[tuple[Candidate, float]] = []
    for row in sheet.rows:
        near = [row, *sheet.by_page[row.page][max(0, row.place - 2) : row.place]]
        if not any("order_number" in label.fields for r in near for label in labelled.on(r)):
            continue
        for token in _tokens(row):
            tie = next(iter(ties(sheet, labelled, row, token.start, token.end)), None)
            if tie is None or "order_number" not in tie.label.fields or dates_in(token.text):
                continue
            if sum(map(str.isalpha, tie.between)) <= 3 <= len(token.text):
                found.append((Candidate(token.text, row, token.start, token.end, {}), tie.weight))
    return sorted(found, key=lambda pair: -pair[1])
