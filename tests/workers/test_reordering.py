"""Pages that were fed out of order: what the machine did or proposes, answered by a person."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from domain.text import PageText
from models.proposing import propose
from service.house import House
from service.operations import imports, review
from storage import tables as t
from tests.models.pages import a_page, an_invoice, of_two
from tests.service.conftest import Tenant, make_tenant
from tests.service.stack import ready_import
from workers import grouping

SURE = (
    of_two(0, "Papeterie Durand", "2026-17", 1),
    an_invoice(1, "Garage Martin", "732 829 320 00074", "FA-881"),
    of_two(2, "Papeterie Durand", "2026-17", 2),
)
LIKELY = (*SURE[:2], a_page(2, ["Total TTC 60,00", "Page 2/2"]))


@pytest.fixture
def ours(house: House) -> Tenant:
    return make_tenant(house, "dupont")


def grouped(house: House, tenant: Tenant, pages: tuple[PageText, ...]) -> str:
    """The id of an import of one file with these pages, in the groups that the machine proposes."""
    import_id = ready_import(house, tenant, (), blank=len(pages))
    with house.store.transaction() as connection:
        connection.execute(
            update(t.page).where(t.page.c.import_id == import_id).values(set_aside=None)
        )
        file = connection.execute(select(t.file).where(t.file.c.import_id == import_id)).one()
        grouping.write(connection, house.now(), file, propose(pages, is_einvoice=False))
        connection.execute(update(t.group).values(reading={"fields": {}}))
    return import_id


def shape(view: dict[str, Any]) -> list[list[int]]:
    groups = sorted((g for f in view["files"] for g in f["groups"]), key=lambda g: g["number"])
    return [[p["page"] + 1 for p in g["page_list"]] for g in groups]


def orders(view: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(d["about"], d["settled"]) for d in view["to_check"] if "order" in d["about"]]


@pytest.mark.parametrize(
    ("pages", "about", "lie", "answer", "then"),
    [
        (SURE, "order", [[1, 3], [2]], "as_fed", [[1], [2], [3]]),
        (LIKELY, "no_order", [[1], [2, 3]], "order", [[1, 3], [2]]),
    ],
    ids=["sure", "likely"],
)
def test_pages_out_of_order_are_asked_about_kept_or_changed_and_taken_back(
    house: House,
    ours: Tenant,
    pages: tuple[PageText, ...],
    about: str,
    lie: list[list[int]],
    answer: str,
    then: list[list[int]],
) -> None:
    import_id = grouped(house, ours, pages)
    view = imports.get(house, ours.who, import_id)
    assert (shape(view), orders(view)) == (lie, [(about, False)])
    doubt = next(d for d in view["to_check"] if d["about"] == about)

    def do(what: str) -> tuple[list[list[int]], list[tuple[str, bool]]]:
        wanted = {"do": what, "pages": doubt["page_ids"]}
        view = review.change(house, ours.who, import_id, [wanted], None)
        return shape(view), orders(view)

    def undone() -> tuple[list[list[int]], list[tuple[str, bool]]]:
        view = review.undo(house, ours.who, import_id)
        return shape(view), orders(view)

    other = "no_order" if about == "order" else "order"
    assert do("keep_cut") == (lie, [(about, True)])
    assert undone() == (lie, [(about, False)])
    assert do(answer) == (then, [(other, True)])
    assert undone() == (lie, [(about, False)])
