"""Books › Files: books of another program come in, exports go out, a FEC is checked.

What a file gave is said on the page that answers it: the counts, and each row that was left.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from domain.fec_file import LARGEST_FILE
from domain.people import Scope
from service import answers
from service.house import House
from service.operations import books, exports, takeover
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Sent = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
Asked = Request[Any, Any, Any]
_LARGEST_BODY = LARGEST_FILE + 64 * 1024


class Exchange(PageController):
    path = "/books/files"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _page(Desk.of(house, session, request))

    @post("/takeover", status_code=200, request_max_body_size=_LARGEST_BODY)
    async def take_over(
        self, house: House, session: Session, request: Asked, data: Sent
    ) -> Response[str]:
        name, content = await _file(data)
        company_id = str(data.get("company_id") or "") or None

        def act() -> Response[str]:
            desk = Desk.of(house, session, request)
            chosen = company_id or desk.company_id
            try:
                taken = takeover.take_over(house, session.who, chosen, name, content)
            except Refused as refusal:
                return _page(desk, refusal)
            return _page(desk, taken=taken)

        return await sync_to_thread(act)

    @post("/check", status_code=200, request_max_body_size=_LARGEST_BODY)
    async def check(
        self, house: House, session: Session, request: Asked, data: Sent
    ) -> Response[str]:
        session.who.must(Scope.BOOKS_READ)
        name, content = await _file(data)

        def act() -> Response[str]:
            desk = Desk.of(house, session, request)
            try:
                checked = exports.check_fec(name, content)
            except Refused as refusal:
                return _page(desk, refusal)
            return _page(desk, checked=checked)

        return await sync_to_thread(act)

    @post("/bookkeeping", status_code=200, sync_to_thread=True)
    def bookkeeping(
        self, house: House, session: Session, request: Asked, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        names = ("vat_regime", "vat_coefficient", "net_tax_rate", "vat_on_purchases", "purchase_journal",
                 "capitalisation_threshold", "second_person_from")  # fmt: skip
        values = {name: data[name].strip().replace(",", ".") for name in names if name in data}
        if values.get("second_person_from") == "":
            values["second_person_from"] = books.NEVER
        try:
            books.change_bookkeeping(house, session.who, data.get("company_id", ""), values)
        except Refused as refusal:
            return _page(desk, refusal)
        return desk.go("/books/files", "bookkeeping_changed")


async def _file(data: dict[str, Any]) -> tuple[str, bytes]:
    sent = data.get("file")
    return (sent.filename, await sent.read()) if isinstance(sent, UploadFile) else ("", b"")


def _page(desk: Desk, refusal: Refused | None = None, **told: Any) -> Response[str]:
    company_id = desk.company_id
    kept = books.bookkeeping(desk.house, desk.session.who, company_id) if company_id else None
    return desk.show(
        "exchange.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        kept=kept,
        regimes=books.VAT_REGIMES,
        year=desk.house.now().year,
        **{"taken": None, "checked": None, **told},
    )


CONTROLLERS = (Exchange,)
