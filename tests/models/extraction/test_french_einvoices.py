"""The French rules of e-invoices, one after the other: each broken alone, on an invoice that keeps all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from models.extraction.einvoice import read_einvoice
from models.extraction.einvoice.french import french_problems
from models.extraction.einvoice.reading import contradictions
from models.extraction.einvoice.values import Allowance, EInvoice, InvoiceLine, Party, Tax

SELLER = Party(
    "Durand SARL", country="FR", vat_id="FR44732829320", siren="732829320",
    siret="73282932000074", endpoint="732829320", endpoint_scheme="0225",
)  # fmt: skip
BUYER = Party(
    "Martin SAS", country="FR", siren="552081317", endpoint="552081317_ACHATS",
    endpoint_scheme="0225",
)  # fmt: skip
LINE = InvoiceLine("Bois", Decimal(2), "C62", Decimal(50), Decimal(20), Decimal("100.00"), "S")
GOOD = EInvoice(
    syntax="cii",
    profile="urn:cen.eu:en16931:2017",
    type_code="380",
    number="FA-2026/17",
    issue_date="2026-10-05",
    due_date="2026-11-05",
    currency="EUR",
    seller=SELLER,
    buyer=BUYER,
    gross_total=Decimal("120.00"),
    net_total=Decimal("100.00"),
    vat_total=Decimal("20.00"),
    line_total=Decimal("100.00"),
    amount_due=Decimal("120.00"),
    taxes=(Tax("S", Decimal(20), Decimal("100.00"), Decimal("20.00")),),
    lines=(LINE,),
    note_codes=("PMT", "PMD", "AAB"),
    frame="B1",
)
EXEMPT = Tax("E", Decimal(0), Decimal("100.00"), Decimal("0.00"))
RULES: list[tuple[str, dict[str, Any], str | None]] = [
    ("all is kept", {}, None),
    ("a space in the number", {"number": "FA 17"}, "einvoice_number"),
    ("a dot in the number", {"number": "FA.17"}, "einvoice_number"),
    ("36 signs", {"number": "F" * 36}, "einvoice_number"),
    ("an unknown type", {"type_code": "999"}, "einvoice_type"),
    ("a day of another century", {"due_date": "2126-11-05"}, "einvoice_date"),
    ("nothing about when to pay", {"due_date": ""}, "einvoice_due_missing"),
    ("terms instead of a day", {"due_date": "", "payment_terms": "30 jours"}, None),
    ("no recovery costs", {"note_codes": ("PMD", "AAB")}, "einvoice_note"),
    ("penalties twice", {"note_codes": ("PMT", "PMD", "PMD", "AAB")}, "einvoice_note"),
    ("no frame", {"frame": ""}, "einvoice_frame"),
    ("a frame there is not", {"frame": "M3"}, "einvoice_frame"),
    ("paid, and still due", {"frame": "B2"}, "einvoice_paid"),
    (
        "paid",
        {"frame": "B2", "paid": Decimal("120.00"), "amount_due": Decimal("0.00")},
        None,
    ),
    ("a deposit after the deposit", {"frame": "B4", "type_code": "386"}, "einvoice_deposit"),
    ("a seller's SIREN that cannot be", {
        "seller": replace(SELLER, siren="123456789", siret="", endpoint="123456789"),
    }, "einvoice_seller_siren"),
    ("no SIREN of the buyer", {"buyer": replace(BUYER, siren="")}, "einvoice_buyer_siren"),
    ("a foreign buyer", {"buyer": replace(BUYER, siren="", country="BE")}, None),
    ("no address", {"seller": replace(SELLER, endpoint="")}, "einvoice_address"),
    ("another scheme", {"buyer": replace(BUYER, endpoint_scheme="0088")}, "einvoice_address"),
    ("another's SIRET", {"seller": replace(SELLER, siret="55208131700013")}, "einvoice_siret"),
    ("a category there is not", {"taxes": (replace(EXEMPT, category="Q"),)},
     "einvoice_vat_category"),
    ("exempt, and nobody says why", {"taxes": (EXEMPT,)}, "einvoice_exemption"),
    ("exempt", {"taxes": (replace(EXEMPT, exemption_code="VATEX-FR-FRANCHISE"),)}, None),
    ("a rate there is not", {"taxes": (replace(GOOD.taxes[0], rate=Decimal(21)),)},
     "einvoice_vat_rate"),
    ("dollars", {"currency": "USD"}, "einvoice_vat_currency"),
    (
        "dollars, with the VAT in euros",
        {"currency": "USD", "tax_currency": "EUR", "tax_currency_vat": Decimal("18.50")},
        None,
    ),
    ("a credit note of nothing", {"type_code": "381"}, "einvoice_reference"),
    ("a credit note", {"type_code": "381", "preceding": (("FA-1", "2026-09-01"),)}, None),
    ("a correction of two", {
        "type_code": "384", "preceding": (("FA-1", "2026-09-01"), ("FA-2", "2026-09-02")),
    }, "einvoice_reference"),
    ("tenths of cents", {"net_total": Decimal("100.005")}, "einvoice_precision"),
    ("a negative price", {"lines": (replace(LINE, unit_price=Decimal(-50)),)}, "einvoice_price"),
    ("an unnamed attachment", {"attachments": ("photo",)}, "einvoice_attachment"),
    ("an attachment by its name", {"attachments": ("BON_LIVRAISON",)}, None),
    ("before the law", {"number": "FA 17", "issue_date": "2026-08-31"}, None),
    ("of another country", {
        "number": "FA 17", "seller": Party("Bakker", country="BE", vat_id="BE0403019261"),
    }, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"), [pytest.param(c, code, id=name) for name, c, code in RULES]
)
def test_each_french_rule(changes: dict[str, Any], code: str | None) -> None:
    found = [problem.code for problem in french_problems(replace(GOOD, **changes))]
    assert found == ([code] if code else [])


SUMS: list[tuple[str, dict[str, Any], str | None]] = [
    ("all closes", {}, None),
    (
        "lines and their total",
        {"line_total": Decimal(90), "net_total": Decimal(90)},
        "lines_differ",
    ),
    (
        "an allowance that is said",
        {
            "lines": (replace(LINE, net_amount=Decimal(110)),),
            "line_total": Decimal(110),
            "allowance_total": Decimal(10),
            "allowances": (Allowance(Decimal(-10), "S", Decimal(20)),),
        },
        None,
    ),
    (
        "an allowance of another rate",
        {
            "lines": (replace(LINE, net_amount=Decimal(110)),),
            "line_total": Decimal(110),
            "allowance_total": Decimal(10),
            "allowances": (Allowance(Decimal(-10), "S", Decimal(10)),),
        },
        "vat_base_differs",
    ),
    ("net and VAT", {"gross_total": Decimal(121), "amount_due": Decimal(121)}, "totals_differ"),
    ("VAT by rate", {"taxes": (replace(GOOD.taxes[0], amount=Decimal(25)),)}, "vat_differs"),
    ("what is due", {"amount_due": Decimal(60)}, "amount_due_differs"),
    ("what is due after a payment", {"amount_due": Decimal(60), "paid": Decimal(60)}, None),
]


@pytest.mark.parametrize(
    ("changes", "code"), [pytest.param(c, code, id=name) for name, c, code in SUMS]
)
def test_each_sum_of_the_norm(changes: dict[str, Any], code: str | None) -> None:
    found = {problem.code for problem in contradictions(replace(GOOD, **changes))}
    assert (code in found) if code else not found


def test_what_is_formal_is_told_and_leaves_the_amounts_proved() -> None:
    reading = replace(GOOD, number="FA 17").reading
    assert reading.fields["gross_total"].state == "proved"
    assert [(p.code, p.severity) for p in reading.problems] == [("einvoice_number", "info")]
    assert reading.is_proved()


CII = """<CrossIndustryInvoice><ExchangedDocumentContext>
<BusinessProcessSpecifiedDocumentContextParameter><ID>S1</ID></BusinessProcessSpecifiedDocumentContextParameter>
</ExchangedDocumentContext><ExchangedDocument><ID>AV-1</ID><TypeCode>381</TypeCode>
<IssueDateTime><DateTimeString>20261005</DateTimeString></IssueDateTime>
<IncludedNote><Content>40 euros</Content><SubjectCode>PMT</SubjectCode></IncludedNote></ExchangedDocument>
<SupplyChainTradeTransaction><ApplicableHeaderTradeAgreement><SellerTradeParty><Name>Durand</Name>
<URIUniversalCommunication><URIID schemeID="0225">732829320</URIID></URIUniversalCommunication></SellerTradeParty>
</ApplicableHeaderTradeAgreement><ApplicableHeaderTradeSettlement><TaxCurrencyCode>EUR</TaxCurrencyCode>
<InvoiceCurrencyCode>USD</InvoiceCurrencyCode>
<InvoiceReferencedDocument><IssuerAssignedID>FA-9</IssuerAssignedID>
<FormattedIssueDateTime><DateTimeString>20260901</DateTimeString></FormattedIssueDateTime></InvoiceReferencedDocument>
<SpecifiedTradeAllowanceCharge><ChargeIndicator><Indicator>false</Indicator></ChargeIndicator><ActualAmount>5</ActualAmount>
<CategoryTradeTax><CategoryCode>S</CategoryCode><RateApplicablePercent>20</RateApplicablePercent></CategoryTradeTax></SpecifiedTradeAllowanceCharge>
<SpecifiedTradeSettlementHeaderMonetarySummation><GrandTotalAmount>12</GrandTotalAmount>
<TaxTotalAmount currencyID="USD">2</TaxTotalAmount><TaxTotalAmount currencyID="EUR">1.80</TaxTotalAmount>
</SpecifiedTradeSettlementHeaderMonetarySummation></ApplicableHeaderTradeSettlement></SupplyChainTradeTransaction>
</CrossIndustryInvoice>"""
UBL = """<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2">
<ProfileID>S1</ProfileID><ID>AV-1</ID><IssueDate>2026-10-05</IssueDate><CreditNoteTypeCode>381</CreditNoteTypeCode>
<Note>#PMT#40 euros</Note><DocumentCurrencyCode>USD</DocumentCurrencyCode><TaxCurrencyCode>EUR</TaxCurrencyCode>
<BillingReference><InvoiceDocumentReference><ID>FA-9</ID><IssueDate>2026-09-01</IssueDate></InvoiceDocumentReference></BillingReference>
<AccountingSupplierParty><Party><EndpointID schemeID="0225">732829320</EndpointID><PartyName><Name>Durand</Name></PartyName></Party></AccountingSupplierParty>
<AllowanceCharge><ChargeIndicator>false</ChargeIndicator><Amount>5</Amount><TaxCategory><ID>S</ID><Percent>20</Percent></TaxCategory></AllowanceCharge>
<TaxTotal><TaxAmount currencyID="USD">2</TaxAmount></TaxTotal><TaxTotal><TaxAmount currencyID="EUR">1.80</TaxAmount></TaxTotal>
<LegalMonetaryTotal><TaxInclusiveAmount>12</TaxInclusiveAmount></LegalMonetaryTotal></CreditNote>"""


@pytest.mark.parametrize("xml", [CII, UBL], ids=["cii", "ubl"])
def test_both_syntaxes_say_what_the_rules_ask(xml: str) -> None:
    invoice = read_einvoice(xml.encode())
    assert (invoice.frame, invoice.notes, invoice.note_codes) == ("S1", ("40 euros",), ("PMT",))
    assert invoice.preceding == (("FA-9", "2026-09-01"),)
    assert (invoice.seller.endpoint, invoice.seller.endpoint_scheme) == ("732829320", "0225")
    assert (invoice.tax_currency, invoice.tax_currency_vat) == ("EUR", Decimal("1.80"))
    assert invoice.allowances == (Allowance(Decimal(-5), "S", Decimal(20)),)
