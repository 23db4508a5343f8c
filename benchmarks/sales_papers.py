"""Draws invoices of every kind, has each checked by the official rules, and reads them back.

    python -m benchmarks.sales_papers [--invoices 200] [--pictures 20] [--seed 41]

Sellers in France, Switzerland and Belgium; customers at home, in the Union and beyond; French, English
and German; one line to a hundred, discounts, several rates, deposits, credit notes. Each is written as
e-invoice, checked by schema and schematron, drawn, and read by the product's own reader: with its XML,
from the words of the page alone, and some of them as pictures at 200 dpi, as if printed and scanned.
Ends with 1 if a rule is broken or a field read from XML or words differs.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pymupdf

from domain.countries import country
from domain.identifiers import compact
from domain.payment_codes import asks_for_money
from domain.payment_references import payment_reference, serial_of
from domain.sales import Address, InvoiceKind, Nature, Party, SalesInvoice, SalesLine
from domain.sales_vat import Role, SalesTreatment
from models.synthetic.identifiers import draw_qr_iban
from models.synthetic.parties import Company, draw_company
from models.understanding import read_files
from service.papers import Checker, Terms, invoice_pdf, invoice_xml
from service.papers.einvoice import vat_groups

THINGS = {
    "fr": (
        "Conseil",
        "Intervention sur site",
        "Câble réseau 10 m",
        "Licence annuelle",
        "Formation",
    ),
    "en": ("Consulting", "On-site visit", "Network cable 10 m", "Yearly licence", "Training"),
    "de": ("Beratung", "Einsatz vor Ort", "Netzwerkkabel 10 m", "Jahreslizenz", "Schulung"),
}
MEBIBYTE = 1024


def draw(random: Random, number: int) -> tuple[SalesInvoice, Terms]:
    home = random.choices(("FR", "CH", "BE"), (5, 3, 2))[0]
    where = country(home)
    seller = party(draw_company(random, home, language="fr"), random)
    there = random.choices((home, "DE", "US"), (7, 2, 1))[0]
    customer = party(draw_company(random, there), random)
    kind = random.choices(list(InvoiceKind), (8, 1, 1))[0]
    language = random.choice(("fr", "en", "de"))
    currency = "CHF" if home == "CH" else "EUR"
    usual = usable(random, list(where.sales_treatments.values()), home, there)
    lines = tuple(
        draw_line(random, random.choice(usual), language)
        for _ in range(random.choice((1, 1, 2, 3, 5, 8, 20, 60, 100)))
    )
    issued = date(2026, 1, 1) + timedelta(days=random.randrange(330))
    invoice = SalesInvoice(
        kind=kind,
        seller=seller,
        customer=customer,
        currency=currency,
        lines=lines,
        issued_on=issued,
        due_on=None if kind is InvoiceKind.CREDIT_NOTE else issued + timedelta(days=30),
        number=f"F2026-{number:05d}",
        title=random.choice(("", "Mission 2026")),
        language=language,
        order_reference=random.choice(("", f"BC-{number}")),
        payment_reference=payment_reference(
            home, seller.iban, f"F2026-{number:05d}", serial_of(1, 2026, number)
        ),
        corrects_number="F2025-00001" if kind is InvoiceKind.CREDIT_NOTE else "",
        corrects_date=date(2025, 12, 1) if kind is InvoiceKind.CREDIT_NOTE else None,
    )
    return invoice, Terms(where.sales_treatments, exemption="Exonération, article 261 du CGI")


def usable(
    random: Random, all_of: list[SalesTreatment], home: str, there: str
) -> list[SalesTreatment]:
    """What a company at home charges: at home its rates, with exempt sales among them or alone, or
    nothing; abroad one reason for all lines.
    """
    if there == home:
        chosen = random.choices(
            ({Role.TAXED}, {Role.TAXED, Role.EXEMPT}, {Role.EXEMPT}, {Role.FRANCHISE}),
            (12, 4, 2, 2),
        )[0]
        return [one for one in all_of if one.role in chosen and one.rate != Decimal("8.5")]
    abroad = {Role.EU_GOODS, Role.EU_SERVICES} if there == "DE" and home != "CH" else {Role.EXPORT}
    return [next(one for one in all_of if one.role in abroad)]


def party(company: Company, random: Random) -> Party:
    postcode, _, city = company.place.partition(" ")
    if not any(sign.isdigit() for sign in postcode):
        postcode, city = "10001", company.place
    vat_id = compact(company.vat_id or "")
    legal_id = company.siren or (vat_id.removeprefix("BE") if company.country == "BE" else "")
    iban = company.iban or ""
    if company.country == "CH":
        legal_id = vat_id[:12]
        iban = draw_qr_iban(random) if random.random() < 0.5 else iban
    return Party(
        name=company.name,
        address=Address(company.street, "", postcode, city, company.country),
        legal_id=legal_id,
        vat_id=vat_id[:12] if company.country == "CH" else vat_id,
        email=company.email,
        iban=compact(iban),
        bic=company.bic,
    )


def draw_line(random: Random, treatment: SalesTreatment, language: str) -> SalesLine:
    return SalesLine(
        text=random.choice(THINGS[language]),
        quantity=Decimal(random.choice(("1", "2", "3.5", "10", "0.25"))),
        unit_price=Decimal(random.randint(500, 90_000)).scaleb(-2),
        vat_rate=treatment.rate,
        treatment=treatment.key,
        unit=random.choice(("", "h", "kg")),
        discount_percent=Decimal(random.choice((0, 0, 0, 5, 10))),
        nature=random.choice(list(Nature)),
    )


def expected(invoice: SalesInvoice, terms: Terms) -> dict[str, Any]:
    """The fields a reader must find."""
    assert invoice.issued_on
    found: dict[str, Any] = {
        "supplier_name": invoice.seller.name,
        "supplier_vat_id": invoice.seller.vat_id,
        "invoice_number": invoice.number,
        "issue_date": invoice.issued_on.isoformat(),
        "currency": invoice.currency,
        "net_total": str(invoice.net_total),
        "vat_total": str(invoice.vat_total),
        "gross_total": str(invoice.gross_total),
        "lines": [(line.quantity, line.unit_price, str(line.net)) for line in invoice.lines],
    }
    if invoice.due_on:
        found["due_date"] = invoice.due_on.isoformat()
    if invoice.order_reference:
        found["order_number"] = invoice.order_reference
    if asks_for_money(invoice):
        found["iban"] = invoice.seller.iban
    found["vat"] = [
        (group.rate, str(group.base), str(group.amount)) for group in vat_groups(invoice, terms)
    ]
    found["proved"] = True
    return found


def found_in(file: dict[str, Any]) -> dict[str, Any]:
    if len(file["groups"]) != 1:
        return {}
    group = file["groups"][0]
    reading = group.get("reading") or group
    fields: dict[str, Any] = {name: one["value"] for name, one in reading["fields"].items()}
    fields["lines"] = [
        (number(one["quantity"]), number(one["unit_price"]), one["net_amount"])
        for one in reading["line_items"]
    ]
    fields["vat"] = [(number(v["rate"]), v["base"], v["amount"]) for v in reading["vat_lines"]]
    totals = ("net_total", "vat_total", "gross_total")
    states = [reading["fields"].get(name, {}).get("state") for name in totals]
    fields["proved"] = states == ["proved"] * 3
    return fields


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def as_picture(pdf: bytes) -> bytes:
    """The pages as pictures, as a scanner that saw them straight."""
    made = pymupdf.open()
    with pymupdf.open(stream=pdf) as document:
        for page in document:
            seen = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
            sheet = made.new_page(width=page.rect.width, height=page.rect.height)
            sheet.insert_image(sheet.rect, stream=seen.tobytes("png"))
    data: bytes = made.tobytes()
    return data


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    random = Random(args.seed)
    invoices = [draw(random, number) for number in range(1, args.invoices + 1)]
    invoice_pdf(*invoices[0])  # faces are unpacked once
    took: dict[str, list[float]] = {"write": [], "check": [], "draw": []}
    sizes, pages, broken = [], 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checker = Checker()
        checker.problems(invoice_xml(*invoices[0]), french=True)
        for place, (invoice, terms) in enumerate(invoices):
            begun = time.perf_counter()
            xml = invoice_xml(invoice, terms)
            written = time.perf_counter()
            problems = checker.problems(xml, french=invoice.seller.address.country == "FR")
            checked = time.perf_counter()
            pdf = invoice_pdf(invoice, terms, xml)
            done = time.perf_counter()
            took["write"].append(written - begun)
            took["check"].append(checked - written)
            took["draw"].append(done - checked)
            sizes.append(len(pdf))
            pages += len(pymupdf.open(stream=pdf))
            for problem in problems:
                print(f"✗ {invoice.number}: {problem[:160]}")
            broken += bool(problems)
            (folder / f"{place:04d}-xml.pdf").write_bytes(pdf)
            (folder / f"{place:04d}-words.pdf").write_bytes(invoice_pdf(invoice, terms))
            if place < args.pictures:
                (folder / f"{place:04d}-picture.pdf").write_bytes(as_picture(pdf))
        checker.close()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
        beside = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / MEBIBYTE
        print(f"| {len(invoices)} invoices, {pages} pages | median | slowest |")
        print("|---|---|---|")
        for what, seconds in took.items():
            print(f"| {what} | {_ms(statistics.median(seconds))} | {_ms(max(seconds))} |")
        print(f"| bytes | {statistics.median(sizes):,.0f} | {max(sizes):,} |")
        rate = len(invoices) / sum(map(sum, took.values()))
        print(
            f"\n{rate:.1f} invoices a second, all three; {memory:.0f} MiB and {beside:.0f} MiB for the "
            f"process of the rules; {broken} break a rule"
        )
        differ = _read_back(folder, invoices)
    return 1 if broken or differ else 0


def _read_back(folder: Path, invoices: list[tuple[SalesInvoice, Terms]]) -> int:
    """Prints what is read of each way; returns how many fields of XML and words differ."""
    differ = 0
    print("\n| read from | invoices | fields | right | whole invoices right |")
    print("|---|---|---|---|---|")
    for way in ("xml", "words", "picture"):
        files = sorted(folder.glob(f"*-{way}.pdf"))
        right = asked = whole = 0
        wrong: Counter[str] = Counter()
        for path, file in zip(files, read_files(files), strict=True):
            invoice, terms = invoices[int(path.name[:4])]
            found = found_in(file)
            wanted = expected(invoice, terms)
            missed = [name for name, value in wanted.items() if found.get(name) != value]
            for name in missed:
                if way != "picture":
                    print(f"✗ {way} {invoice.number} {invoice.language} {name}: "
                          f"{str(found.get(name))[:90]} ≠ {str(wanted[name])[:90]}")  # fmt: skip
            wrong.update(missed)
            asked += len(wanted)
            right += len(wanted) - len(missed)
            whole += not missed
        if files:
            print(f"| {way} | {len(files)} | {asked} | {right} | {whole} |")
        if wrong:
            print(f"\n{way}: {dict(wrong.most_common())}\n")
        if way != "picture":
            differ += asked - right
    return differ


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--invoices", type=int, default=200)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--seed", type=int, default=41)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
