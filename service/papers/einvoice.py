"""The e-invoice of a sale: UN/CEFACT Cross Industry Invoice in the profile EN 16931 of Factur-X.

One function from a finalised `SalesInvoice` to XML, in the order the schema wants. What France adds
(BR-FR: notes, frame, SIREN, electronic addresses) is written for French sellers. Whether the result
keeps all the rules is asked of the official schema and schematron in `service.papers.checking`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from domain.identifiers import compact
from domain.money import ZERO, cents
from domain.sales import InvoiceKind, Party, SalesInvoice, SalesLine
from service.papers.terms import Terms, natures, notes
from service.papers.units import unit_code
from service.papers.wording import Wording, written

PROFILE = "urn:cen.eu:en16931:2017"
_UN = "urn:un:unece:uncefact:data:standard:"
_SPACES = {
    "rsm": f"{_UN}CrossIndustryInvoice:100",
    "ram": f"{_UN}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UN}UnqualifiedDataType:100",
    "qdt": f"{_UN}QualifiedDataType:100",
}
_REGISTERS = {"FR": "0002", "BE": "0208", "CH": "0183"}
"""ISO 6523: which register a legal id is of (BT-30, BT-47)."""
_ADDRESSES = {"FR": "0225", "BE": "0208"}
"""The scheme of the electronic address a company of the country has by law."""
_SEPA, _TRANSFER = "58", "30"
_BY_INVOICE_DATE = "5"
_OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class VatGroup:
    """What EN 16931 sums up together: one category and rate (BG-23)."""

    category: str
    rate: Decimal
    base: Decimal
    amount: Decimal
    reason: str
    code: str


def invoice_xml(invoice: SalesInvoice, terms: Terms) -> bytes:
    """The e-invoice; ValueError for a draft, which is not an invoice yet."""
    if not invoice.number or invoice.issued_on is None:
        raise ValueError("only a finalised invoice is written as e-invoice")
    root = etree.Element(f"{{{_SPACES['rsm']}}}CrossIndustryInvoice", nsmap=dict(_SPACES))
    _context(root, invoice)
    _document(root, invoice, terms)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    outside = _is_outside(invoice, terms)
    for place, line in enumerate(invoice.lines, 1):
        _line(trade, place, line, _category(line.treatment, terms, outside))
    _agreement(trade, invoice, outside)
    _delivery(trade, invoice, terms)
    _settlement(trade, invoice, terms)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def vat_groups(invoice: SalesInvoice, terms: Terms) -> tuple[VatGroup, ...]:
    outside = _is_outside(invoice, terms)
    sums: dict[tuple[str, Decimal], list[tuple[Decimal, Decimal, str, str]]] = defaultdict(list)
    for part in invoice.vat:
        treatment = terms.treatments[part.treatment]
        category = _category(part.treatment, terms, outside)
        reason = treatment.mention(invoice.language, terms.exemption)
        if category not in ("S", "Z") and not reason:
            reason = treatment.label(invoice.language)
        code = treatment.vatex if category == treatment.category else ""
        sums[category, part.rate].append((part.base, part.amount, reason, code))
    return tuple(
        VatGroup(
            category,
            rate,
            sum((base for base, *_ in parts), ZERO),
            sum((amount for _, amount, *_ in parts), ZERO),
            " ; ".join(dict.fromkeys(reason for *_, reason, _ in parts if reason)),
            codes.pop() if len(codes := {code for *_, code in parts}) == 1 else "",
        )
        for (category, rate), parts in sums.items()
    )


def _is_outside(invoice: SalesInvoice, terms: Terms) -> bool:
    """Whether all of it is outside the scope of VAT: category O stands alone (BR-O-11 to -14)."""
    return all(terms.treatments[line.treatment].category == _OUTSIDE for line in invoice.lines)


def _category(treatment: str, terms: Terms, outside: bool) -> str:
    category = terms.treatments[treatment].category
    return "E" if category == _OUTSIDE and not outside else category


def _context(root: etree._Element, invoice: SalesInvoice) -> None:
    context = _add(root, "rsm:ExchangedDocumentContext")
    if invoice.seller.address.country == "FR":
        frame = {"goods": "B", "services": "S", "mixed": "M"}[natures(invoice)]
        after = "4" if invoice.deposits and invoice.kind is InvoiceKind.INVOICE else "1"
        process = "ram:BusinessProcessSpecifiedDocumentContextParameter"
        _add(_add(context, process), "ram:ID", frame + after)
    _add(_add(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", PROFILE)


def _document(root: etree._Element, invoice: SalesInvoice, terms: Terms) -> None:
    document = _add(root, "rsm:ExchangedDocument")
    _add(document, "ram:ID", invoice.number)
    _add(document, "ram:TypeCode", invoice.kind.code)
    _day(_add(document, "ram:IssueDateTime"), invoice.issued_on)
    say = Wording(invoice.language, invoice.seller.address.country)
    texts = [("", text) for text in (invoice.title, invoice.introduction, invoice.closing)]
    texts += [(note.code, note.text) for note in notes(invoice, terms)]
    texts += [
        ("", say("deposit_deducted", number=number, day=say.day(day)))
        for number, day, _gross in invoice.deposits
    ]
    for code, text in texts:
        if written(text):
            note = _add(document, "ram:IncludedNote")
            _add(note, "ram:Content", text)
            _add(note, "ram:SubjectCode", code)


def _line(trade: etree._Element, place: int, line: SalesLine, category: str) -> None:
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(_add(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(place))
    product = _add(item, "ram:SpecifiedTradeProduct")
    _add(product, "ram:Name", " ".join(line.text.split()))
    _add(product, "ram:Description", line.details)
    agreement = _add(item, "ram:SpecifiedLineTradeAgreement")
    price = _add(agreement, "ram:NetPriceProductTradePrice")
    _add(price, "ram:ChargeAmount", _plain(line.unit_price))
    delivery = _add(item, "ram:SpecifiedLineTradeDelivery")
    _add(delivery, "ram:BilledQuantity", _plain(line.quantity), unitCode=unit_code(line.unit))
    settlement = _add(item, "ram:SpecifiedLineTradeSettlement")
    _tax_kind(_add(settlement, "ram:ApplicableTradeTax"), category, line.vat_rate)
    if line.served_on:
        period = _add(settlement, "ram:BillingSpecifiedPeriod")
        _day(_add(period, "ram:StartDateTime"), line.served_on)
        _day(_add(period, "ram:EndDateTime"), line.served_on)
    full = cents(line.quantity * line.unit_price)
    if full != line.net:
        allowance = _add(settlement, "ram:SpecifiedTradeAllowanceCharge")
        _add(_add(allowance, "ram:ChargeIndicator"), "udt:Indicator", "false")
        _add(allowance, "ram:CalculationPercent", _plain(line.discount_percent))
        _add(allowance, "ram:BasisAmount", str(full))
        _add(allowance, "ram:ActualAmount", str(full - line.net))
        _add(allowance, "ram:ReasonCode", "95")  # discount
    sums = _add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _add(sums, "ram:LineTotalAmount", str(line.net))


def _agreement(trade: etree._Element, invoice: SalesInvoice, outside: bool) -> None:
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    seller = _add(agreement, "ram:SellerTradeParty")
    _party(seller, invoice.seller, outside, is_seller=True)
    _party(_add(agreement, "ram:BuyerTradeParty"), invoice.customer, outside)
    if invoice.order_reference:
        order = _add(agreement, "ram:BuyerOrderReferencedDocument")
        _add(order, "ram:IssuerAssignedID", invoice.order_reference)


def _party(
    element: etree._Element, party: Party, outside: bool, *, is_seller: bool = False
) -> None:
    country = party.address.country
    legal_id = compact(party.legal_id)
    _add(element, "ram:Name", party.name)
    if is_seller:
        _add(element, "ram:Description", party.legal_form)
    if legal_id:
        register = _REGISTERS.get(country)
        organisation = _add(element, "ram:SpecifiedLegalOrganization")
        _add(organisation, "ram:ID", legal_id, **({"schemeID": register} if register else {}))
    if is_seller and party.email:
        contact = _add(element, "ram:DefinedTradeContact")
        _add(contact, "ram:PersonName", party.name)
        _add(_add(contact, "ram:EmailURIUniversalCommunication"), "ram:URIID", party.email)
    _address(element, party)
    scheme, value = electronic_address(party)
    if value:
        address = _add(element, "ram:URIUniversalCommunication")
        _add(address, "ram:URIID", value, schemeID=scheme)
    if party.vat_id and not outside:
        registration = _add(element, "ram:SpecifiedTaxRegistration")
        _add(registration, "ram:ID", _vat_id(party), schemeID="VA")
    elif is_seller and legal_id and not party.vat_id:
        registration = _add(element, "ram:SpecifiedTaxRegistration")
        _add(registration, "ram:ID", legal_id, schemeID="FC")


def _vat_id(party: Party) -> str:
    """As it is compared: a Swiss one without the word behind it."""
    text = compact(party.vat_id)
    return text[:12] if text.startswith("CHE") else text


def electronic_address(party: Party) -> tuple[str, str]:
    """Scheme and value of where e-invoices reach `party`: its own, or what its country gives it."""
    scheme, colon, value = party.electronic_address.partition(":")
    if colon and scheme and value:
        return scheme, value
    legal_id = compact(party.legal_id)
    if legal_id and party.address.country in _ADDRESSES:
        return _ADDRESSES[party.address.country], legal_id
    return ("EM", party.email) if party.email else ("", "")


def _address(element: etree._Element, party: Party) -> None:
    address = _add(element, "ram:PostalTradeAddress")
    _add(address, "ram:PostcodeCode", party.address.postcode)
    _add(address, "ram:LineOne", party.address.street)
    _add(address, "ram:LineTwo", party.address.more)
    _add(address, "ram:CityName", party.address.city)
    _add(address, "ram:CountryID", party.address.country)


def _delivery(trade: etree._Element, invoice: SalesInvoice, terms: Terms) -> None:
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    to_union = any(terms.treatments[line.treatment].category == "K" for line in invoice.lines)
    if to_union:  # an intra-Community supply says where it went (BR-IC-12)
        there = _add(delivery, "ram:ShipToTradeParty")
        _add(there, "ram:Name", invoice.customer.name)
        _address(there, invoice.customer)
    last = max(served_on(invoice), default=invoice.issued_on if to_union else None)
    if last:
        event = _add(delivery, "ram:ActualDeliverySupplyChainEvent")
        _day(_add(event, "ram:OccurrenceDateTime"), last)


def served_on(invoice: SalesInvoice) -> tuple[date, ...]:
    return tuple(sorted({line.served_on for line in invoice.lines if line.served_on}))


def _settlement(trade: etree._Element, invoice: SalesInvoice, terms: Terms) -> None:
    settlement = _add(trade, "ram:ApplicableHeaderTradeSettlement")
    in_books = terms.vat_in_books(invoice)
    _add(settlement, "ram:PaymentReference", invoice.payment_reference or invoice.number)
    if in_books:
        _add(settlement, "ram:TaxCurrencyCode", in_books[0])
    _add(settlement, "ram:InvoiceCurrencyCode", invoice.currency)
    if invoice.seller.iban and invoice.kind is not InvoiceKind.CREDIT_NOTE:
        means = _add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
        _add(means, "ram:TypeCode", _SEPA if invoice.currency == "EUR" else _TRANSFER)
        account = _add(means, "ram:PayeePartyCreditorFinancialAccount")
        _add(account, "ram:IBANID", compact(invoice.seller.iban))
        if invoice.seller.bic:
            bank = _add(means, "ram:PayeeSpecifiedCreditorFinancialInstitution")
            _add(bank, "ram:BICID", compact(invoice.seller.bic))
    for group in vat_groups(invoice, terms):
        tax = _add(settlement, "ram:ApplicableTradeTax")
        _add(tax, "ram:CalculatedAmount", str(group.amount))
        _add(tax, "ram:TypeCode", "VAT")
        _add(tax, "ram:ExemptionReason", group.reason)
        _add(tax, "ram:BasisAmount", str(group.base))
        _add(tax, "ram:CategoryCode", group.category)
        _add(tax, "ram:ExemptionReasonCode", group.code)
        if terms.on_debits and group.category == "S":
            _add(tax, "ram:DueDateTypeCode", _BY_INVOICE_DATE)
        if group.category != _OUTSIDE:
            _add(tax, "ram:RateApplicablePercent", _plain(group.rate))
    days = served_on(invoice)
    if days:
        period = _add(settlement, "ram:BillingSpecifiedPeriod")
        _day(_add(period, "ram:StartDateTime"), days[0])
        _day(_add(period, "ram:EndDateTime"), days[-1])
    due = _add(settlement, "ram:SpecifiedTradePaymentTerms")
    say = Wording(invoice.language, invoice.seller.address.country)
    on_receipt = "" if invoice.due_on else say("on_receipt")
    _add(due, "ram:Description", invoice.payment_terms or on_receipt)
    if invoice.due_on:
        _day(_add(due, "ram:DueDateDateTime"), invoice.due_on)
    sums = _add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "ram:LineTotalAmount", str(invoice.net_total))
    _add(sums, "ram:TaxBasisTotalAmount", str(invoice.net_total))
    _add(sums, "ram:TaxTotalAmount", str(invoice.vat_total), currencyID=invoice.currency)
    if in_books:
        _add(sums, "ram:TaxTotalAmount", str(in_books[1]), currencyID=in_books[0])
    _add(sums, "ram:GrandTotalAmount", str(invoice.gross_total))
    _add(sums, "ram:DuePayableAmount", str(invoice.gross_total))
    for number, day in _preceding(invoice):
        named = _add(settlement, "ram:InvoiceReferencedDocument")
        _add(named, "ram:IssuerAssignedID", number)
        if day:
            _day(_add(named, "ram:FormattedIssueDateTime"), day, "qdt")


def _preceding(invoice: SalesInvoice) -> Iterator[tuple[str, date | None]]:
    """The invoices this one is about: what a credit note corrects, deposits it deducts (BG-3)."""
    if invoice.corrects_number:
        yield invoice.corrects_number, invoice.corrects_date
    for number, day, _gross in invoice.deposits:
        yield number, day


def _tax_kind(tax: etree._Element, category: str, rate: Decimal) -> None:
    _add(tax, "ram:TypeCode", "VAT")
    _add(tax, "ram:CategoryCode", category)
    if category != _OUTSIDE:
        _add(tax, "ram:RateApplicablePercent", _plain(rate))


def _day(parent: etree._Element, day: date | None, space: str = "udt") -> None:
    if day is not None:
        _add(parent, f"{space}:DateTimeString", f"{day:%Y%m%d}", format="102")


def _plain(number: Decimal) -> str:
    """Without useless zeros and never with an exponent."""
    text = format(number.normalize(), "f")
    return "0" if text in ("-0", "") else text


def _add(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    """A child of `parent`; one that is to say something is left out when it says nothing."""
    space, _, tag = name.partition(":")
    element = etree.Element(f"{{{_SPACES[space]}}}{tag}", attributes)
    if text is not None:
        element.text = written(text)
        if not element.text:
            return element
    parent.append(element)
    return element
