"""XML from strangers: parsed without DOCTYPE, entities or network, and walked by local names.

Local names only, because the prefixes and namespace versions of real files vary more than their
elements do.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

from domain.errors import Invalid, TooLarge
from models.extraction.texts import clean

LARGEST_BYTES = 10 * 1024 * 1024
MOST_ELEMENTS = 500_000
_AMOUNT = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,12})?|[+-]?\.\d{1,12}")
_ADVICE = "Ask the sender for a valid e-invoice, or send the PDF of the invoice."


def parse(xml: bytes) -> etree._Element:
    """The root of a document; Invalid or TooLarge for what must not or cannot be read."""
    if len(xml) > LARGEST_BYTES:
        raise TooLarge("The XML file is larger than an invoice can be.", code="xml_too_large")
    if b"<!DOCTYPE" in xml[:65536].replace(b"\0", b"").upper():
        raise Invalid(
            "The XML file declares a DOCTYPE, which no invoice needs and which can do harm.",
            code="xml_doctype",
            advice="Ask the sender for the file without its DOCTYPE.",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,  # keeps libxml2's own limits: depth 256, text 10 MB
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid(
            f"The XML file cannot be read: {clean(str(error), 200)}",
            code="xml_malformed",
            advice=_ADVICE,
        ) from None
    information: Any = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise Invalid("The XML file declares a DOCTYPE.", code="xml_doctype", advice=_ADVICE)
    if sum(1 for _ in zip(root.iter(), range(MOST_ELEMENTS + 1), strict=False)) > MOST_ELEMENTS:
        raise TooLarge("The XML file has more elements than an invoice can.", code="xml_too_large")
    return root


def local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def all_of(element: etree._Element | None, path: str) -> Iterator[etree._Element]:
    """Elements at a path of local names such as ``A/B|C/D``; ``|`` separates alternatives."""
    if element is None:
        return
    first, _, rest = path.partition("/")
    names = first.split("|")
    for child in element:
        if local(child) in names:
            if rest:
                yield from all_of(child, rest)
            else:
                yield child


def one(element: etree._Element | None, path: str) -> etree._Element | None:
    return next(all_of(element, path), None)


def text(element: etree._Element | None, path: str, longest: int = 500) -> str:
    """The first non-empty text at a path, cleaned; empty when there is none."""
    for found in all_of(element, path):
        value = clean(found.text or "", longest)
        if value:
            return value
    return ""


def number(element: etree._Element | None, path: str) -> Decimal | None:
    """The first number at a path, None without one; Invalid when it is not a number."""
    return number_of(next((e for e in all_of(element, path) if (e.text or "").strip()), None))


def number_of(element: etree._Element | None) -> Decimal | None:
    value = clean(element.text or "", 60) if element is not None else ""
    if element is None or not value:
        return None
    if not _AMOUNT.fullmatch(value):
        raise Invalid(
            f"The e-invoice writes '{value[:30]}' where a number must be ({local(element)}).",
            code="xml_not_a_number",
            advice=_ADVICE,
        )
    return Decimal(value)


def date(value: str) -> str:
    """An ISO date from ``20240131``, ``202401`` (no day: empty) or ``2024-01-31T…``."""
    digits = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T+Z ].*)?", value.strip())
    if not digits:
        return ""
    year, month, day = (int(part) for part in digits.groups())
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return ""


def missing(what: str) -> Invalid:
    return Invalid(
        f"The e-invoice does not state its {what}.",
        code="xml_incomplete",
        advice=_ADVICE,
        missing=what,
    )
