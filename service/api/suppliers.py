"""/api/v1/suppliers: who invoices come from, the accounts they are paid to, and twins made one."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.idempotency import once
from service.api.versions import required_version, versioned
from service.house import House
from service.lists import Page
from service.operations import supplier_files, supplier_ibans, supplier_merges, suppliers

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class SupplierBody(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    company_id: str | None = None
    siren: str | None = None
    vat_id: str | None = None
    uid: str | None = None
    iban: str | None = None


class SupplierChange(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    siren: str | None = None
    vat_id: str | None = None
    uid: str | None = None
    auxiliary: str | None = None
    version: int | None = None


class IbanBody(msgspec.Struct, forbid_unknown_fields=True):
    iban: str


class VerificationBody(msgspec.Struct, forbid_unknown_fields=True):
    how: str = ""


class OtherBody(msgspec.Struct, forbid_unknown_fields=True):
    supplier_id: str
    version: int | None = None


class Suppliers(Controller):
    path = "/api/v1/suppliers"
    tags = ("Suppliers",)

    @get(
        sync_to_thread=True,
        summary="Suppliers of a company",
        description=(
            "By name. `q` searches names, aliases, numbers, accounts and auxiliary codes. "
            "`iban` is the account to trust, and `iban_state` absent, unverified, asked or "
            "verified."
        ),
    )
    def list_suppliers(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        q: str = "",
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        return supplier_files.list_suppliers(
            house, who, company_id, q=q, cursor=cursor, limit=limit
        )

    @post(sync_to_thread=True, summary="Add a supplier")
    @once
    def add_supplier(self, house: House, who: Who, data: SupplierBody) -> dict[str, Any]:
        return suppliers.add_supplier(house, who, data.company_id, msgspec.to_builtins(data))

    @get("/twins", sync_to_thread=True, summary="Pairs of suppliers that may be one")
    def twins(self, house: House, who: Who, company_id: str | None = None) -> dict[str, Any]:
        found = supplier_merges.list_twins(house, who, company_id)
        return {"items": found, "next_cursor": None}

    @get("/{supplier_id:str}", sync_to_thread=True, summary="One supplier")
    def supplier(self, house: House, who: Who, supplier_id: str) -> Response[dict[str, Any]]:
        return versioned(supplier_files.get_supplier(house, who, supplier_id))

    @patch(
        "/{supplier_id:str}",
        sync_to_thread=True,
        summary="Put a supplier right",
        description="An auxiliary code may change until an entry has it.",
    )
    def change(
        self,
        house: House,
        who: Who,
        supplier_id: str,
        data: SupplierChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        values = msgspec.to_builtins(data)
        version = required_version(if_match, values.pop("version"))
        return versioned(supplier_files.change_supplier(house, who, supplier_id, values, version))

    @post("/{supplier_id:str}/ibans", sync_to_thread=True, summary="Name another account")
    @once
    def add_iban(self, house: House, who: Who, supplier_id: str, data: IbanBody) -> dict[str, Any]:
        return supplier_ibans.add_iban(house, who, supplier_id, data.iban)

    @post(
        "/{supplier_id:str}/ibans/{iban_id:str}/verification",
        status_code=200,
        sync_to_thread=True,
        summary="Verify an account",
        description=(
            "Where the supplier is paid elsewhere so far, the first person asks and a second one "
            "confirms in the same way; a key is never the second."
        ),
    )
    @once
    def verify(
        self,
        house: House,
        who: Who,
        supplier_id: str,
        iban_id: str,
        data: VerificationBody | None = None,
    ) -> dict[str, Any]:
        how = data.how if data else ""
        return supplier_ibans.verify_iban(house, who, supplier_id, iban_id, how)

    @delete(
        "/{supplier_id:str}/ibans/{iban_id:str}/verification",
        status_code=200,
        sync_to_thread=True,
        summary="Take a verification back",
    )
    def withdraw(self, house: House, who: Who, supplier_id: str, iban_id: str) -> dict[str, Any]:
        return supplier_ibans.withdraw_iban(house, who, supplier_id, iban_id)

    @get(
        "/{supplier_id:str}/merge",
        sync_to_thread=True,
        summary="What merging another supplier into this one would move",
    )
    def preview(self, house: House, who: Who, supplier_id: str, other: str = "") -> dict[str, Any]:
        return supplier_merges.preview(house, who, supplier_id, other)

    @post(
        "/{supplier_id:str}/merge",
        status_code=200,
        sync_to_thread=True,
        summary="Merge another supplier into this one",
        description=(
            "Its documents and accounts move; it stays as an alias, and posted entries as they "
            "are. `DELETE /suppliers/{alias}/merge` takes it back."
        ),
    )
    @once
    def merge(self, house: House, who: Who, supplier_id: str, data: OtherBody) -> dict[str, Any]:
        return supplier_merges.merge(house, who, supplier_id, data.supplier_id, data.version)

    @delete(
        "/{supplier_id:str}/merge",
        status_code=200,
        sync_to_thread=True,
        summary="Take the merge of this alias back",
    )
    def undo(self, house: House, who: Who, supplier_id: str) -> dict[str, Any]:
        return supplier_merges.undo(house, who, supplier_id)

    @post(
        "/{supplier_id:str}/distinct",
        status_code=200,
        sync_to_thread=True,
        summary="Say that another supplier is another",
    )
    @once
    def tell_apart(
        self, house: House, who: Who, supplier_id: str, data: OtherBody
    ) -> dict[str, Any]:
        return supplier_merges.tell_apart(house, who, supplier_id, data.supplier_id)


CONTROLLERS = (Suppliers,)
