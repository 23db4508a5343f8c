"""Exported invoices are read back by importers written from the column lists alone."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest

from domain.countries import country
from domain.sales import Address, InvoiceKind, Nature, Party, SalesInvoice, SalesLine
from domain.sales_exports import ExportFile, Format, Names, export

TREATMENTS = country("FR").sales_treatments
NAMES = Names(TREATMENTS)
TAXED = (("SALE_STD20", "20"), ("SALE_RED10", "10"), ("SALE_RED5_5", "5.5"), ("SALE_EXEMPT", "0"))
SELLER = Party("Atelier & Fils", Address("12 rue des Lilas", "", "69003", "Lyon"), "732829320")
HOSTILE = "=cmd|' /C calc'!A0"
CENT = Decimal("0.01")


def invoice(number: int, random: Random, kind: InvoiceKind = InvoiceKind.INVOICE) -> SalesInvoice:
    lines = []
    for place in range(random.randint(1, 6)):
        treatment, rate = random.choice(TAXED)
        lines.append(
            SalesLine(
                text=random.choice((HOSTILE, 'Conseil, "été"', "Câble\n2 m", "-10 % promis")),
                quantity=Decimal(random.randint(1, 4000)).scaleb(-random.choice((0, 1, 2, 3))),
                unit_price=Decimal(random.randint(1, 99999)).scaleb(-random.choice((0, 2, 4, 6))),
                vat_rate=Decimal(rate),
                treatment=treatment,
                discount_percent=Decimal(random.choice((0, 0, 5, "12.5"))),
                nature=random.choice(list(Nature)),
                served_on=date(2026, 10, 1 + place),
            )
        )
    return SalesInvoice(
        kind, SELLER,
        Party(random.choice((HOSTILE, "Société Générale d'Été", "@Home")), Address(city="Lyon")),
        "EUR", tuple(lines), date(2026, 11, 1), date(2026, 12, 1), f"F2026-{number:04d}",
    )  # fmt: skip


@pytest.fixture(scope="module")
def invoices() -> list[SalesInvoice]:
    random = Random(20261122)
    made = [invoice(number, random) for number in range(60)]
    credit = invoice(60, random, InvoiceKind.CREDIT_NOTE)
    return [*made, replace(credit, corrects_number="F2026-0001")]


Totals = dict[str, tuple[Decimal, Decimal]]
"""Number → net and VAT."""


def wanted(invoices: list[SalesInvoice]) -> Totals:
    ways = {InvoiceKind.CREDIT_NOTE: -1}
    return {
        one.number: (one.net_total * ways.get(one.kind, 1), one.vat_total * ways.get(one.kind, 1))
        for one in invoices
    }


def rows(files: tuple[ExportFile, ...], delimiter: str = ",") -> list[dict[str, str]]:
    return [
        row
        for file in files
        for row in csv.DictReader(
            io.StringIO(file.content.decode("utf-8-sig"), newline=""), delimiter=delimiter
        )
    ]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def test_xero_computes_the_same_totals_again(invoices: list[SalesInvoice]) -> None:
    files, left_out = export(invoices, Format.XERO, NAMES)
    assert left_out == ()
    rates = {label.label_fr: label.rate for label in TREATMENTS.values()}
    nets: dict[str, Decimal] = defaultdict(Decimal)
    bases: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows(files):
        for needed in ("*ContactName", "*InvoiceDate", "*DueDate", "*Description", "*AccountCode"):
            assert row[needed]
        share = (100 - Decimal(row["Discount"] or 0)) / 100
        net = cents(Decimal(row["*Quantity"]) * Decimal(row["*UnitAmount"]) * share)
        nets[row["*InvoiceNumber"]] += net
        bases[row["*InvoiceNumber"], row["*TaxType"]] += net
        assert -Decimal(row["*UnitAmount"]).as_tuple().exponent <= 4
    vat: dict[str, Decimal] = defaultdict(Decimal)
    for (number, tax), base in bases.items():
        vat[number] += cents(base * rates[tax] / 100)
    assert {number: (nets[number], vat[number]) for number in nets} == wanted(invoices)


def test_xeros_own_table_adds_up_line_by_line(invoices: list[SalesInvoice]) -> None:
    files, _ = export(invoices, Format.XERO_LONG, NAMES)
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows(files):
        sums[row["InvoiceNumber"]][0] += Decimal(row["LineAmount"])
        sums[row["InvoiceNumber"]][1] += Decimal(row["TaxAmount"])
        net, vat = wanted(invoices)[row["InvoiceNumber"]]
        assert (Decimal(row["Total"]), Decimal(row["TaxTotal"])) == (net + vat, vat)
    assert {number: tuple(pair) for number, pair in sums.items()} == wanted(invoices)


@pytest.mark.parametrize("shape", [Format.QUICKBOOKS, Format.QUICKBOOKS_US])
def test_quickbooks_online_gets_every_amount_and_no_credit_note(
    shape: Format, invoices: list[SalesInvoice]
) -> None:
    files, left_out = export(invoices, shape, NAMES)
    assert left_out == ("F2026-0060",)
    gross: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows(files):
        assert cents(Decimal(row["ItemQuantity"]) * Decimal(row["ItemRate"])) == Decimal(
            row["*ItemAmount"]
        )
        gross[row["*InvoiceNo"]] += Decimal(row["*ItemAmount"])
        gross[row["*InvoiceNo"]] += Decimal(row.get("ItemTaxAmount") or 0)
    assert gross == {
        number: net + vat
        for number, (net, vat) in wanted(invoices).items()
        if number not in left_out
    }


def test_quickbooks_desktop_gets_transactions_that_add_up_to_nothing(
    invoices: list[SalesInvoice],
) -> None:
    (file,), left_out = export(invoices, Format.IIF, NAMES)
    assert left_out == ()
    lines = [line.split("\t") for line in file.content.decode("ascii").splitlines()]
    head = lines[0][1:]
    assert lines[1][1:] == head
    assert lines[2] == ["!ENDTRNS"]
    found: Totals = {}
    number, total, net, vat = "", Decimal(0), Decimal(0), Decimal(0)
    for mark, *cells in lines[3:]:
        row = dict(zip(head, cells, strict=True)) if cells else {}
        if mark == "TRNS":
            number, total, net, vat = row["DOCNUM"], Decimal(row["AMOUNT"]), Decimal(0), Decimal(0)
            assert row["ACCNT"] == NAMES.receivable
        elif mark == "SPL" and row["ACCNT"] == NAMES.vat:
            vat -= Decimal(row["AMOUNT"])
        elif mark == "SPL":
            net -= Decimal(row["AMOUNT"])
        else:
            assert total == net + vat
            found[number] = (net, vat)
    assert found == wanted(invoices)


def test_our_own_table_says_lines_and_totals(invoices: list[SalesInvoice]) -> None:
    files, _ = export(invoices, Format.ACCOUNTING, NAMES)
    nets: dict[str, Decimal] = defaultdict(Decimal)
    totals: Totals = {}
    for row in rows(files, ";"):
        nets[row["numéro"]] += Decimal(row["montant_ht"].replace(",", "."))
        totals[row["numéro"]] = (
            Decimal(row["total_ht"].replace(",", ".")),
            Decimal(row["total_tva"].replace(",", ".")),
        )
    assert totals == wanted(invoices)
    assert nets == {number: net for number, (net, _) in totals.items()}


@pytest.mark.parametrize("shape", [shape for shape in Format if shape is not Format.IIF])
def test_no_cell_of_text_is_a_formula(shape: Format, invoices: list[SalesInvoice]) -> None:
    files, _ = export(invoices, shape, NAMES)
    for row in rows(files, ";" if shape is Format.ACCOUNTING else ","):
        for text in row.values():
            if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
                assert Decimal(text.replace(",", ".")) < 0


def test_xero_takes_five_hundred_invoices_a_file() -> None:
    one = invoice(1, Random(7))
    many = [replace(one, number=f"F{number}") for number in range(1, 1002)]
    files, _ = export(many, Format.XERO, NAMES)
    assert [len(file.numbers) for file in files] == [500, 500, 1]
    assert [file.name for file in files] == ["xero-1.csv", "xero-2.csv", "xero-3.csv"]


def test_a_draft_is_not_exported() -> None:
    with pytest.raises(ValueError, match="draft"):
        export([replace(invoice(1, Random(7)), number="")], Format.XERO, NAMES)
