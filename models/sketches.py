"""A page in a few dozen numbers and words: what splitting needs to keep of it.

The words of a thousand pages do not fit in memory; their sketches do. Nothing here depends on a
language more than it must: page numbers, identifiers, places and repetition speak for themselves.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from domain.covers import Separator, separator
from domain.text import PageText, Word
from models.classification import WEIGHTS, weigh
from models.clues import Clues, clues_of
from models.extraction.texts import fold
from models.page_lines import AMOUNT, Line, Lines, lines_of
from models.page_numbers import PAGE_OF, counted, page_number
from models.titles import CHAPTERS, Title

LINES_OF_SUMS = 6
DATE = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:20)?\d{2}|20\d{2}-\d{2}-\d{2}"
    r"|\d{1,2}(?:er|\.|-)?[ -][a-z]{3,9}\.?[ -]20\d{2}|[a-z]{3,9} \d{1,2}, 20\d{2}"
    r"|(?:jan|feb|fev|febb|mar|mae?r|apr|avr|mag|mai|may|maa|jui|jun|giu|jul|lug|aou|aug|ago|sep|set"
    r"|oct|okt|ott|nov|dec|dez|dic)[a-z]{0,7}\.? 20\d{2})\b"
)
SMALL_WORDS = {
    word: language
    for language, words in {
        "fr": "le la les des du et pour est que qui sur par une au aux ou ne dans vous nous avec",
        "de": "der die das und ist den dem ein eine zu im fur mit auf nicht von wir sie ihre",
        "en": "the and of to for that this with be or by are your you our from as it",
        "nl": "het een van en te dat voor met zijn op niet aan wij uw bij ook naar wordt",
        "it": "il di che per del della con non una sono gli delle nel alla dei",
    }.items()
    for word in words.split()
}
HEADING = 1.4
"""Of the usual height of lines; the heading of a document stands in the upper half."""
HEAD = 0.16
FOOT = 0.88
BLANK_WORDS = 3

CARRIED_IN = re.compile(  # “report” is French here and English elsewhere: a sum stands beside it
    r"^(?=.*\d[.,]\d\d).*\b(?:reports?|ubertrag|vortrag|overdracht|transport|riporto"
    r"|brought forward|carried over)\b|\b(?:continued from|suite de la page|suite du)\b",
    re.MULTILINE,
)
CARRIED_OUT = re.compile(
    r"\b(?:a reporter|total a reporter|ubertrag|over te dragen|da riportare|carried forward"
    r"|continued (?:on|next|overleaf)|suite page|suite au verso|tournez|see reverse"
    r"|total intermediaire)\b"
)
TOTAL = re.compile(
    r"\b(?:total|totale|totaal|net a payer|montant du|amount due|balance due|gesamtbetrag"
    r"|rechnungsbetrag|gesamtsumme|zahlbetrag|te betalen|endbetrag|zu zahlen)\b"
)
TERMS = re.compile(
    r"\b(?:conditions generales|general conditions|(?:general )?terms (?:and|&) conditions"
    r"|terms of (?:sale|service|business)|(?:general )?conditions of (?:sale|business|trade)"
    r"|allgemeine (?:geschafts|verkaufs|liefer|vertrags|einkaufs)[\w-]*|\bagb\b"
    r"|(?:liefer|zahlungs|geschafts|verkaufs)[\w-]*bedingungen"
    r"|algemene (?:[a-z]+)?voorwaarden|condizioni generali|annexe\b|bijlage\b|allegato\b"
    r"|appendix|anlage\b|exhibit|schedule of"
    r"|detail (?:de (?:la|votre|ma|vos)|der|ihrer) (?:facture|consommation|rechnung)"
    r"|details? of your (?:bill|invoice|usage)|einzelverbindungsnachweis|rechnungsdetails)"
)
IDENTIFIER = re.compile(
    r"\b(?:[a-z]{2}\d{2}(?: ?[0-9a-z]{4}){3,7}(?: ?[0-9a-z]{1,3})?"  # IBAN
    r"|(?:fr|be|de|nl|lu|at|it|es|gb|ie|pt)[ ]?[0-9a-z]{2}[ .]?\d{3}[ .]?\d{3}[ .]?\d{2,4}"  # VAT
    r"|che[- ]?\d{3}[. ]?\d{3}[. ]?\d{3}"
    r"|\d{3} ?\d{3} ?\d{3} ?\d{5}|\d{3} \d{3} \d{3})\b"
)
OF_CUSTOMER = re.compile(
    r"\b(?:client|acheteur|votre|your|customer|buyer|kunden?|ihre|kaufer|klant|uw|cliente)\b"
)
CONTACT = re.compile(
    r"[a-z0-9._-]+@[a-z0-9.-]+\.[a-z]{2,}|\bwww\.[a-z0-9.-]+|\+?\d{2}[ .]\d[\d .]{7,}"
)
NUMBERED = re.compile(
    r"(?:\b(?:facture|avoir|devis|commande|invoice|quote|quotation|order|receipt|bill|credit note"
    r"|rechnung|rechnungs|beleg|angebot|angebots|lieferschein|factuur|offerte|statement)"
    r"[ -]*(?:n|no|nr|num|numero|number|nummer|id|#)?|\bn|\b(?:num|numero)(?: de)? (?:facture|devis))"
    r"\s*[.°:#]*\s*(?=[a-z0-9/_.-]*\d)([a-z0-9][a-z0-9/_.-]{2,24})"
)
ORDERS = ("commande", "order")
POSTCODE = re.compile(r"^(?:[a-z]{1,2}-)?\d{4,5}$")
REFERENCE = re.compile(r"^(?=.*\d)[a-z0-9][a-z0-9/_.-]{3,24}$")


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a page looks like; places are fractions of the page."""

    number: int
    blank: bool
    separator: Separator | None
    width: float
    height: float
    slip: bool
    source: str
    page_number: int | None
    page_total: int | None
    title: Title | None
    heading: frozenset[str]
    """The first line of the upper half in much larger letters, known as a title or not."""
    head: frozenset[str]
    foot: frozenset[str]
    body: frozenset[str]
    identifiers: frozenset[str]
    contacts: frozenset[str]
    document_number: str | None
    references: frozenset[str]
    carried_in: bool
    carried_out: bool
    totals: bool
    salutation: bool
    closing: bool
    terms: bool
    prose: float
    """Share of the lines that are long ones: 1 for pages of sentences, 0 for tables."""
    words: int
    table_first: bool
    """It begins with the head of a table: no letterhead, no title."""
    starts_inside: bool
    """The first line goes on with a sentence that began before."""
    ends_inside: bool
    letter_height: float
    """Points; the median."""
    bottom: float
    """Where the last words above the footer stand."""
    language: str | None
    dates: frozenset[str]
    """Of the upper half, as written."""
    first_amounts: frozenset[str]
    last_amounts: frozenset[str]
    first_count: int | None
    last_count: int | None
    """Of lines that are numbered in a row."""
    columns: tuple[int, ...]
    """Where words begin, in fiftieths of the width: the columns of a table."""
    clues: Clues
    points: dict[str, float]
    """By category, what the clues of this page alone are worth."""

    @property
    def category(self) -> tuple[str, float]:
        """The likeliest category of this page alone, and its lead in points."""
        ranked = sorted(self.points.items(), key=lambda item: -item[1])
        return ranked[0][0], ranked[0][1] - ranked[1][1]


def sketch(page: PageText) -> Sketch:
    found = lines_of(page)
    lines = found.lines
    clues = clues_of(page, found)
    number, total = page_number(lines)
    first_count, last_count = counted(lines)
    everything = "\n".join(line.text for line in lines)
    prose = [line for line in lines if len(line.words) >= 8]
    heights = [w.box.y1 - w.box.y0 for w in page.words]
    first = _first_of_body(lines)
    third = lines[len(lines) // 3 :]
    return Sketch(
        number=page.number,
        blank=page.blank or (len(page.words) <= BLANK_WORDS and page.ink < 0.004),
        separator=separator(page),
        width=page.width,
        height=page.height,
        slip=clues.slip,
        source=page.source,
        page_number=number,
        page_total=total,
        title=clues.titles[0] if clues.titles else None,
        heading=_heading(found),
        head=_tokens(lines, 0.0, HEAD),
        foot=_tokens(lines, FOOT, 1.0),
        body=frozenset(t for line in lines for t in line.tokens if len(t) > 3),
        identifiers=frozenset(
            re.sub(r"[^0-9a-z]", "", found)
            for line in lines
            if not OF_CUSTOMER.search(line.text)
            for found in IDENTIFIER.findall(line.text)
        ),
        contacts=frozenset(m.replace(" ", "") for m in CONTACT.findall(everything)),
        document_number=_document_number(found.outside),
        references=_references(found.outside),
        carried_in=_any(CARRIED_IN, lines[: max(6, len(lines) // 3)]),
        carried_out=_any(CARRIED_OUT, lines[-max(5, len(lines) // 5) :]),
        totals=_any(TOTAL, third),
        salutation=clues.salutation,
        closing=clues.closing,
        terms=_any(TERMS, lines[:6]),
        prose=len(prose) / len(lines) if lines else 0.0,
        words=len(page.words),
        table_first=_is_table_head(lines[0].words) if lines else False,
        starts_inside=bool(first) and first[:1].islower(),
        ends_inside=bool(prose) and _ends_inside(prose[-1].words),
        letter_height=statistics.median(heights) * page.height if heights else 0.0,
        bottom=max((line.top for line in lines if line.top < FOOT), default=0.0),
        language=_language(lines),
        dates=_dates(lines),
        first_amounts=_amounts(lines[:LINES_OF_SUMS]),
        last_amounts=_amounts(lines[-LINES_OF_SUMS:]),
        first_count=first_count,
        last_count=last_count,
        columns=_columns(lines),
        clues=clues,
        points=weigh([clues], WEIGHTS)[0],
    )


def _any(pattern: re.Pattern[str], lines: Sequence[Line]) -> bool:
    return bool(pattern.search("\n".join(line.text for line in lines)))


def _heading(page: Lines) -> frozenset[str]:
    for line in page.lines:
        if line.top > 0.5:
            break
        spelt = [token for token in line.tokens if token.isalpha() and len(token) > 2]
        chapter = line.tokens[:1] and (line.tokens[0] in CHAPTERS or line.tokens[0].isdigit())
        if line.height > HEADING * page.usual_height and 1 <= len(spelt) <= 8 and not chapter:
            return frozenset(spelt)
    return frozenset()


def _tokens(lines: Sequence[Line], top: float, bottom: float) -> frozenset[str]:
    return frozenset(
        token
        for line in lines
        if top <= line.top < bottom
        for token in line.tokens
        if len(token) > 2
    )


def _document_number(lines: Sequence[Line]) -> str | None:
    """The first number a page gives itself, in its upper half; that of an order if no other."""
    ordered = None
    for line in lines:
        if line.top > 0.5:
            break
        for found in NUMBERED.finditer(line.text):
            if sum(c.isdigit() for c in found[1]) < 2 or AMOUNT.match(found[1]):
                continue
            number = found[1].strip(".-/")
            if not found[0].startswith(ORDERS):
                return number
            ordered = ordered or number
    return ordered


def _references(lines: Sequence[Line]) -> frozenset[str]:
    """Numbers that look like a document's own: in the upper part, longer than a quantity."""
    found = set()
    for line in lines:
        if line.top > 0.45:
            break
        if IDENTIFIER.search(line.text) or CONTACT.search(line.text):
            continue  # numbers of a company: on all its papers
        for word, after in zip_longest(line.words, line.words[1:]):
            if sum(map(str.isdigit, word.text)) < 3:
                continue
            token = fold(word.text).strip(".,:;()")
            if AMOUNT.match(token) or DATE.fullmatch(token):
                continue
            if POSTCODE.match(token) and after is not None and after.text[:1].isupper():
                continue
            if REFERENCE.match(token):
                found.add(token)
    return frozenset(found)


def _dates(lines: Sequence[Line]) -> frozenset[str]:
    upper = " ".join(line.text for line in lines if line.top < 0.5)
    return frozenset(re.sub(r"[^0-9a-z]+", "-", found[0]) for found in DATE.finditer(upper))


def _amounts(lines: Sequence[Line]) -> frozenset[str]:
    """Sums of some size, as digits; small ones are the same on pages that have nothing in common."""
    words = (word.text for line in lines for word in line.words if AMOUNT.match(word.text))
    digits = (re.sub(r"\D", "", text).lstrip("0") for text in words)
    return frozenset(text for text in digits if len(text) >= 4)


def _language(lines: Sequence[Line]) -> str | None:
    """The language whose small words are on the page, where one clearly leads."""
    counts = dict.fromkeys(set(SMALL_WORDS.values()), 0)
    for line in lines:
        for token in line.tokens:
            if token in SMALL_WORDS:
                counts[SMALL_WORDS[token]] += 1
    (best, most), (_, next_most) = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:2]
    return best if most >= 6 and most >= 2 * next_most else None


def _first_of_body(lines: Sequence[Line]) -> str:
    """The first line as written that is not a running head."""
    for line in lines:
        if len(line.words) >= 5 and not PAGE_OF.search(line.text):
            return line.words[0].text
    return ""


def _is_table_head(line: Sequence[Word]) -> bool:
    """Several short words apart from each other, none a number: names of columns."""
    cells = 1 + sum(b.box.x0 - a.box.x1 > 0.02 for a, b in pairwise(line))
    return cells >= 4 and not any(c.isdigit() for word in line for c in word.text)


def _ends_inside(line: Sequence[Word]) -> bool:
    return line[-1].text[-1:] not in ".!?:;)" and line[-1].text[-1:].isalpha()


def _columns(lines: Sequence[Line]) -> tuple[int, ...]:
    starts: dict[int, int] = {}
    for line in lines:
        previous = -1.0
        for word in line.words:
            if previous < 0 or word.box.x0 - previous > 0.02:
                starts[int(word.box.x0 * 50)] = starts.get(int(word.box.x0 * 50), 0) + 1
            previous = word.box.x1
    return tuple(sorted(column for column, count in starts.items() if count >= 4))
