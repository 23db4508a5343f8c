"""Invoice number, dates and the other references: values that stand beside a label.

Each candidate is scored by plain weights: how much its label means the field, how near it stands,
whether it looks like one, how high on the page. The weights are the explanation.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.extraction.dates import DateSeen, dates_in
from models.extraction.labels import Label, Labelled
from models.extraction.places import Tie, ties
from models.extraction.rows import Row, Sheet
from models.extraction.texts import as_words, fold


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
            score = _number_score(tie, row, text, receipt=receipt)
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
        match = _SHAPE.search(text.lstrip("#(:"))
        if match is None or not any(map(str.isdigit, text)) or len(text) > 40:
            # `N°2024-12` and `Facture:123` keep their value after the sign.
            continue
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


def _number_score(tie: Tie, row: Row, text: str, *, receipt: bool) -> float:
    label = tie.label
    strength = _number_strength(label, receipt=receipt)
    title = not label.fields & {"invoice_number", "credit_note_number", "receipt_number"}
    if title and tie.how == "above":
        # Under a bare title anything may stand; it must look like a number of a document.
        strength = 0.5 if len(re.findall(r"\d", text)) >= 4 or re.match(r"[A-Z]+[-/]", text) else 0
    if strength <= 0:
        return 0.0
    if sum(map(str.isalpha, tie.between)) > 3:
        return 0.0
    score = strength * (0.55 + 0.45 * tie.weight)
    digits = sum(map(str.isdigit, text))
    if any(d.end - d.start >= len(text) for d in dates_in(text)) or re.fullmatch(
        r"\d{1,2}:\d{2}.*", text
    ):
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


_DUE = re.compile(
    r"echeance|\bpay(?:er|able|ez|ment due)|regl(?:er|ement)|prelev|exigible|\bdue\b|pay (?:by|before)|"
    r"zahlbar|fallig|uberweis|zahlen sie|\bbezahlen|abgebucht|zu zahlen|betal|vervalt|voldoen"
)


@dataclass(frozen=True, slots=True)
class DateCandidate:
    value: dt.date
    row: Row
    start: int
    end: int
    issue: float
    due: float
    period: bool = False


def date_candidates(
    sheet: Sheet, labelled: Labelled, *, month_first: bool, today: dt.date | None = None
) -> list[DateCandidate]:
    """Every date of the document with how well it fits issue and due date."""
    found: list[DateCandidate] = []
    order = 0
    for row in sheet.rows:
        seen = dates_in(row.text, month_first=month_first)
        for position, date in enumerate(seen):
            order += 1
            found.append(_date(sheet, labelled, row, date, position, seen, order, today))
    return found or list(_damaged_dates(sheet, today))


_DAMAGED = re.compile(r"(?<!\d)(\d{1,2})[ ./,-]{1,2}(\d{1,2})[ ./,-]{1,2}(20\d\d|[12]\d)(?!\d)")


def _damaged_dates(sheet: Sheet, today: dt.date | None) -> Iterator[DateCandidate]:
    """Dates of a scan whose strokes were misread (`18 03-18`), where it shows no other."""
    if not sheet.scanned:
        return
    for row in sheet.rows:
        for match in _DAMAGED.finditer(row.text):
            year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
            try:
                day = dt.date(year, int(match[2]), int(match[1]))
            except ValueError:
                continue
            if today is None or day <= today:
                yield DateCandidate(day, row, match.start(), match.end(), 0.15, 0.0)


def _date(
    sheet: Sheet,
    labelled: Labelled,
    row: Row,
    date: DateSeen,
    position: int,
    seen: Sequence[DateSeen],
    order: int,
    today: dt.date | None,
) -> DateCandidate:
    in_table = any(h < row.index for h in labelled.headers) and row.index not in labelled.headers
    # Something to go by without any label: the first dates of a document are its own.
    issue = 0.32 - 0.02 * min(order, 8) - 0.06 * row.page
    due = 0.0
    since = max((other.end for other in seen if other.end <= date.start), default=0)
    if _DUE.search(fold(row.text[since : date.start])[-70:]):
        due = 0.75
        issue -= 0.2
    for tie in ties(sheet, labelled, row, date.start, date.end)[:2]:
        issue_strength, due_strength = _date_strength(tie)
        issue = (
            max(issue, issue_strength * tie.weight)
            if issue_strength >= 0
            else min(issue, 0.1 + issue_strength * 0.2)
        )
        due = max(due, due_strength * tie.weight)
        if tie.weight > 0.5:
            break
    titles = {"document_title_invoice", "document_title_credit_note"}
    if (
        position == 0
        and row.page == 0
        and issue >= 0.5
        and any(label.fields & titles and label.end <= date.start for label in labelled.on(row))
    ):
        issue = max(issue, 0.85)  # `Rechnung Nr. 471102 vom 05.06.2018`
    period = bool(
        len(seen) > 1
        and seen[1].start - seen[0].end < 14
        and re.search(
            r"\b(au|to|bis|tot|until|jusqu)\b|^\W*-",
            row.text[seen[0].end : seen[1].start],
            re.IGNORECASE,
        )
    )
    if period:
        issue -= 0.25
        due = due if position == 1 and due > 0.5 else 0.0
    if in_table and issue < 0.5:
        issue -= 0.12
    if today is not None and date.value > today + dt.timedelta(days=1):
        issue -= 0.3
    if date.value.year < 1995:
        issue -= 0.4
    return DateCandidate(date.value, row, date.start, date.end, issue, due, period)


def _date_strength(tie: Tie) -> tuple[float, float]:
    """How much a label means the issue date and the due date; negative speaks against."""
    fields, tokens = tie.label.fields, set(tie.label.tokens)
    letters = sum(map(str.isalpha, tie.between))
    if "due_date" in fields:
        return -1.0, 1.0 if letters < 18 else 0.6
    if "issue_date" in fields:
        if tokens <= {"le", "vom", "date", "datum"}:
            if tokens <= {"le", "vom"}:
                return (0.55, 0.0) if letters == 0 and tie.how == "left" else (0.2, 0.0)
            return (0.8, 0.0) if letters < 12 else (0.5, 0.0)
        if "order" in tokens or "purchase" in tokens or "transaction" in tokens:
            return 0.6, 0.0
        return 1.0, 0.0
    if fields & {"document_title_invoice", "invoice_number"} and tie.how == "left":
        return (0.75 if letters < 10 else 0.5), 0.0
    if fields & {
        "supply_date",
        "order_date",
        "other_date",
        "service_period",
        "validity_date",
        "delivery_date",
    }:
        return -0.6, 0.0
    if fields & {"value_date", "operation_date", "statement_period"}:
        return 0.1, 0.0
    return 0.15, 0.0


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
