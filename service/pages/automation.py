"""Books › Automatic posting: the dial, what it did, and what each place of it would have done."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.automation import DAYS_REPLAYED, MOST_ERRORS, WINDOW, Dial
from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import automation
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
HOME = "/books/automation"


class Automation(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, replay: str = ""
    ) -> Response[str]:
        """With `replay`, what would have been done as well: it takes seconds, so our script asks
        for it once the page is there.
        """
        return _page(Desk.of(house, session, request), replayed=bool(replay))

    @post(status_code=200, sync_to_thread=True)
    def turn(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        share = "".join(data.get("share", "").split()).replace(",", ".")
        try:
            automation.turn(
                house, session.who, data.get("company_id", ""), data.get("dial"), share or None
            )
        except Refused as refusal:
            return _page(desk, refusal)
        return desk.go(HOME, "dial_turned")


def _page(desk: Desk, refusal: Refused | None = None, *, replayed: bool = False) -> Response[str]:
    house, who, company_id = desk.house, desk.session.who, desk.company_id
    state = automation.automation(house, who, company_id) if company_id else None
    replay = automation.replay(house, who, company_id) if company_id and replayed else None
    return desk.show(
        "automation.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        state=state,
        replay=replay,
        dials=[dial.value for dial in Dial],
        days=DAYS_REPLAYED,
        window=WINDOW,
        most_errors=MOST_ERRORS,
        refusal=in_words(desk.words, refusal) if refusal else None,
    )


CONTROLLERS = (Automation,)
