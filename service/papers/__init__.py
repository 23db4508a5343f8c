"""The papers of a sale: the page people read and, inside it, the XML their software reads.

    invoice_xml(invoice, terms)          Factur-X, profile EN 16931, with what France adds
    invoice_pdf(invoice, terms, xml)     PDF/A-3b with the XML attached; a draft is marked and has none
    Checker().problems(xml)              what the official schema and schematron say of it

Plain functions over `domain.sales.SalesInvoice`: the same invoice gives the same bytes, nothing here
knows a table, a network or the clock. Words are data (`words.csv`), the page is `invoice.typ`;
everything an invoice says reaches it as data, never as markup.
"""

from __future__ import annotations

from service.papers.checking import Checker
from service.papers.drawing import invoice_pdf
from service.papers.einvoice import invoice_xml
from service.papers.terms import Terms

__all__ = ["Checker", "Terms", "invoice_pdf", "invoice_xml"]
