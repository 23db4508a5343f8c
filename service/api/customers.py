"""/api/v1/customers: who we invoice."""

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
from service.operations import customers

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class AddressBody(msgspec.Struct, forbid_unknown_fields=True):
    street: str | None = None
    more: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None


class TermsBody(msgspec.Struct, forbid_unknown_fields=True):
    days: int | None = None
    end_of_month: bool | None = None


class CustomerChange(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    legal_id: str | None = None
    vat_id: str | None = None
    address: AddressBody | None = None
    email: str | None = None
    electronic_address: str | None = None
    terms: TermsBody | None = None
    language: str | None = None
    version: int | None = None


class CustomerBody(CustomerChange, forbid_unknown_fields=True):
    company_id: str | None = None


class Customers(Controller):
    path = "/api/v1/customers"
    tags = ("Sales",)

    @get(
        sync_to_thread=True,
        summary="Customers of a company",
        description="By name. `q` searches names, cities, numbers and auxiliary codes.",
    )
    def list_customers(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        q: str = "",
        archived: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        return customers.list_customers(
            house, who, company_id, q=q, archived=archived, cursor=cursor, limit=limit
        )

    @post(
        sync_to_thread=True,
        summary="Add a customer",
        description=(
            "`legal_id` is a SIREN in France, a UID in Switzerland, an enterprise number in "
            "Belgium; it is checked, and a company has each once. `electronic_address` is "
            "`scheme:value` and follows from the number where none is given."
        ),
    )
    @once
    def add_customer(self, house: House, who: Who, data: CustomerBody) -> dict[str, Any]:
        return customers.add_customer(house, who, data.company_id, msgspec.to_builtins(data))

    @get("/{customer_id:str}", sync_to_thread=True, summary="One customer")
    def customer(self, house: House, who: Who, customer_id: str) -> Response[dict[str, Any]]:
        return versioned(customers.get_customer(house, who, customer_id))

    @patch(
        "/{customer_id:str}",
        sync_to_thread=True,
        summary="Put a customer right",
        description="What is finalised keeps the customer as they were that day.",
    )
    def change(
        self,
        house: House,
        who: Who,
        customer_id: str,
        data: CustomerChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        values = msgspec.to_builtins(data)
        version = required_version(if_match, values.pop("version"))
        return versioned(customers.change_customer(house, who, customer_id, values, version))

    @delete(
        "/{customer_id:str}", status_code=200, sync_to_thread=True, summary="Put a customer away"
    )
    def archive(self, house: House, who: Who, customer_id: str) -> dict[str, Any]:
        return customers.archive_customer(house, who, customer_id)

    @post(
        "/{customer_id:str}/restore",
        status_code=200,
        sync_to_thread=True,
        summary="Bring a customer back",
    )
    @once
    def restore(self, house: House, who: Who, customer_id: str) -> dict[str, Any]:
        return customers.archive_customer(house, who, customer_id, archived=False)


CONTROLLERS = (Customers,)
