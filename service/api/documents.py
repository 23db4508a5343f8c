"""/api/v1/documents: what the stack became."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, patch
from litestar.params import HeaderParameter
from litestar.response import Stream

from domain.errors import NotFound
from domain.people import Who
from service.api.downloads import attachment, picture
from service.api.versions import required_version, versioned
from service.house import House
from service.lists import Page
from service.operations import corrections, documents
from service.operations.documents import Filter


class VatLine(msgspec.Struct, forbid_unknown_fields=True):
    rate: str
    base: str | None = None
    amount: str | None = None


class LineItem(msgspec.Struct, forbid_unknown_fields=True):
    description: str
    quantity: str | None = None
    unit_price: str | None = None
    vat_rate: str | None = None
    net_amount: str | None = None


class PointedValue(msgspec.Struct, forbid_unknown_fields=True):
    """A value with where it stands: the 0-based page of the file and a box of fractions of it."""

    value: str
    page: int
    box: Annotated[list[float], msgspec.Meta(min_length=4, max_length=4)]


class DocumentChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is there is changed; a field given as null is removed.

    A value that says where it stands on the page teaches most: the next paper of the sender is
    read there.
    """

    fields: dict[str, str | PointedValue | None] | None = None
    category: str | None = None
    vat_lines: list[VatLine] | None = None
    line_items: list[LineItem] | None = None
    version: int | None = None


class Documents(Controller):
    path = "/api/v1/documents"
    tags = ("Documents",)

    @get(sync_to_thread=True, summary="Documents, by category, status and words")
    def list_documents(
        self,
        house: House,
        who: Who,
        category: str | None = None,
        status: str | None = None,
        q: str | None = None,
        company_id: str | None = None,
        import_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        wanted = Filter(category, status, company_id, import_id, q)
        return documents.list_documents(house, who, wanted, cursor=cursor, limit=limit)

    @get("/counts", sync_to_thread=True, summary="How many documents each tab holds")
    def counts(
        self, house: House, who: Who, company_id: str | None = None
    ) -> dict[str, dict[str, int]]:
        return documents.counts(house, who, company_id)

    @get("/{document_id:str}", sync_to_thread=True, summary="One document with its fields")
    def get_document(self, house: House, who: Who, document_id: str) -> Response[dict[str, Any]]:
        return versioned(documents.get(house, who, document_id))

    @patch("/{document_id:str}", sync_to_thread=True, summary="Correct fields or category")
    def correct(
        self,
        house: House,
        who: Who,
        document_id: str,
        data: DocumentChange,
        if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        changes = msgspec.to_builtins(data)
        given = (data.fields or {}).items()
        pointed = {name: value for name, value in given if isinstance(value, PointedValue)}
        changes["places"] = {name: (value.page, value.box) for name, value in pointed.items()}
        for name, value in pointed.items():
            changes["fields"][name] = value.value
        return versioned(corrections.correct_document(house, who, document_id, changes, version))

    @get("/{document_id:str}/next", sync_to_thread=True, summary="The document after this one")
    def next_document(
        self,
        house: House,
        who: Who,
        document_id: str,
        category: str | None = None,
        status: str | None = None,
        q: str | None = None,
        company_id: str | None = None,
        import_id: str | None = None,
    ) -> dict[str, Any]:
        wanted = Filter(category, status, company_id, import_id, q)
        return documents.next_document(house, who, document_id, wanted)

    @get("/{document_id:str}/pdf", sync_to_thread=True, summary="The document as one PDF")
    def pdf(self, house: House, who: Who, document_id: str) -> Stream:
        found = documents.pdf(house, who, document_id)
        return attachment(house, found.object_key, found.name, "application/pdf")

    @get(
        "/{document_id:str}/pages/{image:str}",
        sync_to_thread=True,
        summary="The picture of a page: {n}.webp from 0, ?size=thumbnail for the small one",
    )
    def page_image(
        self, house: House, who: Who, document_id: str, image: str, size: str = "full"
    ) -> Stream:
        number, _, extension = image.partition(".")
        if extension not in ("", "webp") or not (number.isascii() and number.isdigit()):
            raise NotFound("Pictures of pages are 0.webp, 1.webp, …")
        key = documents.page_image(
            house, who, document_id, int(number[:6]), thumbnail=size == "thumbnail"
        )
        return picture(house, key)


CONTROLLERS = (Documents,)
