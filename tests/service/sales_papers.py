"""Invoices that the tests of papers draw: one of each shape, all invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from domain.countries import country
from domain.sales import Address, InvoiceKind, Nature, Party, SalesInvoice, SalesLine
from service.papers import Terms

FRENCH = Terms(country("FR").sales_treatments)
SWISS = Terms(country("CH").sales_treatments)
BELGIAN = Terms(country("BE").sales_treatments)

LYON = Party(
    name="Atelier & Fils",
    address=Address("12 rue des Lilas", "", "69003", "Lyon", "FR"),
    legal_id="732829320",
    vat_id="FR44732829320",
    email="compta@atelier.example",
    legal_form="SARL au capital de 10 000 €",
    iban="FR7630006000011234567890189",
    bic="AGRIFRPP",
)
PARIS = Party(
    name="Client Exemple SA",
    address=Address("4 avenue de la Gare", "Bâtiment B", "75009", "Paris", "FR"),
    legal_id="552100554",
    vat_id="FR27552100554",
)
LAUSANNE = Party(
    name="Menuiserie Exemple Sàrl",
    address=Address("Rue du Lac 12", "", "1000", "Lausanne", "CH"),
    legal_id="CHE107787577",
    vat_id="CHE107787577",
    iban="CH4431999123000889012",
)
SION = Party(
    name="Client Exemple SA",
    address=Address("Avenue de la Gare 4", "", "1950", "Sion", "CH"),
    legal_id="CHE109322551",
)
BERLIN = Party(
    name="Kunde GmbH",
    address=Address("Weg 1", "", "10115", "Berlin", "DE"),
    vat_id="DE136695976",
    email="rechnung@kunde.example",
)


def line(text: str, quantity: str, price: str, rate: str, treatment: str, **more: Any) -> SalesLine:
    return SalesLine(text, Decimal(quantity), Decimal(price), Decimal(rate), treatment, **more)


ONE_PAGE = SalesInvoice(
    kind=InvoiceKind.INVOICE,
    seller=LYON,
    customer=PARIS,
    currency="EUR",
    lines=(
        line("Conseil", "2.5", "120", "20", "SALE_STD20", unit="jour", details="Mission de mai"),
        line(
            "Guide pratique", "3", "12.345", "5.5", "SALE_RED5_5",
            nature=Nature.GOODS, discount_percent=Decimal(10),
        ),
        line("Geste commercial", "-1", "10", "20", "SALE_STD20"),
    ),
    issued_on=date(2026, 11, 1),
    due_on=date(2026, 12, 1),
    number="F2026-0001",
    title="Accompagnement de la rentrée",
    order_reference="BC-77",
)  # fmt: skip
THREE_PAGES = replace(
    ONE_PAGE,
    number="F2026-0002",
    lines=tuple(
        line(
            f"Intervention {number}", str(1 + number % 4), f"{20 + number}.50",
            ("20", "10", "5.5")[number % 3],
            ("SALE_STD20", "SALE_RED10", "SALE_RED5_5")[number % 3],
            unit="h", details="Compte rendu remis sur place" if number % 5 == 0 else "",
            served_on=date(2026, 10, 1 + number % 28),
        )
        for number in range(70)
    ),
)  # fmt: skip
CREDIT_NOTE = replace(
    ONE_PAGE,
    kind=InvoiceKind.CREDIT_NOTE,
    number="A2026-0001",
    due_on=None,
    lines=ONE_PAGE.lines[:2],
    corrects_number="F2026-0001",
    corrects_date=date(2026, 11, 1),
    order_reference="",
)
QR_BILL = SalesInvoice(
    kind=InvoiceKind.INVOICE,
    seller=LAUSANNE,
    customer=SION,
    currency="CHF",
    lines=(
        line("Bibliothèque sur mesure", "1", "1000", "8.1", "CH_SALE_81", nature=Nature.GOODS),
        line("Pose", "4", "85", "8.1", "CH_SALE_81", unit="h"),
    ),
    issued_on=date(2026, 11, 1),
    due_on=date(2026, 12, 1),
    number="2026-0117",
    payment_reference="000000000000000000202601175",
)
TO_GERMANY = replace(
    ONE_PAGE,
    customer=BERLIN,
    language="de",
    number="F2026-0003",
    lines=(line("Beratung", "3", "250", "0", "SALE_EU_SERVICES", unit="Tage"),),
)
DRAFT = replace(ONE_PAGE, number="", language="en", issued_on=None, due_on=None)

SHAPES = {
    "one_page": (ONE_PAGE, FRENCH),
    "three_pages": (THREE_PAGES, FRENCH),
    "credit_note": (CREDIT_NOTE, FRENCH),
    "qr_bill": (QR_BILL, SWISS),
    "to_germany": (TO_GERMANY, FRENCH),
}
