"""Cover sheets as people ask for them: of a company of theirs and a category there is."""

from __future__ import annotations

from collections.abc import Sequence

from domain.categories import check_category
from domain.covers import Separator
from domain.people import Scope, Who
from service.cover_sheets import draw_cover_sheet
from service.house import House
from service.operations import companies
from service.operations.categories import categories


def cover_sheet(
    house: House, who: Who, company_id: str, category: str, lines: Sequence[str]
) -> bytes:
    """The PDF of a sheet; company and category may each be empty. `lines` are for people."""
    who.must(Scope.IMPORTS_WRITE)
    name = companies.get(house, who, company_id)["name"] if company_id else ""
    if category:
        check_category(category, [known["code"] for known in categories(house, who)])
    said = Separator(company_id or None, category or None)
    return draw_cover_sheet(said, [line for line in (name, *lines) if line])
