"""What another program takes from an export: every cell, read by an importer that knows nothing but
the column list, the separator and the way of writing days and numbers that its maker publishes
(`export_headers.csv`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

import pytest

from domain.countries import country
from domain.sales import Address, InvoiceKind, Nature, Party, SalesInvoice, SalesLine
from domain.sales_exports import Format, Names, export

D = Decimal
Cells = dict[str, str | date | Decimal]
TREATMENTS = country("FR").sales_treatments
NAMES = Names(TREATMENTS)
TAXED = (("SALE_STD20", "20"), ("SALE_RED10", "10"), ("SALE_RED5_5", "5.5"))
SELLER = Party("Atelier & Fils", Address("12 rue des Lilas", "", "69003", "Lyon"), "732829320")
BUYER = Party(
    "Cafés, Thés \"d'Été\"", Address("1 quai; bis", "Bât. 2", "13001", "Marseille"),
    "552100554", email="compta@example.org",
)  # fmt: skip
PUBLISHED = {
    Format.XERO: "xero_sales_invoice_import",
    Format.XERO_LONG: "xero_invoice_export_shape",
    Format.QUICKBOOKS: "qbo_invoice_import_non_us",
    Format.QUICKBOOKS_US: "qbo_invoice_import_us",
    Format.IIF: "quickbooks_iif",
}
NUMBERS = (
    "Quantity", "UnitAmount", "Discount", "Total", "TaxTotal", "InvoiceAmountPaid",
    "InvoiceAmountDue", "LineAmount", "TaxAmount", "ItemQuantity", "ItemRate", "ItemAmount",
    "ItemTaxAmount", "AMOUNT",
)  # fmt: skip
DAYS = ("InvoiceDate", "DueDate", "Service Date", "DATE")


def drawn() -> list[SalesInvoice]:
    """Invoices as all these programs can take them to the last digit."""
    random = Random(200)
    found = []
    for number in range(1, 41):
        lines = tuple(
            SalesLine(
                text=random.choice(("Conseil, atelier", "Vis 4 x 30", 'Ecran 24"')),
                quantity=D(random.randint(1, 900)).scaleb(-random.choice((0, 1, 2))),
                unit_price=D(random.randint(1, 99_999)).scaleb(-random.choice((0, 2, 4))),
                discount_percent=D(random.choice((0, 0, 0, 5, "12.5"))),
                vat_rate=D(rate),
                treatment=treatment,
                nature=random.choice(list(Nature)),
                served_on=date(2026, 10, random.randint(1, 31)),
            )
            for treatment, rate in random.choices(TAXED, k=random.randint(1, 5))
        )
        found.append(
            SalesInvoice(
                InvoiceKind.INVOICE,
                SELLER,
                BUYER,
                "EUR",
                lines,
                date(2026, 11, 3),
                date(2026, 12, 31),
                f"F2026-{number:04d}",
                title="Octobre",
                order_reference=random.choice(("", f"BC-{number}")),
            )
        )
    return found


def published(name: str) -> dict[str, str]:
    path = Path(__file__).with_name("export_headers.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["format"] == name)


def taken(column: str, cell: str, shape: dict[str, str]) -> str | date | Decimal:
    """A cell as the importer understands it; text that a spreadsheet would run has an apostrophe."""
    bare = column.lstrip("*")
    if not cell:
        return ""
    if bare in DAYS:
        pattern = shape["date_format"].partition(" ")[0]
        for said, meant in (("DD", "%d"), ("MM", "%m"), ("YYYY", "%Y"), ("YY", "%y")):
            pattern = pattern.replace(said, meant)
        return datetime.strptime(cell, pattern).replace(tzinfo=UTC).date()
    if bare in NUMBERS:
        assert shape["decimal"] == "dot"
        return D(cell)
    return cell.removeprefix("'")


def imported(into: Format, invoices: list[SalesInvoice]) -> list[Cells]:
    """The rows of all files, each without its empty cells."""
    shape = published(PUBLISHED[into])
    header = shape["header"].split(",")
    files, left_out = export(invoices, into, NAMES)
    assert left_out == ()
    found = []
    for file in files:
        text = io.StringIO(file.content.decode(shape["encoding"]), newline="")
        reader = csv.DictReader(text, delimiter=shape["separator"])
        assert reader.fieldnames == header
        found += [
            {column: taken(column, cell, shape) for column, cell in row.items() if cell}
            for row in reader
        ]
    return found


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"), rounding=ROUND_HALF_UP)


def net(line: SalesLine) -> Decimal:
    return cents(line.quantity * line.unit_price * (100 - line.discount_percent) / 100)


def lines_of(invoices: list[SalesInvoice]) -> Iterator[tuple[SalesInvoice, SalesLine]]:
    return ((invoice, line) for invoice in invoices for line in invoice.lines)


def tax(line: SalesLine) -> str:
    return TREATMENTS[line.treatment].label_fr


def account(line: SalesLine) -> str:
    return "707" if line.nature is Nature.GOODS else "706"


def of_contact(invoice: SalesInvoice) -> Cells:
    return {
        "EmailAddress": "compta@example.org",
        "POAddressLine1": "1 quai; bis",
        "POAddressLine2": "Bât. 2",
        "POCity": "Marseille",
        "POPostalCode": "13001",
        "POCountry": "FR",
        "Currency": "EUR",
        **({"Reference": invoice.order_reference} if invoice.order_reference else {}),
    }


def of_line(invoice: SalesInvoice, line: SalesLine, mark: str) -> Cells:
    return {
        f"{mark}ContactName": BUYER.name,
        f"{mark}InvoiceNumber": invoice.number,
        f"{mark}InvoiceDate": date(2026, 11, 3),
        f"{mark}DueDate": date(2026, 12, 31),
        f"{mark}Description": line.text,
        f"{mark}Quantity": line.quantity,
        f"{mark}UnitAmount": line.unit_price,
        f"{mark}AccountCode": account(line),
        f"{mark}TaxType": tax(line),
        **({"Discount": line.discount_percent} if line.discount_percent else {}),
    }


def test_xero_takes_every_value() -> None:
    invoices = drawn()
    assert imported(Format.XERO, invoices) == [
        {**of_contact(invoice), **of_line(invoice, line, "*")}
        for invoice, line in lines_of(invoices)
    ]


def test_what_reads_xeros_own_table_takes_every_value() -> None:
    invoices = drawn()
    rows = imported(Format.XERO_LONG, invoices)
    vat: dict[object, Decimal] = {}
    for row, (invoice, line) in zip(rows, lines_of(invoices), strict=True):
        own = row.pop("TaxAmount")
        assert isinstance(own, Decimal)
        # Cents of rounding go to a line of the rate, so that lines add up to the paper.
        assert abs(own - net(line) * line.vat_rate / 100) < D("0.03")
        vat[invoice.number] = vat.get(invoice.number, D(0)) + own
        assert row == {
            **of_contact(invoice), **of_line(invoice, line, ""), "LineAmount": net(line),
            "Total": invoice.gross_total, "TaxTotal": invoice.vat_total,
            "InvoiceAmountPaid": D(0), "InvoiceAmountDue": invoice.gross_total,
            "Type": "Sales invoice",
        }  # fmt: skip
    assert vat == {invoice.number: invoice.vat_total for invoice in invoices}


@pytest.mark.parametrize("into", [Format.QUICKBOOKS, Format.QUICKBOOKS_US])
def test_quickbooks_online_takes_every_value(into: Format) -> None:
    invoices = drawn()
    rows = imported(into, invoices)
    found: list[Cells] = []
    vat: dict[object, Decimal] = {}
    for row in rows:
        number = row["*InvoiceNo"]
        if row["Item(Product/Service)"] == NAMES.vat:  # where VAT is a line of its own
            assert row["ItemQuantity"] == 1
            vat[number] = vat.get(number, D(0)) + D(str(row["*ItemAmount"]))
            continue
        vat[number] = vat.get(number, D(0)) + D(str(row.pop("ItemTaxAmount", "0")))
        found.append(row)
    foreign = into is Format.QUICKBOOKS
    assert found == [
        {
            "*InvoiceNo": invoice.number,
            "*Customer": BUYER.name,
            "*InvoiceDate": date(2026, 11, 3),
            "*DueDate": date(2026, 12, 31),
            "Item(Product/Service)": NAMES.item,
            "ItemDescription": line.text,
            # It knows no discount: a discounted line is one of its amount.
            "ItemQuantity": D(1) if line.discount_percent else line.quantity,
            "ItemRate": net(line) if line.discount_percent else line.unit_price,
            "*ItemAmount": net(line),
            "Service Date": line.served_on,
            **(
                {"Memo": "Octobre", "*ItemTaxCode": tax(line), "Currency": "EUR"} if foreign else {}
            ),
        }
        for invoice, line in lines_of(invoices)
    ]
    assert vat == {invoice.number: invoice.vat_total for invoice in invoices}


def test_quickbooks_desktop_takes_every_value() -> None:
    shape = published(PUBLISHED[Format.IIF])
    header = shape["header"].partition(" / ")[0].replace("\\t", "\t").split("\t")
    invoices = drawn()
    (file,), _ = export(invoices, Format.IIF, NAMES)
    lines = [line.split("\t") for line in file.content.decode(shape["encoding"]).splitlines()]
    assert lines[0] == header
    assert [line[0] for line in lines[:3]] == ["!TRNS", "!SPL", "!ENDTRNS"]
    found = [
        {
            column: taken(column, cell, shape)
            for column, cell in zip(["", *header[1:]], line, strict=False)
            if cell
        }
        for line in lines[3:]
    ]
    wanted: list[Cells] = []
    for invoice in invoices:
        every: Cells = {"TRNSTYPE": "INVOICE", "DATE": date(2026, 11, 3), "DOCNUM": invoice.number}
        wanted.append({
            "": "TRNS", **every, "ACCNT": "Accounts Receivable", "NAME": "Cafes, Thes 'd'Ete'",
            "AMOUNT": invoice.gross_total, "MEMO": "Octobre",
        })  # fmt: skip
        wanted += [
            {"": "SPL", **every, "ACCNT": account(line), "AMOUNT": -net(line),
             "MEMO": line.text.replace('"', "'")}
            for line in invoice.lines
        ]  # fmt: skip
        wanted += [
            {"": "SPL", **every, "ACCNT": "VAT Payable", "AMOUNT": -part.amount,
             "MEMO": f"{part.rate.normalize():f} %"}
            for part in invoice.vat
        ]  # fmt: skip
        wanted.append({"": "ENDTRNS"})
    assert found == wanted
