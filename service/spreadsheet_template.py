"""The workbook that people fill in: its headers map themselves, its cells are kept as they are typed.

The column of legal numbers is text, so that no spreadsheet program takes their zeros; rates and
types are chosen from lists; each header says in a note what belongs below it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

import xlsxwriter  # type: ignore[import-untyped]

from domain.spreadsheets.columns import FIELDS, REQUIRED, template_headers

_ROWS = 20_000
_WIDTHS = {"customer_id": 14, "customer_name": 26, "text": 34, "details": 34, "email": 26,
           "street": 26, "unit_price": 18, "order_reference": 24}  # fmt: skip
_FORMATS = {"customer_id": "@", "postcode": "@", "order_reference": "@", "quantity": "0.######",
            "unit_price": "#,##0.00####", "served_on": "dd/mm/yyyy"}  # fmt: skip
_TITLES: Mapping[str, tuple[str, str]] = {
    "fr": ("Lignes à facturer", "modele-brouillons.xlsx"),
    "en": ("Lines to invoice", "drafts-template.xlsx"),
}
_NATURES: Mapping[str, Sequence[str]] = {"fr": ("Bien", "Service"), "en": ("Goods", "Service")}
_NOTES: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "customer_id": "Obligatoire. Les lignes d’un même client deviennent un seul brouillon.",
        "customer_name": "Obligatoire pour un nouveau client ; sinon celui de la fiche client est gardé.",
        "text": "Obligatoire. Ce qui est vendu, en une ligne.",
        "details": "Facultatif. Imprimé sous la désignation.",
        "quantity": "Obligatoire. Une quantité négative est une déduction.",
        "unit": "Facultatif : h, jour, pièce…",
        "unit_price": "Obligatoire. Hors taxes, sans remise.",
        "vat_rate": "Obligatoire : 20, 20 % ou 0,2.",
        "discount_percent": "Facultatif : 10 ou 10 %.",
        "nature": "Facultatif. Vide : Service.",
        "served_on": "Facultatif : jj/mm/aaaa.",
        "order_reference": "Facultatif. La référence du client, imprimée sur la facture.",
        "email": "Facultatif. Gardé pour un nouveau client.",
        "street": "Facultatif. Gardé pour un nouveau client.",
        "postcode": "Facultatif. Gardé pour un nouveau client.",
        "city": "Facultatif. Gardé pour un nouveau client.",
        "currency": "Facultatif : EUR, CHF… Vide : celle du dossier.",
    },
    "en": {
        "customer_id": "Required. Rows of one customer become one draft.",
        "customer_name": "Required for a new customer; otherwise the customer’s file keeps its name.",
        "text": "Required. What is sold, on one line.",
        "details": "Optional. Printed below the item.",
        "quantity": "Required. A negative quantity is a deduction.",
        "unit": "Optional: h, day, piece…",
        "unit_price": "Required. Without VAT and discount.",
        "vat_rate": "Required: 20, 20% or 0.2.",
        "discount_percent": "Optional: 10 or 10%.",
        "nature": "Optional. Empty: Service.",
        "served_on": "Optional: dd/mm/yyyy.",
        "order_reference": "Optional. The customer’s own reference, printed on the invoice.",
        "email": "Optional. Kept for a new customer.",
        "street": "Optional. Kept for a new customer.",
        "postcode": "Optional. Kept for a new customer.",
        "city": "Optional. Kept for a new customer.",
        "currency": "Optional: EUR, CHF… Empty: that of the company.",
    },
}

LANGUAGES = tuple(_TITLES)


def template_name(language: str) -> str:
    return _TITLES[language][1]


def template(language: str, country: str, rates: Sequence[Decimal]) -> bytes:
    """An empty .xlsx in a language for companies of a country, with their VAT rates to choose."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet(_TITLES[language][0])
    required = book.add_format({"bold": True, "bg_color": "#1f4e79", "font_color": "#ffffff"})
    optional = book.add_format({"bold": True, "bg_color": "#dde6ee", "font_color": "#1f2933"})
    headers = template_headers(language, country)
    for place, name in enumerate(FIELDS):
        number_format = _FORMATS.get(name)
        cells = book.add_format({"num_format": number_format}) if number_format else None
        sheet.set_column(place, place, _WIDTHS.get(name, 16), cells)
        sheet.write_string(0, place, headers[name], required if name in REQUIRED else optional)
        sheet.write_comment(0, place, _NOTES[language][name], {"x_scale": 1.6, "y_scale": 0.8})
    _offer(sheet, "vat_rate", [f"{rate.normalize():f}" for rate in rates])
    _offer(sheet, "nature", _NATURES[language])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, _ROWS, len(FIELDS) - 1)
    book.close()
    return out.getvalue()


def _offer(sheet: xlsxwriter.worksheet.Worksheet, name: str, choices: Sequence[str]) -> None:
    """A list to choose from; what is not on it may be typed all the same."""
    place = FIELDS.index(name)
    rule = {"validate": "list", "source": list(choices), "error_type": "warning"}
    sheet.data_validation(1, place, _ROWS, place, rule)
