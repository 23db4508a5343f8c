"""What a walk begins with: a stack that was read, with mistakes put in and suppliers that are known."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx
from sqlalchemy import update

from domain.board import Change, Do, changed
from domain.documents import POSTABLE
from domain.people import Who
from models.synthetic.stacks import Stack
from service.house import House
from service.operations import accounting
from service.operations.boards import Kept, write
from storage import tables as t
from tests.service.bookkeeping import invoice

ACCOUNT = "6064"
"""Where everything of the walk is posted."""


def prepare(house: House, who: Who, http: httpx.Client, stack: Stack) -> str:
    """The id of the import, read and spoilt."""
    documents = len(stack.truth["groups"])
    know_suppliers(house, who, stack.truth)
    answer = http.post("/imports", files={"file": ("stack.pdf", stack.pdf)})
    answer.raise_for_status()
    import_id: str = answer.json()["id"]
    while (found := http.get(f"/imports/{import_id}").json())["status"] != "ready":
        time.sleep(0.5)
    spoil(house, who, import_id, documents)
    while any(g["being_read"] for f in found["files"] for g in f["groups"]):
        time.sleep(0.5)
        found = http.get(f"/imports/{import_id}").json()
    return import_id


def spoil(house: House, who: Who, import_id: str, share: int) -> None:
    """Put mistakes in, as the machine makes them: 3 cuts, 2 categories and 4 fields of 40 documents
    (`share` of 40 of each). One cut and one category are wrong without a doubt being shown.
    """
    cuts, kinds, fields = (max(1, round(n * share / 40)) for n in (3, 2, 4))
    with house.store.transaction() as connection:
        kept = Kept.load(connection, import_id)
        board = kept.board
        order = {page: number for number, page in enumerate(board.order)}
        singles = [g for g in board.groups if len(g.pages) == 1 and g.category not in POSTABLE]
        longer = [g for g in board.groups if len(g.pages) > 1]
        for number in range(cuts):
            if number % 3 == 1 and longer:
                page = longer.pop().pages[1]
                board, probability = changed(board, Change(Do.CUT, (page,))), 0.6
            else:
                group = singles.pop()
                page = group.pages[0]
                if order[page] == 0:
                    continue
                board, probability = changed(board, Change(Do.JOIN, (page,))), 0.4
            connection.execute(
                update(t.page)
                .where(t.page.c.id == page)
                .values(cut={"probability": 0.05 if number == 2 else probability, "reasons": []})
            )
        write(house, connection, who, kept, board, what="regroup", change={"do": "regroup"})
        # Nobody has said any of it.
        connection.execute(
            update(t.page).where(t.page.c.import_id == import_id).values(begins=None)
        )
        connection.execute(
            update(t.group).where(t.group.c.import_id == import_id).values(said=False)
        )
        for number, group in enumerate(singles[:kinds]):
            wrong = "contract" if group.category != "contract" else "letter"
            row = kept.rows[group.pages]
            connection.execute(
                update(t.group)
                .where(t.group.c.id == row.id)
                .values(
                    category=wrong, guess={"category": wrong, "sure": number > 0, "confidence": 0.7}
                )
            )
        spoilt = 0
        for group in board.groups:
            known = kept.rows.get(group.pages)
            if known is None or group.category not in POSTABLE or spoilt == fields:
                continue
            reading = known.reading
            name = ("issue_date", "invoice_number", "gross_total", "net_total")[spoilt % 4]
            found = reading["fields"].get(name)
            if not found:
                continue
            wrong_value = {"issue_date": "2026-01-01", "invoice_number": "0000"}.get(name, "1.00")
            found.update(value=wrong_value, state="read", page=None, box=None)
            connection.execute(
                update(t.group).where(t.group.c.id == known.id).values(reading=reading)
            )
            spoilt += 1


def know_suppliers(house: House, who: Who, truth: Mapping[str, Any]) -> None:
    """Post an earlier invoice of every supplier of the stack, as if it came every month."""
    known: set[str] = set()
    for number, group in enumerate(truth["groups"], 1):
        said = group["fields"] or {}
        if group["category"] not in POSTABLE or said.get("supplier_name") in {None, *known}:
            continue
        known.add(said["supplier_name"])
        more: dict[str, Any] = {
            name: str(said[name])
            for name in ("supplier_siren", "supplier_vat_id", "iban")
            if said.get(name)
        }
        earlier = invoice(
            house, who, f"EARLIER-{number}", supplier=said["supplier_name"], net="7.00",
            vat="1.40", gross="8.40", issued=date(2024, 1, 15), **more,
        )  # fmt: skip
        choices = [{"part": 0, "account": ACCOUNT, "treatment": "FR_STD20"}]
        accounting.post(
            house, who, earlier, choices=choices, override_reason="Prepared for the walk"
        )
