"""Amounts and the part each seems to play: net, VAT, gross, due, paid, a line, a rate.

The part is read from the words to the left of an amount, or, when there are none, from the words
above it. It is a guess with a weight; `proof` settles it with arithmetic. Words decide by what
they mean together (`Total` + `excl.` + `VAT`), so that one table serves four languages.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.text import Box
from models.extraction.dates import MONTHS
from models.extraction.labels import Label, Labelled, mended_token, tokens_of
from models.extraction.numbers import Number, Style, numbers_in
from models.extraction.rows import Row, Sheet
from models.extraction.texts import as_words

NET_WORDS = as_words(
    "ht htva hors netto excl excluding exkl excluded exclude exclusive exclusief ex before "
    "subtotal zwischensumme nettobetrag nettosumme subtotaal untaxed taxable warenwert "
    "nettowert ohne sous soustotal positionssumme merchandise pretax"
)
ON_THE_WAY_WORDS = as_words("subtotal zwischensumme subtotaal sous soustotal")
"""Sums on the way to a total: before the tax where there is one, else of a part or a page."""
GROSS_WORDS = as_words(
    "ttc tvac incl inclusive including inclus incluse inc inkl inclusief brutto bruttobetrag gross"
    " comprise comprises toutes grand rounded bruttosumme nett inclu"
)
TOTAL_WORDS = as_words(
    "total totaal gesamt summe betrag montant amount sum bedrag tot amt totals jumlah totale sales"
    " gesamtpreis beitrag pramie cotisation"
)
FINAL_WORDS = as_words(
    "gesamtbetrag rechnungsbetrag rechnungssumme gesamtsumme endbetrag endsumme factuurbedrag"
    " eindtotaal totaalbedrag"
)
"""Words that end an invoice unless something says net."""
VAT_WORDS = as_words(
    "tva vat gst mwst ust btw tax taxe taxes umsatzsteuer mehrwertsteuer steuer steuerbetrag "
    "sst tps tvq hst igst cgst sgst mwstbetrag"
)
_OTHER_FIELDS = {
    "amount_paid": "paid",
    "receipt_payment": "payment",
    "rounding": "rounding",
    "discount": "discount",
    "early_discount": "discount",
    "receipt_persons": "count",
    "previous_balance": "previous",
    "shipping": "charge",
    "deposit_packaging": "charge",
    "eco_tax": "charge",
    "unit_price": "price",
    "quantity": "count",
}
IRRELEVANT_WORDS = as_words(
    "weight gewicht poids volume kg kwh zuschlage abschlage zuschlag abschlag points capital"
)
PAYMENT_WORDS = as_words("accepted tendered tender cash paid especes rendu change monnaie")
BASE_WORDS = as_words(
    "base assiette bemessungsgrundlage grondslag maatstaf basisbetrag steuerbasisbetrag nettobasis"
    " steuerbasis basis"
)


_SPEAKING = (
    NET_WORDS | GROSS_WORDS | TOTAL_WORDS | FINAL_WORDS | VAT_WORDS | PAYMENT_WORDS | BASE_WORDS
) | as_words("net eur chf usd gbp a to de of der die das due payer the in et and")
_CITATION = re.compile(
    r"(?:\bart(?:\.|icles?|ikel)?|§+|\bsection|\bpage|\bseite|\bpagina)\s*$", re.IGNORECASE
)
"""Words before a whole number that make it the place of a text: `art. 293 B du CGI`, `page 2`."""
_PERIOD = re.compile(
    r"\s*(?:days?|jours?|tagen?|dagen|months?|mois|monaten?|maanden|weeks?|semaines?|wochen)\b",
    re.IGNORECASE,
)
"""Words after a whole number that make it a time: `payable within 30 days`."""
_IN_DATE = re.compile(
    rf"\b(?:{'|'.join(MONTHS)})\.?\s*(?:\d{{1,2}}(?:st|nd|rd|th)?\s*,?\s*)?$", re.IGNORECASE
)
"""Words before a whole number that make it a day or a year: `due on August 3, 2014`."""
MOST_AMOUNTS = 4_000
MOST_IN_A_ROW = 20
MOST_ROUNDING = Decimal("0.50")
_LARGEST_WHOLE = 10_000_000
"""A larger number without decimals is a reference, not money."""


@dataclass(frozen=True, slots=True, eq=False)
class Amount:
    """An amount on the page, equal to itself only; `roles` are the weights (0–1) of the parts it may play."""

    value: Decimal
    number: Number
    row: Row
    roles: Mapping[str, float]
    context: str

    @property
    def box(self) -> Box:
        return self.row.box_of(self.number.start, self.number.end)

    @property
    def confidence(self) -> float:
        return self.row.confidence(self.number.start, self.number.end)

    def role(self, name: str) -> float:
        return self.roles.get(name, 0.0)


@functools.lru_cache(maxsize=4_096)
def roles_of(tokens: tuple[str, ...], fields: frozenset[str]) -> dict[str, float]:
    """The parts an amount may play after these words; `fields` are those of the labels among
    them.
    """
    words = set(tokens) | {part for token in tokens for part in _parts(token)}
    net, gross = words & NET_WORDS, words & GROSS_WORDS
    final = words & FINAL_WORDS
    vat, total = words & VAT_WORDS, words & TOTAL_WORDS | final
    if words & IRRELEVANT_WORDS:
        return {"charge": 1.0}
    for field, role in _OTHER_FIELDS.items():
        # `Change` or `Remise` alone; `Total after rounding` and `Total payment` are totals.
        if (field in fields and not (total or gross)) or (
            field == "receipt_persons" and field in fields
        ):
            return {role: 1.0}
        if (
            field in fields
            and role in ("rounding", "discount", "paid", "previous", "charge")
            and not (words & {"after", "apres", "nach"})
        ):
            return {role: 0.9, "gross": 0.1}
    if words & BASE_WORDS and not gross:
        return {"base": 1.0, "net": 0.4}
    if words & PAYMENT_WORDS and not words & {"due", "to"}:
        return {"payment": 1.0}
    if "amount_due" in fields or ("net" in words and "payer" in words):
        return {"due": 1.0, "gross": 0.75}
    if vat and (net or gross) and total:
        return {"net": 1.0} if net and not gross else {"gross": 1.0}
    if vat and net and not total:
        return {"net": 0.7, "vat": 0.3}
    if vat:
        return {"vat": 1.0 if "total_vat" in fields or total else 0.8}
    if net and not gross and net <= ON_THE_WAY_WORDS:
        return {"net": 0.75, "gross": 0.1}
    if net and not gross:
        return {"net": 1.0 if total or "total_excl_vat" in fields else 0.7, "gross": 0.1}
    if gross:
        return {"gross": 1.0}
    if final:
        return {"gross": 0.9, "net": 0.1}
    if "total_incl_vat" in fields or total:
        strong = "total_incl_vat" in fields or "receipt_total" in fields
        return {"gross": 0.8 if strong else 0.5, "net": 0.35, "line": 0.1}
    if "total_excl_vat" in fields or "net" in words:
        return {"net": 0.8, "gross": 0.1}
    return {}


def _parts(token: str) -> list[str]:
    """What a German compound means: `Rechnungsbeitrag` ends an invoice, `Versicherungsteuer` is a
    tax.
    """
    if len(token) < 8:
        return []
    found = []
    rest = token.removeprefix("total")
    if rest != token and (rest in GROSS_WORDS or rest in NET_WORDS):
        found += ["total", rest]
    if token.endswith("steuer"):
        found.append("steuer")
    if token.endswith(("betrag", "beitrag", "summe")):
        found.append("gesamtbetrag" if token.startswith(("rechnung", "end")) else "betrag")
    if token.startswith("netto"):
        found.append("netto")
    if token.startswith("brutto"):
        found.append("brutto")
    return found


def find_amounts(sheet: Sheet, labelled: Labelled, style: Style) -> list[Amount]:
    """Every number that can be money, with its roles."""
    found: list[Amount] = []
    goods = _rows_of_goods(labelled)
    for row in sheet.rows:
        if len(found) > MOST_AMOUNTS:
            break
        numbers = numbers_in(row.text, style)[-MOST_IN_A_ROW:]
        labels = labelled.on(row) if numbers else []
        previous_end = 0
        said: dict[str, float] = {}
        context = ""
        for number in numbers:
            left = row.text[previous_end : number.start]
            own_words = sum(map(str.isalpha, left)) >= 2
            if own_words:
                span = (previous_end, number.start)
                mend = sheet.pages[row.page].source == "ocr"
                said = _said(labels, left, span, mend=mend, among_goods=row.index in goods)
                context = left.strip()
            previous_end = number.end
            if number.percent or (number.places == 0 and number.value >= _LARGEST_WHOLE):
                # `TVA 20 % : 9,34`: the rate stands between the words and the amount.
                continue
            if (
                number.places == 0
                and (
                    _CITATION.search(left)
                    or (left == " " and number.currency is None)  # the groups of an IBAN
                    or _PERIOD.match(row.text, number.end)
                    or _IN_DATE.search(row.text[max(0, number.start - 24) : number.start])
                )
            ):
                continue
            roles, words = said, context
            clear = own_words and max(said.values(), default=0) >= 0.75
            may_be_below = number.is_amount or row.box_of(number.start, number.end).x0 > 0.45
            if row.index in goods and not said:
                roles, words = {"line": 1.0}, context
            elif may_be_below and not clear:
                above = _above(sheet, labelled, row, number)
                if above is not None and (above[0] or not said):
                    roles, words = above
                elif not own_words:
                    roles = {role: weight * 0.8 for role, weight in said.items()}
            if roles.get("rounding") and abs(number.value) > MOST_ROUNDING:
                roles = {"gross": 0.8}  # `after rounding`, of which only one word was read
            value = number.value
            if value < 0 and said.get("vat") and left.rstrip().endswith("("):
                value = -value  # said in passing, not taken off
            found.append(Amount(value, number, row, roles, words[-80:]))
    return found


def totals_among(amounts: Sequence[Amount]) -> frozenset[Decimal]:
    """The values that a table of lines may add up to."""
    return frozenset(
        a.value
        for a in amounts
        if max(a.role("net"), a.role("gross"), a.role("base")) >= 0.35 > a.role("line")
    )


def _rows_of_goods(labelled: Labelled) -> frozenset[int]:
    """The rows between the heading of a table of lines and its totals."""
    return frozenset(
        index
        for header, end in labelled.region_end.items()
        for index in range(header + 1, end + 1)
        if index not in labelled.headers
    )


def _said(
    labels: list[Label], left: str, span: tuple[int, int], *, mend: bool, among_goods: bool
) -> dict[str, float]:
    """What the words before an amount say; among goods, only words that speak of nothing else:
    `Cocoa 500 g net` is no net total.
    """
    words = tuple(
        mended_token(t) if mend else t for t in tokens_of(left) if not t.isdigit() and t != "n"
    )
    if among_goods and sum(w in _SPEAKING or bool(_parts(w)) for w in words) * 2 < len(words):
        return {}
    return roles_of(words[-8:], _fields_between(labels, *span))


def _wordy(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= 2


def _fields_between(labels: list[Label], start: int, end: int) -> frozenset[str]:
    fields: set[str] = set()
    for label in labels:
        if start <= label.start < end:
            fields |= label.fields
    return frozenset(fields)


def _above(
    sheet: Sheet, labelled: Labelled, row: Row, number: Number
) -> tuple[dict[str, float], str] | None:
    """The roles given by the nearest words that stand above a number, column-wise."""
    box = row.box_of(number.start, number.end)
    rows = sheet.by_page[row.page]
    at = row.place
    for upper in reversed(rows[max(0, at - 40) : at]):
        if not upper.wordy or upper.box.y1 > box.y0 + row.height * 0.5:
            continue
        if box.y0 - upper.box.y1 > 0.35:
            break
        words = [
            (order, word)
            for order, word in enumerate(upper.words)
            if word.box.x0 < box.x1 + row.em * 0.3 and word.box.x1 > box.x0 - row.em * 0.3
        ]
        if not words:
            continue
        if upper.index in labelled.headers:
            if labelled.region_end.get(upper.index, 0) < row.index:
                return None
            return ({"line": 1.0}, " ".join(word.text for _, word in words))
        first, last = words[0][0], words[-1][0]
        over = [v for v in labelled.on(upper) if v.first <= last and v.last > first]
        if over:
            first, last = min(v.first for v in over), max(v.last for v in over) - 1
        else:
            # The whole cell the overlapping words belong to.
            while first > 0 and _near(upper, first - 1, first):
                first -= 1
            while last + 1 < len(upper.words) and _near(upper, last, last + 1):
                last += 1
        text = " ".join(word.text for word in upper.words[first : last + 1])
        if not _wordy(text):
            continue
        if sum(map(str.isdigit, text)) > 2:
            return None
        fields = frozenset(name for label in over for name in label.fields)
        tokens = tuple(t for t in tokens_of(text) if t != "n")
        roles = roles_of(tokens[-8:], fields)
        return ({role: weight * 0.85 for role, weight in roles.items()}, text)
    return None


def _near(row: Row, left: int, right: int) -> bool:
    return row.words[right].box.x0 - row.words[left].box.x1 <= row.em * 0.9
