"""/api/v1: trial balance and general ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Controller, Response, get

from domain.filenames import attachment_header
from domain.people import Who
from service.house import House
from service.operations import ledgers
from service.operations.ledgers import Wanted


class Ledgers(Controller):
    path = "/api/v1"
    tags = ("Books",)

    @get(
        "/trial-balance",
        sync_to_thread=True,
        summary="Trial balance",
        description=(
            "Accounts with something on them between two days, January 1st and today by default. "
            "Balances are debit less credit; those of the result begin anew each year, and "
            "`earlier_result` is what the years before came to. `third_parties` lists each supplier "
            "and customer by itself."
        ),
    )
    def trial_balance(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
        third_parties: bool = False,
    ) -> dict[str, Any]:
        return ledgers.trial_balance(house, who, Wanted(company_id, since, until, third_parties))

    @get("/trial-balance/csv", sync_to_thread=True, summary="Trial balance as CSV")
    def as_csv(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
        third_parties: bool = False,
    ) -> Response[bytes]:
        wanted = Wanted(company_id, since, until, third_parties)
        name, content = ledgers.trial_balance_csv(house, who, wanted)
        return Response(
            content,
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": attachment_header(name),
                "Cache-Control": "private, no-store",
            },
        )

    @get(
        "/general-ledger",
        sync_to_thread=True,
        summary="The lines of an account",
        description=(
            "By day, with the balance after each and the letter of what evens out. `auxiliary` "
            "narrows to one supplier or customer."
        ),
    )
    def general_ledger(
        self,
        house: House,
        who: Who,
        account: str,
        company_id: str | None = None,
        auxiliary: str | None = None,
        since: date | None = None,
        until: date | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> dict[str, Any]:
        wanted = Wanted(company_id, since, until)
        return ledgers.general_ledger(
            house, who, wanted, account, auxiliary, cursor=cursor, limit=limit
        )


CONTROLLERS = (Ledgers,)
