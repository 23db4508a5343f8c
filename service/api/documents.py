"""/api/v1/documents: what the stack became."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.di import Provide
from litestar.params import HeaderParameter
from litestar.response import Stream

from domain.errors import NotFound
from domain.people import Who
from service.api.downloads import archive, attachment, picture
from service.api.versions import required_version, version_of, versioned
from service.house import House
from service.lists import Page
from service.operations import (
    bulk,
    corrections,
    documents,
    rearranging,
    removal,
    saved_views,
)
from service.operations.selection import Filter


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


class BulkAction(msgspec.Struct, forbid_unknown_fields=True):
    """`action` is post (only what is proved), recategorise, delete or restore."""

    action: str
    documents: Annotated[list[str], msgspec.Meta(max_length=bulk.MOST)]
    category: str | None = None


class WantedCut(msgspec.Struct, forbid_unknown_fields=True):
    """`before` is the page of the document that begins the second one, counted from 0."""

    before: int
    version: int | None = None


class WantedJoin(msgspec.Struct, forbid_unknown_fields=True):
    documents: Annotated[list[str], msgspec.Meta(max_length=rearranging.MOST_JOINED)]


class WantedView(msgspec.Struct, forbid_unknown_fields=True):
    """A list to come back to: the parameters that ask for it, under a name."""

    category: str
    name: str
    query: dict[str, str]


def wanted_documents(
    category: str | None = None,
    status: str = "",
    q: str = "",
    company_id: str | None = None,
    import_id: str | None = None,
    since: str = "",
    until: str = "",
    least: str = "",
    most: str = "",
    problems: str = "",
    proved: str = "",
    mine: str = "",
    sort: str = "",
) -> Filter:
    """The documents that query parameters ask for: days of issue, totals, yes or no; `sort` is
    date, due, supplier or total, the largest first with "-".
    """
    said = {
        "status": status,
        "q": q,
        "since": since,
        "until": until,
        "least": least,
        "most": most,
        "problems": problems,
        "proved": proved,
        "mine": mine,
        "sort": sort,
    }
    return Filter.of(said, category=category, company_id=company_id, import_id=import_id)


class Documents(Controller):
    path = "/api/v1/documents"
    tags = ("Documents",)

    dependencies = {"wanted": Provide(wanted_documents, sync_to_thread=False)}  # noqa: RUF012

    @get(sync_to_thread=True, summary="Documents, by category, state, words, days and totals")
    def list_documents(
        self,
        house: House,
        who: Who,
        wanted: Filter,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return documents.list_documents(house, who, wanted, cursor=cursor, limit=limit)

    @post("/bulk", status_code=200, sync_to_thread=True, summary="Do one thing to many documents")
    def act(self, house: House, who: Who, data: BulkAction) -> dict[str, Any]:
        return bulk.act(house, who, data.action, data.documents, data.category)

    @post(
        "/join",
        status_code=200,
        sync_to_thread=True,
        summary="Make one document of several of one import; it is read again",
    )
    def join(self, house: House, who: Who, data: WantedJoin) -> dict[str, Any]:
        return rearranging.join(house, who, data.documents)

    @get("/archive", sync_to_thread=True, summary="The PDFs of several documents as one ZIP")
    def archive(self, house: House, who: Who, document: list[str]) -> Stream:
        found = documents.pdfs(house, who, document[: bulk.MOST])
        return archive(house, "documents.zip", [(pdf.name, pdf.object_key) for pdf in found])

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
        wanted: Filter,
    ) -> dict[str, Any]:
        return documents.next_document(house, who, document_id, wanted)

    @delete(
        "/{document_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Take a document out of its tab; it can be restored",
    )
    def delete_document(
        self,
        house: House,
        who: Who,
        document_id: str,
        if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
    ) -> Response[dict[str, Any]]:
        version = version_of(if_match)
        return versioned(removal.delete_document(house, who, document_id, version))

    @post(
        "/{document_id:str}/restore",
        status_code=200,
        sync_to_thread=True,
        summary="Bring a deleted document back to its tab",
    )
    def restore_document(
        self, house: House, who: Who, document_id: str
    ) -> Response[dict[str, Any]]:
        return versioned(removal.restore_document(house, who, document_id))

    @post(
        "/{document_id:str}/split",
        status_code=200,
        sync_to_thread=True,
        summary="Cut a document in two; both are read again",
    )
    def split(
        self,
        house: House,
        who: Who,
        document_id: str,
        data: WantedCut,
        if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
    ) -> dict[str, Any]:
        version = version_of(if_match) or data.version
        return rearranging.split(house, who, document_id, data.before, version)

    @post(
        "/{document_id:str}/undo",
        status_code=200,
        sync_to_thread=True,
        summary="Take back the cut or the join that a document came of",
    )
    def take_back(self, house: House, who: Who, document_id: str) -> dict[str, Any]:
        return rearranging.take_back(house, who, document_id)

    @get(
        "/{document_id:str}/neighbours",
        sync_to_thread=True,
        summary="What a document can be joined with",
    )
    def neighbours(self, house: House, who: Who, document_id: str) -> dict[str, Any]:
        return rearranging.neighbours(house, who, document_id)

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


class SavedViews(Controller):
    path = "/api/v1/saved-views"
    tags = ("Documents",)

    @get(sync_to_thread=True, summary="Your saved lists of documents")
    def list_views(
        self, house: House, who: Who, category: str | None = None
    ) -> list[dict[str, Any]]:
        return saved_views.list_views(house, who, category)

    @post(sync_to_thread=True, summary="Save a list of documents under a name")
    def save_view(self, house: House, who: Who, data: WantedView) -> dict[str, Any]:
        return saved_views.save_view(house, who, data.category, data.name, data.query)

    @delete("/{view_id:str}", sync_to_thread=True, summary="Forget a saved list")
    def delete_view(self, house: House, who: Who, view_id: str) -> None:
        saved_views.delete_view(house, who, view_id)


CONTROLLERS = (Documents, SavedViews)
