"""The invoices somebody chose in the list, or all of an import or a batch, for another program."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from service.api.sales_papers import exported
from service.house import House
from service.operations import origins, sales_exports
from service.operations.sessions import Session
from service.pages.desk import PageController

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
CHOSEN = "invoice."
"""Begins the name of the box of an invoice."""


class InvoiceExports(PageController):
    path = "/sales/invoices/export"

    @post(status_code=200, sync_to_thread=True)
    def export(self, house: House, session: Session, data: Form) -> Response[bytes]:
        who, into = session.who, data.get("format", "")
        if data.get("born_from"):
            return exported(origins.export(house, who, data["born_from"], into, {}))
        ids = [name.removeprefix(CHOSEN) for name in data if name.startswith(CHOSEN)]
        return exported(sales_exports.export_invoices(house, who, ids, into, {}))


CONTROLLERS = (InvoiceExports,)
