"""Files of the bank: sent from the list of statements, and the columns of a CSV said where nobody knows them.

A file whose columns are asked for goes on in the form itself, so that it is not chosen twice; what a
person says is kept for the bank's next file.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.bank_files.reading import LARGEST_FILE
from domain.errors import Invalid, Refused
from service import answers
from service.house import House
from service.operations import bank_files
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.statements import show_list

Sent = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
Asked = Request[Any, Any, Any]
MEANINGS = ("day", "value_day", "label", "amount", "debit", "credit", "balance", "counterparty",
            "counterparty_iban", "reference", "currency", "own_iban")  # fmt: skip
ORDERS = ("dmy", "mdy", "ymd")
_LARGEST_BODY = LARGEST_FILE * 4 // 3 + 64 * 1024


class StatementFiles(PageController):
    path = "/statements/files"

    @post(status_code=200, request_max_body_size=_LARGEST_BODY)
    async def import_file(
        self, house: House, session: Session, request: Asked, data: Sent
    ) -> Response[Any]:
        sent = data.get("file")
        name, content = "", b""
        if isinstance(sent, UploadFile):
            name, content = sent.filename, await sent.read()
        return await sync_to_thread(_import, house, session, request, data, name, content)

    @post("/columns", status_code=200, request_max_body_size=_LARGEST_BODY)
    async def import_columns(
        self, house: House, session: Session, request: Asked, data: Sent
    ) -> Response[Any]:
        """The same file again, with what each of its columns is."""
        try:
            content = b64decode(str(data.get("content", "")), validate=True)
        except binascii.Error:
            raise Invalid("This form is not complete.", code="form_incomplete") from None
        name = str(data.get("name", ""))
        said = {key: str(value) for key, value in data.items()}
        return await sync_to_thread(_import, house, session, request, said, name, content, said)


def _import(
    house: House,
    session: Session,
    request: Asked,
    data: Mapping[str, Any],
    name: str,
    content: bytes,
    said: Mapping[str, str] | None = None,
) -> Response[Any]:
    desk = Desk.of(house, session, request)
    company_id = str(data.get("company_id") or "") or desk.company_id
    mapping = None if said is None else _mapping(said)
    if mapping is None and data.get("columns"):
        return _columns(desk, company_id, name, content)
    try:
        made = bank_files.import_file(house, session.who, company_id, None, name, content, mapping)
    except Refused as refusal:
        if said is not None or refusal.code == "bank_mapping_needed":
            return _columns(desk, company_id, name, content, mapping, refusal)
        return show_list(desk, refusal=refusal)
    if len(made["statements"]) == 1:
        return desk.go(f"/statements/{made['statements'][0]['id']}")
    counts = {"number": str(len(made["statements"])), "skipped": str(made["skipped"])}
    return desk.go("/statements", "bank_file_imported", **counts)


def _columns(
    desk: Desk,
    company_id: str | None,
    name: str,
    content: bytes,
    mapping: dict[str, Any] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    """What each column is, asked beside the first rows; filled in with what was said or guessed."""
    try:
        table = bank_files.preview_table(desk.house, desk.session.who, company_id, content)
    except Refused as error:
        return show_list(desk, refusal=error)
    known = mapping or table["mapping"] or {}
    chosen = {place: meaning for meaning in MEANINGS for place in _places(known.get(meaning))}
    return desk.show(
        "statement_columns.html",
        here="bank",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        table=table,
        chosen=chosen,
        known=known,
        meanings=MEANINGS,
        orders=ORDERS,
        name=name,
        company_id=company_id,
        content=b64encode(content).decode(),
    )


def _mapping(said: Mapping[str, str]) -> dict[str, Any]:
    """The mapping of the form: a meaning a column, several columns for the label."""
    mapping: dict[str, Any] = {
        "decimal": "." if said.get("decimal") == "." else ",",
        "date_order": said.get("date_order", "dmy"),
        "has_header": "has_header" in said,
    }
    for key, meaning in said.items():
        kind, _, place = key.partition(".")
        if kind != "column" or meaning not in MEANINGS or not place.isdecimal():
            continue
        if meaning == "label":
            mapping.setdefault("label", []).append(int(place))
        else:
            mapping[meaning] = int(place)
    return mapping


def _places(value: Any) -> list[int]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


CONTROLLERS = (StatementFiles,)
