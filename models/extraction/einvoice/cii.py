"""UN/CEFACT Cross Industry Invoice: Factur-X, ZUGFeRD 2, XRechnung CII, and ZUGFeRD 1.0.

ZUGFeRD 1.0 has the same tree under longer names; each path gives both.
"""

from __future__ import annotations

import re
from decimal import Decimal

from lxml import etree

from models.extraction.einvoice.values import Allowance, EInvoice, InvoiceLine, Party, Tax
from models.extraction.einvoice.xml import all_of, date, missing, number, number_of, one, text

_SUMMATION = (
    "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
)


def read(root: etree._Element, syntax: str) -> EInvoice:
    header = one(root, "ExchangedDocument|HeaderExchangedDocument")
    trade = one(root, "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction")
    agreement = one(trade, "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement")
    settlement = one(trade, "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement")
    sums = one(settlement, _SUMMATION)
    gross = number(sums, "GrandTotalAmount")
    if gross is None:
        raise missing("total including VAT")
    currency = text(settlement, "InvoiceCurrencyCode", 3)
    terms = one(settlement, "SpecifiedTradePaymentTerms")
    means = list(all_of(settlement, "SpecifiedTradeSettlementPaymentMeans"))
    account = "PayeePartyCreditorFinancialAccount"
    notes = list(all_of(header, "IncludedNote"))[:20]
    tax_currency = text(settlement, "TaxCurrencyCode", 3)
    context = one(root, "ExchangedDocumentContext|SpecifiedExchangedDocumentContext")
    return EInvoice(
        syntax="zugferd1" if syntax == "zugferd1" else "cii",
        profile=text(context, "GuidelineSpecifiedDocumentContextParameter/ID", 120),
        type_code=text(header, "TypeCode", 6),
        number=text(header, "ID", 80),
        issue_date=date(text(header, "IssueDateTime/DateTimeString|DateTime", 30)),
        due_date=date(text(terms, "DueDateDateTime/DateTimeString|DateTime", 30)),
        currency=currency,
        seller=_party(one(agreement, "SellerTradeParty")),
        buyer=_party(one(agreement, "BuyerTradeParty")),
        gross_total=gross,
        net_total=number(sums, "TaxBasisTotalAmount"),
        vat_total=_vat_total(sums, currency),
        line_total=number(sums, "LineTotalAmount"),
        allowance_total=number(sums, "AllowanceTotalAmount"),
        charge_total=number(sums, "ChargeTotalAmount"),
        paid=number(sums, "TotalPrepaidAmount"),
        rounding=number(sums, "RoundingAmount"),
        amount_due=number(sums, "DuePayableAmount"),
        taxes=tuple(_tax(t) for t in all_of(settlement, "ApplicableTradeTax")),
        lines=tuple(
            line
            for item in all_of(trade, "IncludedSupplyChainTradeLineItem")
            if (line := _line(item)) is not None
        ),
        iban=next((v for m in means if (v := text(m, f"{account}/IBANID", 60))), ""),
        bic=next(
            (
                v
                for m in means
                if (v := text(m, "PayeeSpecifiedCreditorFinancialInstitution/BICID", 20))
            ),
            "",
        ),
        payment_reference=text(settlement, "PaymentReference", 140),
        order_number=text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID|ID", 80),
        payment_terms=text(terms, "Description"),
        notes=tuple(v for n in notes if (v := text(n, "Content", 2000))),
        note_codes=tuple(v for n in notes if (v := text(n, "SubjectCode", 10))),
        frame=text(context, "BusinessProcessSpecifiedDocumentContextParameter/ID", 20),
        preceding=tuple(
            (
                text(referred, "IssuerAssignedID|ID", 80),
                date(text(referred, "FormattedIssueDateTime/DateTimeString|DateTime", 30)),
            )
            for referred in all_of(settlement, "InvoiceReferencedDocument")
        ),
        tax_currency=tax_currency,
        tax_currency_vat=next(
            (
                number_of(total)
                for total in all_of(sums, "TaxTotalAmount")
                if tax_currency and total.get("currencyID") == tax_currency
            ),
            None,
        ),
        allowances=tuple(
            one_of
            for given in all_of(settlement, "SpecifiedTradeAllowanceCharge")
            if (one_of := _allowance(given)) is not None
        ),
        attachments=tuple(
            text(named, "Name", 200)
            for named in all_of(agreement, "AdditionalReferencedDocument")
            if one(named, "AttachmentBinaryObject") is not None
        ),
    )


def _party(party: etree._Element | None) -> Party:
    address = one(party, "PostalTradeAddress")
    country = text(address, "CountryID", 2)
    town = f"{text(address, 'PostcodeCode', 20)} {text(address, 'CityName', 100)}".strip()
    lines = [text(address, f"Line{n}", 200) for n in ("One", "Two", "Three")]
    vat_id = siren = siret = ""
    for registration in all_of(party, "SpecifiedTaxRegistration/ID"):
        if registration.get("schemeID") == "VA":
            vat_id = _compact(registration.text)
    identifiers = [
        *all_of(party, "SpecifiedLegalOrganization/ID"),
        *all_of(party, "GlobalID"),
    ]
    for identifier in identifiers:
        value, scheme = _compact(identifier.text), identifier.get("schemeID")
        if re.fullmatch(r"\d{14}", value) and (scheme in ("0009", "0002") or country == "FR"):
            siret = siret or value
        elif re.fullmatch(r"\d{9}", value) and (scheme == "0002" or country == "FR"):
            siren = siren or value
    return Party(
        name=text(party, "Name", 200)
        or text(party, "SpecifiedLegalOrganization/TradingBusinessName", 200),
        address=tuple(part for part in (*lines, town, country) if part),
        country=country,
        vat_id=vat_id,
        siren=siren or siret[:9],
        siret=siret,
        endpoint=text(party, "URIUniversalCommunication/URIID", 200),
        endpoint_scheme=_scheme(one(party, "URIUniversalCommunication/URIID")),
        email=text(party, "DefinedTradeContact/EmailURIUniversalCommunication/URIID", 200),
    )


def _scheme(element: etree._Element | None) -> str:
    return (element.get("schemeID") or "")[:10] if element is not None else ""


def _allowance(given: etree._Element) -> Allowance | None:
    amount = number(given, "ActualAmount")
    if amount is None:
        return None
    is_charge = text(given, "ChargeIndicator/Indicator", 10).lower() == "true"
    return Allowance(
        amount if is_charge else -amount,
        text(given, "CategoryTradeTax/CategoryCode", 4),
        number(given, "CategoryTradeTax/RateApplicablePercent|ApplicablePercent"),
    )


def _compact(value: str | None) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", (value or "")[:40]).upper()


def _vat_total(sums: etree._Element | None, currency: str) -> Decimal | None:
    """BT-110, which stands beside the same tax in the accounting currency (BT-111)."""
    totals = list(all_of(sums, "TaxTotalAmount"))
    chosen = next((t for t in totals if t.get("currencyID") == currency), None)
    if chosen is None:
        chosen = totals[0] if totals else None
    return number_of(chosen)


def _tax(tax: etree._Element) -> Tax:
    return Tax(
        category=text(tax, "CategoryCode", 4),
        rate=number(tax, "RateApplicablePercent|ApplicablePercent"),
        base=number(tax, "BasisAmount"),
        amount=number(tax, "CalculatedAmount"),
        exemption=text(tax, "ExemptionReason"),
        exemption_code=text(tax, "ExemptionReasonCode", 40),
    )


def _line(item: etree._Element) -> InvoiceLine | None:
    """A line that counts; None for notes and for the headings of groups (EXTENDED)."""
    document = one(item, "AssociatedDocumentLineDocument")
    if text(document, "LineStatusReasonCode", 20) in ("GROUP", "INFORMATION"):
        return None
    agreement = one(item, "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement")
    delivery = one(item, "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery")
    settlement = one(item, "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement")
    summation = (
        "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
    )
    net = number(settlement, f"{summation}/LineTotalAmount")
    name = text(item, "SpecifiedTradeProduct/Name") or text(document, "IncludedNote/Content")
    quantity = one(delivery, "BilledQuantity")
    if net is None and quantity is None:
        return None
    return InvoiceLine(
        description=name,
        quantity=number_of(quantity),
        unit=(quantity.get("unitCode") or "")[:8] if quantity is not None else "",
        unit_price=number(agreement, "NetPriceProductTradePrice/ChargeAmount"),
        vat_rate=number(settlement, "ApplicableTradeTax/RateApplicablePercent|ApplicablePercent"),
        net_amount=net,
        category=text(settlement, "ApplicableTradeTax/CategoryCode", 4),
    )
