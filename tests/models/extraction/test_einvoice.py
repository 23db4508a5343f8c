from __future__ import annotations

import re
import socket
import threading
from decimal import Decimal

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import Category
from domain.errors import Refused
from models.extraction.einvoice import read_einvoice
from models.rendition import draw

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>FA-2026-7</ram:ID><ram:TypeCode>380</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20260815</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem>
<ram:SpecifiedTradeProduct><ram:Name>Menuiserie</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>50.00</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">2</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:RateApplicablePercent>20</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>100.00</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
<ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>Durand SARL</ram:Name>
<ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">732829320</ram:ID></ram:SpecifiedLegalOrganization>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR44732829320</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Martin SAS</ram:Name></ram:BuyerTradeParty>
</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>FR76 3000 6000 0112 3456 7890 189</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
<ram:ApplicableTradeTax><ram:CalculatedAmount>20.00</ram:CalculatedAmount><ram:CategoryCode>S</ram:CategoryCode>
<ram:BasisAmount>100.00</ram:BasisAmount><ram:RateApplicablePercent>20.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">20260914</udt:DateTimeString></ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>100.00</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">20.00</ram:TaxTotalAmount>
<ram:GrandTotalAmount>120.00</ram:GrandTotalAmount><ram:DuePayableAmount>120.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""

UBL_CREDIT = """<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>AV-3</cbc:ID><cbc:IssueDate>2026-02-01</cbc:IssueDate><cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Bakker</cbc:Name></cac:PartyName>
<cac:PartyTaxScheme><cbc:CompanyID>BE0403019261</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Bakker NV</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">-2.10</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount>-10.00</cbc:TaxableAmount>
<cbc:TaxAmount>-2.10</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount>-10.00</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount>-10.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount>-12.10</cbc:TaxInclusiveAmount><cbc:PayableAmount>-12.10</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:CreditNoteLine><cbc:ID>1</cbc:ID><cbc:CreditedQuantity unitCode="C62">1</cbc:CreditedQuantity>
<cbc:LineExtensionAmount>-10.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Retour</cbc:Name></cac:Item></cac:CreditNoteLine></CreditNote>"""


def test_a_factur_x_is_read_and_proved() -> None:
    invoice = read_einvoice(CII.encode())
    reading = invoice.reading
    assert {k: f.value for k, f in reading.fields.items()} == {
        "supplier_name": "Durand SARL",
        "supplier_vat_id": "FR44732829320",
        "supplier_siren": "732829320",
        "customer_name": "Martin SAS",
        "invoice_number": "FA-2026-7",
        "issue_date": "2026-08-15",
        "due_date": "2026-09-14",
        "currency": "EUR",
        "iban": "FR7630006000011234567890189",
        "net_total": "100.00",
        "vat_total": "20.00",
        "gross_total": "120.00",
    }
    assert reading.fields["gross_total"].state == "proved"
    assert {f.source for f in reading.fields.values()} == {"xml"}
    assert reading.line_items[0].net_amount == "100.00"
    assert reading.problems == ()


def test_a_negative_credit_note_is_given_without_its_sign() -> None:
    invoice = read_einvoice(UBL_CREDIT.encode())
    assert invoice.category is Category.CREDIT_NOTE
    reading = invoice.reading
    assert (reading.value("gross_total"), reading.value("vat_total")) == ("12.10", "2.10")
    assert reading.vat_lines[0].amount == "2.10"
    assert reading.line_items[0].net_amount == "10.00"
    assert reading.value("supplier_name") == "Bakker NV"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("GrandTotalAmount>120.00", "GrandTotalAmount>130.00", "totals_differ"),
        ("CalculatedAmount>20.00", "CalculatedAmount>10.00", "vat_differs"),
        ("TaxBasisTotalAmount>100.00", "TaxBasisTotalAmount>90.00", "totals_differ"),
        ("DuePayableAmount>120.00", "DuePayableAmount>50.00", "amount_due_differs"),
    ],
)
def test_sums_that_do_not_close_are_problems_and_prove_nothing(
    before: str, after: str, code: str
) -> None:
    reading = read_einvoice(CII.replace(before, after).encode()).reading
    assert code in {p.code for p in reading.problems}
    assert reading.fields["gross_total"].state != "proved"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "xml_malformed"),
        (b"<a>", "xml_malformed"),
        (b"not xml at all", "xml_malformed"),
        (b"<html/>", "xml_not_an_invoice"),
        (b"<Invoice/>", "xml_not_an_invoice"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "xml_doctype"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "xml_doctype"),
        (CII.replace("120.00", "1e308").encode(), "xml_not_a_number"),
        (CII.replace("120.00", "NaN").encode(), "xml_not_a_number"),
        (CII.replace("120.00", "9" * 400).encode(), "xml_not_a_number"),
        (CII.replace("<ram:ID>FA-2026-7</ram:ID>", "").encode(), "xml_incomplete"),
        (CII.replace("20260815", "20261341").encode(), "xml_incomplete"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "xml_malformed"),
        (b"<a>" + b" " * (11 * 1024 * 1024) + b"</a>", "xml_too_large"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_reason(xml: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_einvoice(xml)
    assert refusal.value.code == code
    assert refusal.value.message


def test_no_entity_of_an_xml_file_reaches_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        seen = threading.Event()

        def listen() -> None:
            try:
                listener.accept()
            except TimeoutError:
                return
            seen.set()

        thread = threading.Thread(target=listen)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        for xml in (
            f'<!DOCTYPE a SYSTEM "{address}"><a/>',
            f'<!DOCTYPE a [<!ENTITY e SYSTEM "{address}">]><a>&e;</a>',
        ):
            with pytest.raises(Refused):
                read_einvoice(xml.encode())
        thread.join()
        assert not seen.is_set()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_einvoice(data)


@given(st.decimals(min_value=0, max_value=99_999, places=2))
def test_a_proved_einvoice_satisfies_its_arithmetic(vat: Decimal) -> None:
    reading = read_einvoice(
        re.sub(r"(TaxTotalAmount currencyID=\"EUR\">)20.00", rf"\g<1>{vat}", CII).encode()
    ).reading
    if reading.fields["gross_total"].state == "proved":
        amounts = [
            Decimal(reading.fields[f].value) for f in ("net_total", "vat_total", "gross_total")
        ]
        assert abs(amounts[0] + amounts[1] - amounts[2]) <= Decimal("0.02")


def test_an_xml_invoice_can_be_seen() -> None:
    with pymupdf.open(stream=draw(read_einvoice(CII.encode()))) as document:
        text = " ".join(page.get_text() for page in document)
    for value in (
        "FA-2026-7",
        "Durand SARL",
        "2026-08-15",
        "120.00 EUR",
        "FR7630006000011234567890189",
    ):
        assert value in text


def test_a_long_invoice_is_drawn_on_several_pages_with_nothing_lost() -> None:
    start = CII.index("<ram:IncludedSupplyChainTradeLineItem>")
    end = CII.index("<ram:ApplicableHeaderTradeAgreement>")
    items = "".join(CII[start:end].replace("Menuiserie", f"Article{n}é") for n in range(120))
    with pymupdf.open(
        stream=draw(read_einvoice((CII[:start] + items + CII[end:]).encode()))
    ) as document:
        text = " ".join(page.get_text() for page in document)
        assert len(document) >= 3
    assert all(f"Article{n}é" in text for n in range(120))
