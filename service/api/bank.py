"""/api/v1: a company's accounts at banks, and the rules for their movements.

Statements are in `statements`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from litestar import Controller, delete, get, patch, post

from domain.people import Who
from service.api.idempotency import once
from service.house import House
from service.operations import bank_accounts, bank_reconciliation, bank_rules


class BankAccountChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str | None = None
    iban: str | None = None
    currency: str | None = None
    account: str | None = None
    journal: str | None = None
    closed: bool | None = None


class NewBankAccount(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    company_id: str | None = None
    iban: str | None = None
    currency: str | None = None
    account: str | None = None
    journal: str | None = None


class BankRuleBody(msgspec.Struct, forbid_unknown_fields=True):
    words: str
    account: str
    company_id: str | None = None
    side: str = ""
    auxiliary: str | None = None


class BankAccounts(Controller):
    path = "/api/v1/bank-accounts"
    tags = ("Bank",)

    @get(sync_to_thread=True, summary="Bank accounts")
    def list_accounts(
        self, house: House, who: Who, company_id: str | None = None
    ) -> dict[str, Any]:
        return {"items": bank_accounts.list_accounts(house, who, company_id), "next_cursor": None}

    @post(
        sync_to_thread=True,
        summary="Add a bank account",
        description=(
            "`account` of the chart and `journal` are the next free ones unless given; an account "
            "that is not in the books yet is added to them."
        ),
    )
    @once
    def add(self, house: House, who: Who, data: NewBankAccount) -> dict[str, Any]:
        return bank_accounts.add(house, who, data.company_id, msgspec.to_builtins(data))

    @patch(
        "/{bank_account_id:str}",
        sync_to_thread=True,
        summary="Change or close a bank account",
        description="Once movements were posted, its currency, account and journal stay.",
    )
    def change(
        self, house: House, who: Who, bank_account_id: str, data: BankAccountChange
    ) -> dict[str, Any]:
        return bank_accounts.change(house, who, bank_account_id, msgspec.to_builtins(data))

    @get(
        "/{bank_account_id:str}/reconciliation",
        sync_to_thread=True,
        summary="The bank held against the books",
        description=(
            "At the end of the last accepted statement, or of the last that ends by `day`: closing "
            "balance = balance in the books + movements not posted - entries on no statement + "
            "opening balance that is not in the books. A `difference` comes from `gaps` between "
            "statements. At most 500 movements and entries are listed; the totals are of all."
        ),
    )
    def reconciliation(
        self, house: House, who: Who, bank_account_id: str, day: date | None = None
    ) -> dict[str, Any]:
        return bank_reconciliation.reconciliation(house, who, bank_account_id, day)


class BankRules(Controller):
    path = "/api/v1/bank-rules"
    tags = ("Bank",)

    @get(sync_to_thread=True, summary="Rules for movements")
    def list_rules(self, house: House, who: Who, company_id: str | None = None) -> dict[str, Any]:
        return {"items": bank_rules.list_rules(house, who, company_id), "next_cursor": None}

    @post(
        sync_to_thread=True,
        summary="Add a rule for movements",
        description=(
            "Movements on the `side` (in, out, or both when empty) whose label has the `words` are "
            "posted to `account`. Of several that fit, the one with most words wins."
        ),
    )
    @once
    def add(self, house: House, who: Who, data: BankRuleBody) -> dict[str, Any]:
        return bank_rules.add(house, who, data.company_id, msgspec.to_builtins(data))

    @post(
        "/preview",
        status_code=200,
        sync_to_thread=True,
        summary="Which past movements a rule would have spoken of",
    )
    def preview(self, house: House, who: Who, data: BankRuleBody) -> dict[str, Any]:
        return bank_rules.preview(house, who, data.company_id, msgspec.to_builtins(data))

    @delete(
        "/{bank_rule_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Retire a rule",
        description="It acts no more; what it posted stays.",
    )
    def retire(self, house: House, who: Who, bank_rule_id: str) -> dict[str, Any]:
        return bank_rules.retire(house, who, bank_rule_id)


CONTROLLERS = (BankAccounts, BankRules)
