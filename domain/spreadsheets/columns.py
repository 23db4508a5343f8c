"""The columns that a spreadsheet of invoice lines may have, and which header means which.

A header is known by its words in French, English or German, whatever its case, accents and stars.
What it does not say itself a person says (`Layout.columns` is theirs to change).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.errors import Invalid
from domain.spreadsheets.cells import Cell, is_empty, shown
from domain.words import folded

REQUIRED = ("customer_id", "text", "quantity", "unit_price", "vat_rate")
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "customer_id": ("siren", "siret", "siren du client", "siren client", "n siren", "numero siren",
                    "siren siret", "identifiant client", "ide", "uid", "n ide", "numero ide",
                    "uid nummer", "ide du client", "ide client", "client ide", "customer uid",
                    "n d entreprise", "numero d entreprise", "n entreprise", "bce", "n bce",
                    "enterprise number", "company number", "customer siren",
                    "unternehmensnummer", "firmennummer", "n tva du client", "customer id"),
    "customer_name": ("nom du client", "client", "nom client", "raison sociale", "denomination",
                      "societe", "customer", "customer name", "client name", "company", "kunde",
                      "kundenname", "firma"),
    "text": ("designation", "libelle", "article", "prestation", "produit", "intitule", "objet",
             "item", "line item", "product", "product or service", "service description",
             "bezeichnung", "artikel", "leistung", "designation de la ligne"),
    "details": ("description", "detail", "details", "commentaire", "precisions", "notes",
                "comment", "beschreibung", "bemerkung"),
    "quantity": ("quantite", "qte", "nombre", "nb", "qty", "quantity", "hours", "heures", "menge",
                 "anzahl"),
    "unit": ("unite", "unite de mesure", "unit", "uom", "unit of measure", "einheit"),
    "unit_price": ("prix unitaire ht", "prix unitaire", "pu", "pu ht", "p u ht", "prix ht",
                   "prix unit ht", "montant unitaire ht", "tarif", "unit price excl vat",
                   "unit price", "unit price excl tax", "unit price net", "net unit price",
                   "price", "rate per unit", "einzelpreis", "stuckpreis", "preis",
                   "einzelpreis netto"),
    "vat_rate": ("taux de tva", "tva", "taux tva", "tva taux", "vat", "vat rate", "tax rate",
                 "mwst", "mwst satz", "ust", "ust satz", "steuersatz", "tva en"),
    "discount_percent": ("remise", "remise en", "taux de remise", "rabais", "discount",
                         "discount percent", "rabatt"),
    "nature": ("type bien service", "type", "nature", "bien service", "bien ou service",
               "type goods service", "goods or service", "goods service", "art", "typ"),
    "served_on": ("date de prestation", "date prestation", "date de livraison", "date",
                  "date du service", "date of service", "service date", "delivery date",
                  "leistungsdatum", "datum", "lieferdatum"),
    "order_reference": ("reference n de commande", "reference", "n de commande", "numero de commande",
                        "bon de commande", "commande", "ref", "reference commande",
                        "order reference", "order number", "purchase order", "po", "po number",
                        "bestellnummer", "referenz"),
    "email": ("email du client", "email", "e mail", "courriel", "mail", "adresse email",
              "adresse e mail", "customer email", "e mail du client", "email client"),
    "street": ("adresse du client", "adresse", "rue", "adresse client", "customer address",
               "address", "street", "strasse"),
    "postcode": ("code postal", "cp", "npa", "postcode", "zip", "zip code", "postal code", "plz",
                 "postleitzahl"),
    "city": ("ville", "localite", "commune", "city", "town", "ort", "stadt"),
    "currency": ("devise", "monnaie", "currency", "wahrung"),
}  # fmt: skip
FIELDS: tuple[str, ...] = tuple(_SYNONYMS)
"""In the order in which the template has them."""
_IDS = {
    "fr": {"FR": "SIREN*", "CH": "IDE*", "BE": "N° d’entreprise*"},
    "en": {"FR": "SIREN*", "CH": "UID*", "BE": "Enterprise number*"},
}
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "fr": ("Nom du client", "Désignation*", "Description", "Quantité*", "Unité",
           "Prix unitaire HT*", "Taux de TVA*", "Remise (%)", "Type (Bien/Service)",
           "Date de prestation", "Référence / N° de commande", "Email du client",
           "Adresse du client", "Code postal", "Ville", "Devise"),
    "en": ("Customer name", "Item*", "Description", "Quantity*", "Unit", "Unit price excl. VAT*",
           "VAT rate*", "Discount (%)", "Type (Goods/Service)", "Date of service",
           "Order reference", "Customer email", "Customer address", "Postcode", "City",
           "Currency"),
}  # fmt: skip
_NEAR_ENOUGH = frozenset(
    (
        "siren",
        "siret",
        "designation",
        "quantite",
        "quantity",
        "remise",
        "discount",
        "email",
        "courriel",
    )
)
"""Words that name a field among others; the rest must be met with a second one."""
_OTHER_THINGS = frozenset(
    ("total", "montant", "amount", "sum", "somme", "echeance", "due", "facture", "invoice", "ttc")
)
"""A header with one of these is never a near name: an amount of a line is not its price."""
_SEARCHED = 20
"""Rows from the top among which the header is looked for."""
MOST_COLUMNS = 200


def template_headers(language: str, country: str) -> dict[str, str]:
    """Field → header of our template, in its order; a star marks what must be there."""
    return dict(zip(FIELDS, (_IDS[language][country], *_HEADERS[language]), strict=True))


@dataclass(frozen=True)
class Vocabulary:
    """The fields that a kind of sheet has, each with what its header may be called."""

    synonyms: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.synonyms)

    @cached_property
    def by_header(self) -> Mapping[str, str]:
        return {name: field for field, names in self.synonyms.items() for name in names}


LINES = Vocabulary(_SYNONYMS, REQUIRED)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header of a sheet stands and which of its columns is which field."""

    header_row: int
    """From 0."""
    headers: tuple[str, ...]
    columns: Mapping[str, int]
    """Field → column from 0."""
    twice: tuple[str, ...] = ()
    """Headers that stand above more than one column."""

    @property
    def signature(self) -> str:
        """The same for every sheet with these headers in any order, so that a mapping is known again."""
        said = sorted(folded(header).strip() for header in self.headers if header)
        return hashlib.sha256("|".join(said).encode()).hexdigest()

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that must have a column and have none."""
        return tuple(field for field in REQUIRED if field not in self.columns)


def layout_of(
    rows: Sequence[Sequence[Cell]], header_row: int | None = None, words: Vocabulary = LINES
) -> Layout:
    """The layout that the headers say themselves. Without `header_row` the row that names most
    fields is the header; Invalid when there is nothing in the sheet.
    """
    if header_row is None:
        filled = [n for n, row in enumerate(rows[:200]) if any(not is_empty(c) for c in row)]
        if not filled:
            raise Invalid(
                "This sheet is empty.",
                code="spreadsheet_empty",
                advice="Fill in the template, or choose another sheet.",
            )
        known = [n for n in filled if n < filled[0] + _SEARCHED]
        header_row = max(known, key=lambda n: (len(_matched(_headers(rows[n]), words)), -n))
        if not _matched(_headers(rows[header_row]), words):
            header_row = filled[0]
    if not 0 <= header_row < len(rows):
        raise Invalid("There is no such row.", code="spreadsheet_header", fields=["header_row"])
    headers = _headers(rows[header_row])
    counted = Counter(folded(header) for header in headers if header)
    twice = [h for n, h in enumerate(headers) if counted[folded(h)] > 1 and h not in headers[:n]]
    return Layout(header_row, headers, _matched(headers, words), tuple(twice))


def remapped(layout: Layout, columns: Mapping[str, int]) -> Layout:
    """`layout` with the columns that a person chose; Invalid for what cannot be."""
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise Invalid("There is no such field.", code="spreadsheet_mapping", fields=unknown)
    outside = sorted(f for f, n in columns.items() if not 0 <= n < len(layout.headers))
    if outside:
        raise Invalid("There is no such column.", code="spreadsheet_mapping", fields=outside)
    counted = Counter(columns.values())
    shared = sorted(field for field, n in columns.items() if counted[n] > 1)
    if shared:
        raise Invalid(
            "One column cannot be two fields.",
            code="spreadsheet_mapping_twice",
            advice="Choose another column for one of them, or none.",
            fields=shared,
        )
    return Layout(layout.header_row, layout.headers, dict(columns), layout.twice)


def by_header(layout: Layout, kept: Mapping[str, str]) -> dict[str, int]:
    """Columns of a saved mapping (field → header) in this sheet."""
    places = {folded(header): n for n, header in reversed(list(enumerate(layout.headers)))}
    return {field: places[folded(h)] for field, h in kept.items() if folded(h) in places}


def letter(column: int) -> str:
    """The name of a column: A, B, … Z, AA."""
    name, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_number(name: str) -> int:
    """The column from 0 that `letter` names so; -1 for what is no name."""
    number = 0
    for sign in name.strip().upper()[:4]:
        if not "A" <= sign <= "Z":
            return -1
        number = number * 26 + ord(sign) - 64
    return number - 1


def _headers(row: Sequence[Cell]) -> tuple[str, ...]:
    texts = [" ".join(shown(cell).split())[:120] for cell in row[:MOST_COLUMNS]]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _matched(headers: Sequence[str], words: Vocabulary) -> dict[str, int]:
    """Each field with the first column whose header names it; exact names come before near ones."""
    found: dict[str, int] = {}
    said = [_said(header) for header in headers]
    for place, text in enumerate(said):
        field = words.by_header.get(text)
        if field:
            found.setdefault(field, place)
    for place, text in enumerate(said):
        near = _near(text, words) if text and place not in found.values() else None
        if near:
            found.setdefault(near, place)
    if "text" not in found and "details" in found:
        found["text"] = found.pop("details")
    return found


def _said(header: str) -> str:
    """A header without the unit it may bear."""
    bare = folded(re.sub(r"[€$£]", " ", header)).strip()
    return re.sub(r" (en )?(eur|euros?|chf|fr)$", "", bare)


def _near(text: str, words: Vocabulary) -> str | None:
    """The field whose longest name is among the words of a header, where there is only one."""
    tokens = set(text.split())
    if tokens & _OTHER_THINGS:
        return None
    fitting = {
        (len(name.split()), field)
        for name, field in words.by_header.items()
        if (" " in name or name in _NEAR_ENOUGH) and tokens >= set(name.split())
    }
    most = max((count for count, _ in fitting), default=0)
    best = {field for count, field in fitting if count == most}
    return best.pop() if len(best) == 1 else None
