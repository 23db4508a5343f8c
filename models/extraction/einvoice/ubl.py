"""OASIS UBL 2: Invoice and CreditNote, as Peppol, XRechnung UBL and Chorus write them."""

from __future__ import annotations

import re
from decimal import Decimal

from lxml import etree

from models.extraction.einvoice.values import Allowance, EInvoice, InvoiceLine, Party, Tax
from models.extraction.einvoice.xml import (
    all_of,
    date,
    local,
    missing,
    number,
    number_of,
    one,
    text,
)

_CODED = re.compile(r"#([A-Z]{3})#")
"""What a note is about, as UBL writes it before its text."""


def read(root: etree._Element) -> EInvoice:
    sums = one(root, "LegalMonetaryTotal")
    due = number(sums, "PayableAmount")
    paid = number(sums, "PrepaidAmount")
    rounding = number(sums, "PayableRoundingAmount")
    gross = number(sums, "TaxInclusiveAmount")
    if gross is None and due is not None:
        gross = due + (paid or Decimal(0)) - (rounding or Decimal(0))
    if gross is None:
        raise missing("total including VAT")
    currency = text(root, "DocumentCurrencyCode", 3)
    notes = [v for n in all_of(root, "Note") if (v := (n.text or "").strip()[:2000])][:20]
    tax_currency = text(root, "TaxCurrencyCode", 3)
    is_credit = local(root) == "CreditNote"
    return EInvoice(
        syntax="ubl",
        profile=text(root, "CustomizationID", 200),
        type_code=text(root, "InvoiceTypeCode|CreditNoteTypeCode", 6)
        or ("381" if is_credit else "380"),
        number=text(root, "ID", 80),
        issue_date=date(text(root, "IssueDate", 30)),
        due_date=date(text(root, "DueDate", 30) or text(root, "PaymentMeans/PaymentDueDate", 30)),
        currency=currency,
        seller=_party(one(root, "AccountingSupplierParty/Party")),
        buyer=_party(one(root, "AccountingCustomerParty/Party")),
        gross_total=gross,
        net_total=number(sums, "TaxExclusiveAmount"),
        vat_total=_vat_total(root, currency),
        line_total=number(sums, "LineExtensionAmount"),
        allowance_total=number(sums, "AllowanceTotalAmount"),
        charge_total=number(sums, "ChargeTotalAmount"),
        paid=paid,
        rounding=rounding,
        amount_due=due,
        taxes=_taxes(root, currency),
        lines=tuple(_line(item) for item in all_of(root, "InvoiceLine|CreditNoteLine")),
        iban=text(root, "PaymentMeans/PayeeFinancialAccount/ID", 60),
        bic=text(root, "PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/ID", 20),
        payment_reference=text(root, "PaymentMeans/PaymentID", 140),
        order_number=text(root, "OrderReference/ID", 80),
        payment_terms=text(root, "PaymentTerms/Note"),
        notes=tuple(_CODED.sub("", note) for note in notes),
        note_codes=tuple(coded[1] for note in notes if (coded := _CODED.match(note))),
        frame=text(root, "ProfileID", 20),
        preceding=tuple(
            (text(referred, "ID", 80), date(text(referred, "IssueDate", 30)))
            for referred in all_of(root, "BillingReference/InvoiceDocumentReference")
        ),
        tax_currency=tax_currency,
        tax_currency_vat=next(
            (
                number_of(amount)
                for amount in all_of(root, "TaxTotal/TaxAmount")
                if tax_currency and amount.get("currencyID") == tax_currency
            ),
            None,
        ),
        allowances=tuple(
            one_of
            for given in all_of(root, "AllowanceCharge")
            if (one_of := _allowance(given)) is not None
        ),
        attachments=tuple(
            text(named, "DocumentDescription", 200)
            for named in all_of(root, "AdditionalDocumentReference")
            if one(named, "Attachment/EmbeddedDocumentBinaryObject") is not None
        ),
    )


def _allowance(given: etree._Element) -> Allowance | None:
    amount = number(given, "Amount")
    if amount is None:
        return None
    is_charge = text(given, "ChargeIndicator", 10).lower() == "true"
    return Allowance(
        amount if is_charge else -amount,
        text(given, "TaxCategory/ID", 4),
        number(given, "TaxCategory/Percent"),
    )


def _total_of(root: etree._Element, currency: str) -> etree._Element | None:
    totals = list(all_of(root, "TaxTotal"))
    for total in totals:
        amount = one(total, "TaxAmount")
        if amount is not None and amount.get("currencyID") == currency:
            return total
    return totals[0] if totals else None


def _vat_total(root: etree._Element, currency: str) -> Decimal | None:
    return number(_total_of(root, currency), "TaxAmount")


def _taxes(root: etree._Element, currency: str) -> tuple[Tax, ...]:
    return tuple(
        Tax(
            category=text(row, "TaxCategory/ID", 4),
            rate=number(row, "TaxCategory/Percent") or number(row, "Percent"),
            base=number(row, "TaxableAmount"),
            amount=number(row, "TaxAmount"),
            exemption=text(row, "TaxCategory/TaxExemptionReason"),
            exemption_code=text(row, "TaxCategory/TaxExemptionReasonCode", 40),
        )
        for row in all_of(_total_of(root, currency), "TaxSubtotal")
    )


def _line(item: etree._Element) -> InvoiceLine:
    quantity = one(item, "InvoicedQuantity|CreditedQuantity")
    return InvoiceLine(
        description=text(item, "Item/Name") or text(item, "Item/Description"),
        quantity=number_of(quantity),
        unit=(quantity.get("unitCode") or "")[:8] if quantity is not None else "",
        unit_price=number(item, "Price/PriceAmount"),
        vat_rate=number(item, "Item/ClassifiedTaxCategory/Percent"),
        net_amount=number(item, "LineExtensionAmount"),
        category=text(item, "Item/ClassifiedTaxCategory/ID", 4),
    )


def _party(party: etree._Element | None) -> Party:
    address = one(party, "PostalAddress")
    country = text(address, "Country/IdentificationCode", 2)
    town = f"{text(address, 'PostalZone', 20)} {text(address, 'CityName', 100)}".strip()
    vat_id = siren = siret = ""
    for scheme in all_of(party, "PartyTaxScheme"):
        if text(scheme, "TaxScheme/ID", 10) in ("VAT", ""):
            vat_id = vat_id or _compact(text(scheme, "CompanyID", 40))
    identifiers = [
        *all_of(party, "PartyLegalEntity/CompanyID"),
        *all_of(party, "PartyIdentification/ID"),
    ]
    for identifier in identifiers:
        value, scheme_id = _compact(identifier.text), identifier.get("schemeID")
        if re.fullmatch(r"\d{14}", value) and (scheme_id in ("0009", "0002") or country == "FR"):
            siret = siret or value
        elif re.fullmatch(r"\d{9}", value) and (scheme_id == "0002" or country == "FR"):
            siren = siren or value
    return Party(
        name=text(party, "PartyLegalEntity/RegistrationName", 200)
        or text(party, "PartyName/Name", 200),
        address=tuple(
            part
            for part in (
                text(address, "StreetName", 200),
                text(address, "AdditionalStreetName", 200),
                town,
                country,
            )
            if part
        ),
        country=country,
        vat_id=vat_id,
        siren=siren or siret[:9],
        siret=siret,
        endpoint=text(party, "EndpointID", 200),
        endpoint_scheme=next((e.get("schemeID") or "" for e in all_of(party, "EndpointID")), "")[
            :10
        ],
        email=text(party, "Contact/ElectronicMail", 200),
    )


def _compact(value: str | None) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", (value or "")[:40]).upper()
