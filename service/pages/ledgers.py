"""Books › Balance: what stands on every account; and the ledger of one, reached from there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import ledgers
from service.operations.ledgers import Wanted
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import day_of

Asked = Request[Any, Any, Any]


class Ledgers(PageController):
    path = "/books"

    @get("/balance", sync_to_thread=True)
    def balance(
        self,
        house: House,
        session: Session,
        request: Asked,
        since: str = "",
        until: str = "",
        third_parties: str = "",
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        if not desk.company_id:
            return desk.show("choose_company.html", here="books", section="balance")
        wanted = Wanted(desk.company_id, day_of(since), day_of(until), bool(third_parties))
        view, refusal = None, None
        try:
            view = ledgers.trial_balance(house, session.who, wanted)
        except Refused as error:
            refusal = error
        given = {"since": since, "until": until, "third_parties": third_parties}
        return desk.show(
            "balance.html",
            here="books",
            status_code=answers.status_of(refusal) if refusal else 200,
            refusal=in_words(desk.words, refusal) if refusal else None,
            view=view,
            label=_label(desk),
            given=given,
            query=urlencode({"company_id": desk.company_id, **given}),
        )

    @get("/ledger", sync_to_thread=True)
    def ledger(
        self,
        house: House,
        session: Session,
        request: Asked,
        account: str = "",
        auxiliary: str = "",
        since: str = "",
        until: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        if not desk.company_id:
            return desk.show("choose_company.html", here="books", section="ledger")
        view, refusal = None, None
        if account:
            wanted = Wanted(desk.company_id, day_of(since), day_of(until))
            try:
                view = ledgers.general_ledger(
                    house, session.who, wanted, account, auxiliary or None, cursor=cursor
                )
            except Refused as error:
                refusal = error
        given = {"account": account, "auxiliary": auxiliary, "since": since, "until": until}
        return desk.show(
            "ledger.html",
            here="books",
            status_code=answers.status_of(refusal) if refusal else 200,
            refusal=in_words(desk.words, refusal) if refusal else None,
            view=view,
            label=_label(desk),
            given=given,
            query=urlencode({name: value for name, value in given.items() if value}),
            cursor=cursor,
        )


def _label(desk: Desk) -> str:
    """Which label of an account is shown."""
    return "label_en" if desk.words.language == "en" else "label_fr"


CONTROLLERS = (Ledgers,)
