"""The paper of an invoice: a PDF/A-3 that says what the invoice says, to people and to machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pymupdf
import pytest
import zxingcpp
from lxml import etree

from domain.payment_codes import epc_payload, swiss_payload
from domain.sales import SalesInvoice
from models.understanding import read_files
from service.papers import Terms, invoice_pdf, invoice_xml
from service.papers.einvoice import vat_groups
from service.papers.wording import LANGUAGES, _all_words
from tests.service.sales_papers import DRAFT, FRENCH, LYON, ONE_PAGE, SHAPES, THREE_PAGES, line

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/schema#}"


def drawn(invoice: SalesInvoice, terms: Terms) -> bytes:
    return invoice_pdf(invoice, terms, invoice_xml(invoice, terms))


def texts(pdf: bytes) -> list[str]:
    with pymupdf.open(stream=pdf) as document:
        return [page.get_text() for page in document]


def codes(pdf: bytes) -> list[str]:
    """The QR codes of the last page, as a telephone sees it."""
    with pymupdf.open(stream=pdf) as document:
        seen = document[-1].get_pixmap(dpi=200)
    pixels = np.frombuffer(seen.samples, np.uint8).reshape(seen.height, seen.width, seen.n)
    return [code.text for code in zxingcpp.read_barcodes(pixels)]


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the product reads of each shape: with its XML inside, and from the page alone."""
    folder = tmp_path_factory.mktemp("papers")
    for name, (invoice, terms) in SHAPES.items():
        (folder / f"{name} xml.pdf").write_bytes(drawn(invoice, terms))
        (folder / f"{name} page.pdf").write_bytes(invoice_pdf(invoice, terms))
    files = read_files(sorted(folder.iterdir()))
    return {Path(file["name"]).stem: file for file in files}


@pytest.mark.parametrize("how", ["xml", "page"])
@pytest.mark.parametrize("shape", SHAPES)
def test_our_own_reader_reads_all_of_it(
    shape: str, how: str, readings: dict[str, dict[str, Any]]
) -> None:
    invoice, terms = SHAPES[shape]
    groups = readings[f"{shape} {how}"]["groups"]
    assert len(groups) == 1
    reading = groups[0].get("reading") or groups[0]
    assert [problem for problem in reading["problems"] if problem["severity"] != "info"] == []
    fields = {name: field["value"] for name, field in reading["fields"].items()}
    assert fields.items() >= expected(invoice).items()
    for name in ("net_total", "vat_total", "gross_total"):
        assert reading["fields"][name]["state"] == "proved"
    assert [(Decimal(v["rate"]), v["base"], v["amount"]) for v in reading["vat_lines"]] == [
        (group.rate, str(group.base), str(group.amount)) for group in vat_groups(invoice, terms)
    ]
    assert [
        (Decimal(item["quantity"]), Decimal(item["unit_price"]), item["net_amount"])
        for item in reading["line_items"]
    ] == [(row.quantity, row.unit_price, str(row.net)) for row in invoice.lines]


def expected(invoice: SalesInvoice) -> dict[str, str]:
    assert invoice.issued_on
    found = {
        "supplier_name": invoice.seller.name,
        "supplier_vat_id": invoice.seller.vat_id,
        "invoice_number": invoice.number,
        "issue_date": invoice.issued_on.isoformat(),
        "currency": invoice.currency,
        "net_total": str(invoice.net_total),
        "vat_total": str(invoice.vat_total),
        "gross_total": str(invoice.gross_total),
    }
    if invoice.due_on:
        found["due_date"] = invoice.due_on.isoformat()
        found["iban"] = invoice.seller.iban
    if invoice.order_reference:
        found["order_number"] = invoice.order_reference
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_the_file_is_what_pdf_a_and_factur_x_want(shape: str) -> None:
    invoice, terms = SHAPES[shape]
    xml = invoice_xml(invoice, terms)
    with pikepdf.open(BytesIO(invoice_pdf(invoice, terms, xml))) as pdf:
        root = pdf.Root
        packet = etree.fromstring(root.Metadata.read_bytes())
        said = {e.tag: e.text for e in packet.iter() if e.text and e.text.strip()}
        assert (said[f"{PDFA}part"], said[f"{PDFA}conformance"]) == ("3", "B")
        assert said[f"{FX}ConformanceLevel"] == "EN 16931"
        assert said[f"{FX}DocumentType"] == "INVOICE"
        assert said[f"{FX}DocumentFileName"] == "factur-x.xml"
        assert said[f"{FX}Version"] == "1.0"
        prefixes = [e.text for e in packet.iter(f"{EXTENSION}prefix")]
        assert "fx" in prefixes
        assert "/Filter" not in root.Metadata
        (intent,) = root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3
        (associated,) = root.AF
        assert associated.AFRelationship == "/Alternative"
        assert associated.UF == "factur-x.xml"
        embedded = associated.EF.F
        assert embedded.Subtype == "/text/xml"
        assert "/ModDate" in embedded.Params
        assert embedded.read_bytes() == xml
        names = root.Names.EmbeddedFiles.Names
        assert [str(name) for name in list(names)[::2]] == ["factur-x.xml"]
        assert "/ID" in pdf.trailer
        assert not pdf.is_encrypted
        for forbidden in ("/JavaScript", "/OpenAction", "/AA", "/AcroForm", "/XFA"):
            assert forbidden not in root
        fonts = list(faces(pdf))
        assert fonts
        assert all(any(key in font for key in ("/FontFile2", "/FontFile3")) for font in fonts)


def faces(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """The descriptors of all fonts, which carry the programs that draw them."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
            yield item


def test_the_same_invoice_gives_the_same_bytes() -> None:
    assert drawn(ONE_PAGE, FRENCH) == drawn(ONE_PAGE, FRENCH)


def test_long_invoices_carry_their_sum_from_page_to_page() -> None:
    pages = texts(invoice_pdf(THREE_PAGES, FRENCH))
    assert len(pages) == 3
    running, at = Decimal(0), iter(THREE_PAGES.lines)
    for number, page in enumerate(pages, 1):
        assert f"Page {number} / 3" in page
        assert THREE_PAGES.number in page
        if number > 1:
            assert figure(page, "Report") == running
        for _ in range(len(re.findall(r"Intervention \d+", page))):
            running += next(at).net
        if number < 3:
            assert figure(page, "À reporter") == running
    assert "À reporter" not in pages[-1]
    assert "Report" not in pages[0]
    assert running == THREE_PAGES.net_total


def figure(page: str, label: str) -> Decimal:
    found = re.search(rf"^{label}\s+([\d\s]+,\d\d)$", page, re.MULTILINE)
    assert found
    return Decimal(re.sub(r"\s", "", found[1]).replace(",", "."))


def test_a_draft_says_so_on_every_page_and_carries_no_einvoice() -> None:
    pdf = invoice_pdf(replace(DRAFT, lines=THREE_PAGES.lines), FRENCH)
    pages = texts(pdf)
    assert len(pages) == 3
    assert all("DRAFT" in page for page in pages)
    assert "This draft is not an invoice" in pages[0]
    assert LYON.iban[-3:] not in pages[-1]  # nobody pays a draft
    with pikepdf.open(BytesIO(pdf)) as file:
        assert "/AF" not in file.Root
    with pytest.raises(ValueError, match="draft"):
        invoice_pdf(DRAFT, FRENCH, b"<xml/>")


def test_what_the_law_wants_said_is_said() -> None:
    (page,) = texts(invoice_pdf(ONE_PAGE, replace(FRENCH, on_debits=True, more=("RC Pro n° 7",))))
    said = " ".join(page.split())
    for mention in (
        "SARL au capital de 10 000 €",
        "SIREN 732 829 320",
        "N° TVA FR44 732 829 320",
        "SIREN 552 100 554",
        "N° TVA FR27 552 100 554",
        "Votre commande BC-77",
        "livraison de biens et prestation de services",
        "trois fois le taux d'intérêt légal",
        "frais de recouvrement en cas de retard : 40 €",
        "Pas d'escompte",
        "Option pour le paiement de la taxe d'après les débits",
        "RC Pro n° 7",
        "Bâtiment B",
    ):
        assert mention in said
    (german,) = texts(invoice_pdf(*SHAPES["to_germany"]))
    assert "Steuerschuldnerschaft des Leistungsempfängers" in german
    (credit,) = texts(invoice_pdf(*SHAPES["credit_note"]))
    assert "F2026-0001 du 01/11/2026" in credit


HOSTILE = (
    '#read("/etc/passwd")',
    '*bold* _it_ $x^2$ `raw` = Heading @ref <label> \\ #eval("1")',
    ']] #import "@preview/x:0.1.0": * [[',
    "\x00\x07\u202egnp.exe \ud800 \U0001f642 漢字 \u200d",
    "A" * 3_000,
    "</script><b>&amp;{{7*7}}",
)


def test_no_text_is_ever_read_as_markup() -> None:
    invoice = replace(
        ONE_PAGE,
        lines=tuple(line(text, "1", "10", "20", "SALE_STD20", details=text) for text in HOSTILE),
        title=HOSTILE[0],
        introduction=HOSTILE[1],
        closing=HOSTILE[2],
        customer=replace(ONE_PAGE.customer, name=HOSTILE[1]),
        payment_terms=HOSTILE[5],
    )
    pdf = drawn(invoice, FRENCH)
    said = " ".join(" ".join(texts(pdf)).split())
    for text in (*HOSTILE[:3], HOSTILE[5]):
        assert text in said
    assert "root:" not in said
    assert said.count("A") > 6_000  # a long word is broken, not lost
    assert "\x00" not in said


def test_the_page_keeps_within_its_margins_whatever_is_written() -> None:
    invoice = replace(ONE_PAGE, lines=(line("W" * 900, "1", "10", "20", "SALE_STD20"),))
    with pymupdf.open(stream=invoice_pdf(invoice, FRENCH)) as document:
        for page in document:
            for word in page.get_text("words"):
                assert word[0] >= 50
                assert word[2] <= page.rect.width - 50


def test_the_codes_on_the_page_say_what_is_to_be_paid() -> None:
    invoice, terms = SHAPES["qr_bill"]
    assert codes(invoice_pdf(invoice, terms)) == [swiss_payload(invoice)]
    assert codes(invoice_pdf(ONE_PAGE, FRENCH)) == [epc_payload(ONE_PAGE)]


def test_the_payment_part_stands_at_the_foot_of_the_last_page() -> None:
    invoice, terms = SHAPES["qr_bill"]
    for count in (2, 14, 40):
        lines = tuple(line(f"Pose {n}", "1", "10", "8.1", "CH_SALE_81") for n in range(count))
        pdf = invoice_pdf(replace(invoice, lines=lines), terms)
        with pymupdf.open(stream=pdf) as document:
            pages = [page.get_text() for page in document]
            assert ["Section paiement" in page for page in pages] == [
                *[False] * (len(pages) - 1), True,
            ]  # fmt: skip
            (title,) = document[-1].search_for("Section paiement")
            slip = document[-1].rect.height - 105 / 25.4 * 72
            legal = document[-1].search_for("Menuiserie Exemple Sàrl")[1]
            assert slip - 30 < legal.y0 < slip - 10
            assert slip < title.y0 < slip + 30
            lines_end = [w[3] for w in document[-1].get_text("words") if w[4] == "Pose"]
            assert max(lines_end, default=0) < slip - 30


def test_every_word_has_all_languages() -> None:
    words = _all_words()
    for language in LANGUAGES:
        assert [key for key, text in words[language].items() if not text] == []
        for key, text in words[language].items():
            assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", words["fr"][key]), key
