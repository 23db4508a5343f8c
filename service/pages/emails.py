"""What leaves by e-mail: an invoice about to be sent, many of them, the queue, and one with its attempts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.emails import LANGUAGES
from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import email_settings, emails, sales_emails
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.forms import show_settings

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
HOME = "/sales/emails"
INVOICES = "/sales/invoices"
FILTERS = ("queued", "sending", "sent", "failed", "cancelled")
_TYPED = ("to", "cc", "subject", "text")
_CHOSEN, _TO = "invoice.", "to."


class SendInvoice(PageController):
    path = INVOICES

    @get("/{invoice_id:str}/send", sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, invoice_id: str
    ) -> Response[str]:
        return _send_page(Desk.of(house, session, request), invoice_id)

    @post("/{invoice_id:str}/send", status_code=200, sync_to_thread=True)
    def send(
        self, house: House, session: Session, request: Asked, invoice_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        said: dict[str, Any] = {name: data[name] for name in _TYPED if name in data}
        try:
            sales_emails.send_invoice(
                house, session.who, invoice_id, {**said, "remember": "remember" in data}
            )
        except Refused as refusal:
            return _send_page(desk, invoice_id, data, refusal)
        return desk.go(f"{INVOICES}/{invoice_id}", "email_queued")

    @post("/send", status_code=200, sync_to_thread=True)
    def send_many(
        self, house: House, session: Session, request: Asked, data: Form
    ) -> Response[Any]:
        """First to whom each goes, as chosen in the list; then, confirmed there, they go."""
        desk = Desk.of(house, session, request)
        if data.get("do") != "send":
            ids = [name.removeprefix(_CHOSEN) for name in data if name.startswith(_CHOSEN)]
            return _many_page(desk, ids) if ids else desk.go(INVOICES, "nothing_chosen")
        said = {n.removeprefix(_TO): to.strip() for n, to in data.items() if n.startswith(_TO)}
        wanted = [
            {"invoice_id": one, "to": to, "remember": "remember" in data}
            for one, to in said.items()
            if to
        ]
        try:
            done = sales_emails.send_many(house, session.who, wanted)
        except Refused as refusal:
            return _many_page(desk, list(said), said, refusal=refusal)
        if done["refused"]:
            failed = {one["invoice_id"]: one for one in done["refused"]}
            return _many_page(desk, list(failed), said, failed, len(done["queued"]))
        return desk.go(HOME, "emails_queued", number=str(len(done["queued"])))


class Emails(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def list_emails(
        self,
        house: House,
        session: Session,
        request: Asked,
        status: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        who, company_id = session.who, desk.company_id
        counted = emails.counts(house, who, company_id)
        return desk.show(
            "sales_emails.html",
            here="sales",
            status=status,
            cursor=cursor,
            filters=FILTERS,
            counts={**counted, "failed": counted["refused"] + counted["given_up"]},
            set_up=house.settings.sends_emails,
            page=emails.list_emails(
                house, who, company_id, status=status, kind="invoice", cursor=cursor
            ),
        )

    @post("/retry-failed", status_code=200, sync_to_thread=True)
    def retry_failed(self, house: House, session: Session, request: Asked) -> Response[Any]:
        desk = Desk.of(house, session, request)
        number = emails.retry_failed(house, session.who, desk.company_id)
        return desk.go(HOME, "emails_queued", number=str(number))

    @get("/{email_id:str}", sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked, email_id: str) -> Response[str]:
        view = emails.get_email(house, session.who, email_id)
        here = "sales" if view["kind"] == "invoice" else "settings"
        return Desk.of(house, session, request).show("sales_email.html", here=here, view=view)

    @post("/{email_id:str}", status_code=200, sync_to_thread=True)
    def act(
        self, house: House, session: Session, request: Asked, email_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        act = emails.cancel if data.get("do") == "cancel" else emails.retry
        done = act(house, session.who, email_id)
        places = {"invoice": f"{INVOICES}/{done['invoice_id']}", "list": HOME}
        said = "email_cancelled" if done["status"] == "cancelled" else "email_queued"
        return desk.go(places.get(data.get("back", ""), f"{HOME}/{email_id}"), said)


class Texts(PageController):
    path = "/sales/settings/emails"

    @get(sync_to_thread=True)
    def show(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _texts(Desk.of(house, session, request))

    @post(status_code=200, sync_to_thread=True)
    def change(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        values: dict[str, Any] = {
            name: data[name] for name in ("sender_name", "reply_to", "copy_to") if name in data
        }
        values["texts"] = {
            language: {part: data.get(f"{language}.{part}", "") for part in ("subject", "text")}
            for language in LANGUAGES
        }
        try:
            if desk.company_id:
                email_settings.change_settings(house, session.who, desk.company_id, values)
        except Refused as refusal:
            return _texts(desk, data, refusal)
        return desk.go("/sales/settings/emails", "saved")


class Server(PageController):
    path = "/settings/mail"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _server(Desk.of(house, session, request))

    @post(status_code=200, sync_to_thread=True)
    def act(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        """Greet the server, or send a test message."""
        desk = Desk.of(house, session, request)
        try:
            if data.get("do") == "try":
                return _server(desk, tried=emails.try_server(house, session.who))
            emails.send_test(house, session.who, data.get("to", ""))
        except Refused as refusal:
            return _server(desk, refusal=refusal, data=data)
        return desk.go("/settings/mail", "email_queued")


def _send_page(
    desk: Desk,
    invoice_id: str,
    data: Mapping[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    view = sales_emails.preview(desk.house, desk.session.who, invoice_id)
    known = {
        "to": ", ".join(view["to"]),
        "cc": ", ".join(view["cc"]),
        "subject": view["subject"],
        "text": view["text"],
        **(data or {}),
    }
    return desk.show(
        "sales_send.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        known=known,
        sender=desk.house.settings.smtp_sender,
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
    )


def _many_page(
    desk: Desk,
    ids: list[str],
    typed: Mapping[str, str] | None = None,
    refused: Mapping[str, Mapping[str, Any]] | None = None,
    queued: int = 0,
    refusal: Refused | None = None,
) -> Response[str]:
    """To whom each of many goes; `refused` were not taken, with the reason."""
    said = {
        one: desk.words.refusal(why["code"], why["message"], {"address": (typed or {}).get(one)})
        for one, why in (refused or {}).items()
    }
    return desk.show(
        "sales_send_many.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        rows=sales_emails.chosen(desk.house, desk.session.who, ids),
        typed=typed or {},
        refused=said,
        queued=queued,
        set_up=desk.house.settings.sends_emails,
        refusal=in_words(desk.words, refusal) if refusal else None,
    )


def _texts(
    desk: Desk, data: Mapping[str, str] | None = None, refusal: Refused | None = None
) -> Response[str]:
    kept = (
        email_settings.get_settings(desk.house, desk.session.who, desk.company_id)
        if desk.company_id
        else None
    )
    return desk.show(
        "sales_email_texts.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        kept=kept,
        typed=data or {},
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
    )


def _server(desk: Desk, **told: Any) -> Response[str]:
    house, who = desk.house, desk.session.who
    server = emails.settings_seen(house, who)
    own = [
        one
        for kind in ("test", "invitation")
        for one in emails.list_emails(house, who, kind=kind, limit=20)["items"]
    ]
    own.sort(key=lambda one: one["id"], reverse=True)
    return show_settings(desk, "settings_mail.html", told, server=server, own=own)


CONTROLLERS = (SendInvoice, Emails, Texts, Server)
