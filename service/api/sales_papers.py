"""/api/v1/invoices/{id}/pdf, its e-invoice, how a draft would look; and invoices for other programs."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import msgspec
from litestar import Controller, Response, get, post

from domain.filenames import attachment_header
from domain.people import Who
from service.api.downloads import INERT, shown_pdf
from service.house import House
from service.operations import origins, sales_exports, sales_papers


class ExportBody(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    invoice_ids: list[str] = []
    born_from: str = ""
    tax_names: dict[str, str] = {}
    account_names: dict[str, str] = {}
    receivable: str = ""
    vat: str = ""
    item: str = ""


class InvoicePapers(Controller):
    path = "/api/v1/invoices"
    tags = ("Sales",)

    @get(
        "/{invoice_id:str}/pdf",
        sync_to_thread=True,
        summary="The paper of an invoice, as PDF",
        description=(
            "PDF/A-3 with the e-invoice (Factur-X, EN 16931) inside, drawn once after finalising: the "
            "same bytes ever after. 503 for the moment until it is drawn."
        ),
    )
    def pdf(self, house: House, who: Who, invoice_id: str) -> Response[bytes]:
        return shown_pdf(sales_papers.paper_of(house, who, invoice_id).content)

    @get("/{invoice_id:str}/facturx.xml", sync_to_thread=True, summary="The e-invoice by itself")
    def xml(self, house: House, who: Who, invoice_id: str) -> Response[bytes]:
        paper = sales_papers.einvoice_of(house, who, invoice_id)
        return _sent(paper.name, paper.content, "application/xml")

    @post(
        "/export",
        status_code=200,
        sync_to_thread=True,
        summary="Invoices as a file that another program imports",
        description=(
            "Those of `invoice_ids`, or all that were `born_from` an import or a batch. Formats: xero, xero_long, quickbooks, quickbooks_us, iif, accounting. One file, or a ZIP "
            "where the other program takes fewer at once; the invoices count as exported. The header "
            "`Bannette-Left-Out` has the numbers of credit notes that the format has no place for. "
            "`tax_names` and `account_names` say what the other program calls our VAT treatments "
            "and accounts."
        ),
    )
    def export(self, house: House, who: Who, data: ExportBody) -> Response[bytes]:
        names = {key: value for key, value in msgspec.to_builtins(data).items() if value}
        ids, origin = names.pop("invoice_ids", []), names.pop("born_from", "")
        into = names.pop("format", "")
        if origin:
            return exported(origins.export(house, who, origin, into, names))
        return exported(sales_exports.export_invoices(house, who, ids, into, names))


class DraftPapers(Controller):
    path = "/api/v1/drafts"
    tags = ("Sales",)

    @get(
        "/{draft_id:str}/pdf",
        sync_to_thread=True,
        summary="How a draft would look, as PDF",
        description="Marked as a draft on every page, without a number and without an e-invoice.",
    )
    def pdf(self, house: House, who: Who, draft_id: str) -> Response[bytes]:
        return shown_pdf(sales_papers.draft_paper(house, who, draft_id).content)


def exported(made: sales_exports.Exported) -> Response[bytes]:
    """One file, whatever the other program takes at once."""
    sent = _sent(*_one_file(made))
    if made.left_out:
        sent.headers["Bannette-Left-Out"] = ",".join(made.left_out)[:4_000]
    return sent


def _one_file(made: sales_exports.Exported) -> tuple[str, bytes, str]:
    if len(made.files) == 1:
        (file,) = made.files
        return file.name, file.content, "text/plain" if file.name.endswith("iif") else "text/csv"
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in made.files:
            archive.writestr(file.name, file.content)
    return "invoices.zip", whole.getvalue(), "application/zip"


def _sent(name: str, content: bytes, kind: str) -> Response[Any]:
    headers = {
        "Content-Disposition": attachment_header(name),
        "Content-Security-Policy": INERT,
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=kind, headers=headers)


CONTROLLERS = (InvoicePapers, DraftPapers)
