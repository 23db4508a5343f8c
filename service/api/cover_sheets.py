"""/api/v1/cover-sheets: sheets to print, which say whose papers follow and what they are."""

from __future__ import annotations

from litestar import Controller, Response, get

from domain.people import Who
from service.api.downloads import shown_pdf
from service.house import House
from service.operations.cover_sheets import cover_sheet


class CoverSheets(Controller):
    path = "/api/v1/cover-sheets"
    tags = ("Intake",)

    @get(sync_to_thread=True, summary="A cover sheet to print, as PDF")
    def sheet(
        self, house: House, who: Who, company_id: str = "", category: str = ""
    ) -> Response[bytes]:
        return shown_pdf(cover_sheet(house, who, company_id, category, [category]))


CONTROLLERS = (CoverSheets,)
