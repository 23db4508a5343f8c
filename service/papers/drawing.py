"""Draws the PDF of an invoice with typst: PDF/A-3b, its e-invoice attached, its metadata Factur-X's.

typst writes the standard itself: fonts, output intent, the associated file. It has no way to say
what Factur-X wants in the XMP metadata, so that one object is written anew in an appended section,
as PDF lets one do. The same invoice always gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import typst

from domain.sales import SalesInvoice
from service.papers.faces import fonts
from service.papers.page import drawn_on, page_of
from service.papers.terms import Terms

ATTACHMENT = "factur-x.xml"
_TEMPLATE = Path(__file__).with_name("invoice.typ")
_lock = threading.Lock()
_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_SAID = {
    "DocumentType": ("INVOICE", "The type of the hybrid document"),
    "DocumentFileName": (ATTACHMENT, "The name of the embedded XML document"),
    "Version": ("1.0", "The version of the standard of the embedded XML document"),
    "ConformanceLevel": ("EN 16931", "The conformance level of the embedded XML document"),
}


def invoice_pdf(invoice: SalesInvoice, terms: Terms, xml: bytes | None = None) -> bytes:
    """The PDF of `invoice` with `xml` inside; ValueError for a draft that is to carry one.

    A draft is marked as such on every page.
    """
    if xml is not None and not invoice.number:
        raise ValueError("a draft carries no e-invoice")
    inputs = {"data": json.dumps(page_of(invoice, terms), ensure_ascii=False)}
    if xml is not None:
        inputs["xml"] = xml.decode("utf-8")
    day = drawn_on(invoice)
    with _lock:
        drawn = _compiler().compile(
            _TEMPLATE,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards="a-3b",
            timestamp=dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC),
        )
    if not isinstance(drawn, bytes):
        raise TypeError("typst draws one file")
    return drawn if xml is None else with_metadata(drawn)


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(_TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts())


def with_metadata(pdf: bytes) -> bytes:
    """`pdf` as typst writes it, with the XMP of Factur-X in a section appended to it."""
    root = _only(re.compile(rb"/Root (\d+) 0 R"), pdf)
    catalogue = _only(re.compile(rb"\n%s 0 obj\n(.*?)\nendobj" % root, re.DOTALL), pdf)
    number = int(_only(re.compile(rb"/Metadata (\d+) 0 R"), catalogue))
    old = re.compile(rb"\n%d 0 obj\n.*?stream\n(.*?)\nendstream" % number, re.DOTALL)
    packet = _factur_x(_only(old, pdf).decode("utf-8")).encode()
    trailer = _only(re.compile(rb"trailer\n<<(.*?)>>\nstartxref", re.DOTALL), pdf)
    before = _only(re.compile(rb"startxref\n(\d+)\n%%EOF"), pdf)
    made = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n")
    place = len(made)
    made += b"%d 0 obj\n<</Type/Metadata/Subtype/XML/Length %d>>\n" % (number, len(packet))
    made += b"stream\n%b\nendstream\nendobj\n" % packet
    table = len(made)
    made += b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    made += b"trailer\n<<%b/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, before, table)
    return bytes(made)


def _factur_x(packet: str) -> str:
    """The XMP packet with the four properties of Factur-X and the schema PDF/A wants of them."""
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{escape(about)}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        f"<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, (_, about) in _SAID.items()
    )
    schema = (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema'
        f"</pdfaSchema:schema><pdfaSchema:namespaceURI>{_FX}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
        f"{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _) in _SAID.items())
    description = f'<rdf:Description rdf:about="" xmlns:fx="{_FX}">{values}</rdf:Description>'
    for where, more in (
        ("<pdfaExtension:schemas><rdf:Bag>", schema),
        ("</rdf:Description>", description),
    ):
        if packet.count(where) != 1:
            raise ValueError("typst's metadata has another shape than was known")
        packet = packet.replace(where, where + more)
    return packet


def _only(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    """The last match: a name or a text inside a stream may look like what is searched for."""
    found = pattern.findall(text)
    if not found:
        raise ValueError("typst's file has another shape than was known")
    last: bytes = found[-1]
    return last
