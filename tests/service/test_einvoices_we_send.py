"""The XML of our invoices keeps the rules of Factur-X EN 16931 and of the French reform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.sales import Address, InvoiceKind, Nature, Party, SalesInvoice
from service.papers import Checker, Terms, invoice_xml
from tests.service.sales_papers import (
    BELGIAN,
    BERLIN,
    DRAFT,
    FRENCH,
    LYON,
    ONE_PAGE,
    SHAPES,
    SWISS,
    line,
)

AMERICAN = Party(
    "Customer Inc.", Address("1 Main St", "", "10001", "New York", "US"), email="ap@c.example"
)
GHENT = Party(
    "Atelier Exemple SRL",
    Address("Kouter 1", "", "9000", "Gent", "BE"),
    legal_id="0403170701",
    vat_id="BE0403170701",
    iban="BE68539007547034",
)
SMALL = replace(LYON, vat_id="")


def to(customer: Party, *lines: object, **more: object) -> SalesInvoice:
    return replace(ONE_PAGE, customer=customer, lines=lines, **more)


CASES: dict[str, tuple[SalesInvoice, Terms]] = {
    **SHAPES,
    "deposit": (replace(ONE_PAGE, kind=InvoiceKind.DEPOSIT), FRENCH),
    "after a deposit": (
        replace(
            ONE_PAGE,
            lines=(
                *ONE_PAGE.lines,
                line("Acompte déduit", "-1", "100", "20", "SALE_STD20"),
            ),
            deposits=(("F2026-0000", date(2026, 10, 1), Decimal("120.00")),),
        ),
        FRENCH,
    ),
    "franchise": (
        replace(to(ONE_PAGE.customer, line("Cours", "1", "100", "0", "SALE_FRANCHISE")), seller=SMALL),
        FRENCH,
    ),
    "goods to the Union": (
        to(
            BERLIN,
            line("Livre", "1", "100", "0", "SALE_EU_GOODS", nature=Nature.GOODS),
        ),
        FRENCH,
    ),
    "export in dollars": (
        to(
            AMERICAN,
            line("Book", "1", "100", "0", "SALE_EXPORT", nature=Nature.GOODS),
            currency="USD",
        ),
        replace(FRENCH, books_currency="EUR"),
    ),
    "taxed in dollars": (
        replace(ONE_PAGE, currency="USD"),
        replace(FRENCH, books_currency="EUR", books_rate=Decimal("0.9")),
    ),
    "outside the scope": (to(AMERICAN, line("Advice", "1", "100", "0", "SALE_NONEU_SERVICE")), FRENCH),
    "outside the scope and taxed": (
        to(
            ONE_PAGE.customer,
            line("Débours", "1", "100", "0", "SALE_NONEU_SERVICE"),
            line("Conseil", "1", "100", "20", "SALE_STD20"),
        ),
        FRENCH,
    ),
    "exempt": (
        to(ONE_PAGE.customer, line("Formation", "1", "100", "0", "SALE_EXEMPT")),
        replace(FRENCH, exemption="Exonération de TVA, article 261-4-4° du CGI"),
    ),
    "on debits": (ONE_PAGE, replace(FRENCH, on_debits=True)),
    "without an account": (replace(ONE_PAGE, seller=replace(LYON, iban="", bic="")), FRENCH),
    "on receipt": (replace(ONE_PAGE, due_on=None), FRENCH),
    "Belgian": (
        replace(
            ONE_PAGE, seller=GHENT, lines=(line("Conseil", "1", "100", "21", "BE_SALE_21"),)
        ),
        BELGIAN,
    ),
    "Swiss and not registered": (
        replace(
            SHAPES["qr_bill"][0],
            seller=replace(SHAPES["qr_bill"][0].seller, vat_id=""),
            lines=(line("Cours", "1", "80", "0", "CH_SALE_NOT_REGISTERED"),),
        ),
        SWISS,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker() as one:
        yield one


@pytest.mark.parametrize("case", CASES)
def test_an_einvoice_passes_the_official_schema_and_schematron(case: str, checker: Checker) -> None:
    invoice, terms = CASES[case]
    french = invoice.seller.address.country == "FR"
    assert checker.problems(invoice_xml(invoice, terms), french=french) == []


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ("<ram:GrandTotalAmount>", "<ram:GrandTotalAmount>1", "BR-CO-15"),
        (">EUR</ram:Invoice", ">EUX</ram:Invoice", "InvoiceCurrencyCode"),
        (">PMT<", ">AAI<", "BR-FR-05"),
        ("<ram:ID>F2026-0001<", "<ram:ID>F 2026.1<", "BR-FR-02"),
    ],
)
def test_an_einvoice_that_breaks_a_rule_is_told_which(
    right: str, wrong: str, rule: str, checker: Checker
) -> None:
    xml = invoice_xml(ONE_PAGE, FRENCH).decode()
    assert right in xml
    found = checker.problems(xml.replace(right, wrong).encode(), french=True)
    assert any(rule in problem for problem in found)


def test_the_schema_refuses_what_is_out_of_order(checker: Checker) -> None:
    xml = invoice_xml(ONE_PAGE, FRENCH).replace(b"ram:CityName", b"ram:Town")
    assert "Town" in checker.problems(xml, french=True)[0]


def test_the_checking_survives_the_death_of_its_child(checker: Checker) -> None:
    xml = invoice_xml(ONE_PAGE, FRENCH)
    assert checker.problems(xml, french=True) == []
    assert checker._child is not None
    checker._child.kill()
    checker._child.wait()
    assert checker.problems(xml, french=True) == []


def test_the_checking_rests_when_nobody_asks(checker: Checker) -> None:
    xml = invoice_xml(ONE_PAGE, FRENCH)
    assert checker.problems(xml, french=True) == []
    checker.rest(3_600)
    assert checker._child is not None
    checker.rest(0)
    assert checker._child is None


def test_a_draft_is_no_einvoice() -> None:
    with pytest.raises(ValueError, match="finalised"):
        invoice_xml(DRAFT, FRENCH)


def test_vat_owed_in_euros_needs_the_rate_of_the_day() -> None:
    with pytest.raises(ValueError, match="rate of the day"):
        invoice_xml(replace(ONE_PAGE, currency="USD"), replace(FRENCH, books_currency="EUR"))
