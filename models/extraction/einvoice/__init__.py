"""Electronic invoices: what the XML says, read before anything is guessed from a picture.

`read_einvoice` takes the bytes of an XML file or of an attachment of a PDF and refuses, with a
reason, what it cannot trust. Finding the attachment is `models.opening`'s work; drawing an invoice
that has no picture is `models.rendition`'s.
"""

from __future__ import annotations

from domain.errors import Invalid
from models.extraction.einvoice import cii, ubl
from models.extraction.einvoice.values import EInvoice, InvoiceLine, Party, Tax
from models.extraction.einvoice.xml import local, missing, parse

__all__ = ["EInvoice", "InvoiceLine", "Party", "Tax", "read_einvoice"]


def read_einvoice(xml: bytes) -> EInvoice:
    """The invoice in `xml`; Invalid or TooLarge, with code and advice, when there is none."""
    root = parse(xml)
    name = local(root)
    if name == "CrossIndustryInvoice":
        invoice = cii.read(root, "cii")
    elif name == "CrossIndustryDocument":
        invoice = cii.read(root, "zugferd1")
    elif name in ("Invoice", "CreditNote") and "oasis" in str(root.tag):
        invoice = ubl.read(root)
    else:
        raise Invalid(
            f"The XML file is not an invoice we know (root element '{name[:60]}').",
            code="xml_not_an_invoice",
            advice="Send a Factur-X, ZUGFeRD, CII or UBL invoice, or the PDF of the invoice.",
        )
    if not invoice.number:
        raise missing("number")
    if not invoice.issue_date:
        raise missing("date")
    return invoice
