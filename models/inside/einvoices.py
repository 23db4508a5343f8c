"""Finds and reads electronic invoices: XML files of their own, and those attached to a PDF."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pymupdf

from domain.errors import Refused, Unreadable
from models import rendition
from models.extraction.einvoice import read_einvoice
from models.limits import Limits

NAMES = re.compile(
    r"(factur-?x|zugferd-?invoice|xrechnung|order-?x|cii|ubl.*|.*invoice.*|.*facture.*)\.xml",
    re.IGNORECASE,
)
DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def draw(path: Path, out: Path, limits: Limits) -> dict[str, Any]:
    """Read an XML invoice and draw it as `out`, for people to see."""
    size = path.stat().st_size
    if size > limits.xml_bytes:
        raise Unreadable(
            "The XML file is too large for an invoice.",
            code="xml_too_large",
            advice="Send the invoice without its enclosed files.",
            limit=limits.xml_bytes,
        )
    xml = path.read_bytes()
    invoice = _read(xml, limits)
    out.write_bytes(rendition.draw(invoice))
    with pymupdf.open(out) as pdf:
        sizes = [(float(p.rect.width), float(p.rect.height)) for p in pdf]
    return {
        "media_type": "application/xml",
        "pdf": out.name,
        "pages": sizes,
        "einvoice": invoice.reading.to_json(),
        "problems": [],
    }


def attached_to(
    document: pymupdf.Document, limits: Limits
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The reading of the first invoice XML attached to a PDF, and what was wrong with others."""
    problems: list[dict[str, Any]] = []
    others: list[str] = []
    try:
        names = list(document.embfile_names())[:100]
    except Exception:  # noqa: BLE001 - a broken name tree hides attachments, not pages
        return None, problems
    found: dict[str, Any] | None = None
    for name in names:
        try:
            shown = str(document.embfile_info(name).get("filename") or name)
            if not (NAMES.fullmatch(shown) or NAMES.fullmatch(name)):
                others.append(shown)
                continue
            if found is None:
                found = _read(document.embfile_get(name), limits).reading.to_json()
        except Refused as refusal:
            problems.append(
                {
                    "code": "einvoice_unreadable",
                    "message": "The attached XML invoice cannot be read.",
                    "values": {"reason": refusal.code},
                }
            )
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a hostile attachment must not cost the pages
            problems.append(
                {"code": "einvoice_unreadable", "message": "An attachment cannot be read."}
            )
    if others:
        problems.append(
            {
                "code": "attachments_left",
                "message": "The PDF has attachments that were not read.",
                "severity": "info",
                "values": {"names": [n[:150] for n in others[:20]]},
            }
        )
    return found, problems


def _read(xml: bytes, limits: Limits) -> Any:
    if len(xml) > limits.xml_bytes:
        raise Unreadable("The XML is too large for an invoice.", code="xml_too_large")
    if b"\0" in xml[:4]:
        xml = xml.decode("utf-16", "replace").encode()
        xml = re.sub(rb"\A\s*<\?xml[^>]*\?>", b"", xml)
    if DOCTYPE.search(xml):
        raise Unreadable(
            "The XML file declares a document type.",
            code="xml_doctype",
            advice="Send a plain UBL or CII invoice, without a DOCTYPE.",
        )
    try:
        return read_einvoice(xml)
    except Unreadable:
        raise
    except Refused as refusal:
        raise Unreadable(
            refusal.message,
            code=refusal.code if refusal.code != "invalid" else "unknown_xml",
            advice=refusal.advice or "Send a UBL or CII invoice, or a PDF.",
        ) from refusal
