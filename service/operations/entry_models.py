"""Models of entries: what is written each month, kept under a name with or without its amounts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from domain.analytics import LONGEST_CODE
from domain.errors import Invalid, NotFound
from domain.handwritten import MISCELLANEOUS
from domain.ids import new_id
from domain.journal import LABEL_LENGTH, REFERENCE_LENGTH, plain_text
from domain.money import parse_amount
from domain.people import Scope, Who
from service.house import House
from service.lists import Page
from service.operations import companies
from service.operations.acceptance import journal_code
from service.operations.written_lines import MOST_LINES
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

MOST_MODELS = 200
NAME_LENGTH = 100


def list_models(house: House, who: Who, company_id: str | None = None) -> Page:
    """The models of a company by name; of all companies when none is said."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        query = select(t.entry_model).where(within(who, t.entry_model))
        if company_id is not None:
            query = query.where(t.entry_model.c.company_id == company_id)
        rows = connection.execute(query.order_by(t.entry_model.c.name, t.entry_model.c.id)).all()
    return {"items": [_to_json(row) for row in rows], "next_cursor": None}


def model(house: House, who: Who, entry_model_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _to_json(_find(connection, who, entry_model_id))


def save(house: House, who: Who, company_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """Keep an entry under a name, in place of the model of that name. Named values: name, journal,
    label, piece_reference, lines; a line of a model needs no amount.
    """
    who.must(Scope.BOOKS_WRITE)
    name = plain_text(str(values.get("name") or ""), NAME_LENGTH)
    if not name:
        raise Invalid("A model has a name.", code="model_name", fields=["name"])
    content = {
        "journal": journal_code(str(values.get("journal") or "")) or MISCELLANEOUS,
        "label": plain_text(str(values.get("label") or ""), LABEL_LENGTH),
        "piece_reference": plain_text(str(values.get("piece_reference") or ""), REFERENCE_LENGTH),
        "lines": _lines(values.get("lines") or []),
    }
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        companies.find(connection, who, company.id, lock=True)
        c = t.entry_model.c
        mine = (c.company_id == company.id, within(who, t.entry_model))
        known = connection.execute(select(t.entry_model).where(*mine)).all()
        same = next((row for row in known if row.name == name), None)
        if same is None and len(known) >= MOST_MODELS:
            raise Invalid(
                f"A company has at most {MOST_MODELS} models.",
                code="models_number",
                advice="Delete one that is not used any more.",
            )
        model_id = same.id if same is not None else new_id("mdl")
        if same is not None:
            connection.execute(update(t.entry_model).where(c.id == same.id).values(content=content))
        else:
            connection.execute(
                insert(t.entry_model).values(
                    id=model_id,
                    organisation_id=who.organisation_id,
                    company_id=company.id,
                    name=name,
                    content=content,
                    made_by=who.id,
                    created_at=house.now(),
                )
            )
        record_action(
            connection, house.now(), who, "entry_model.saved", model_id, company_id=company.id
        )
        return _to_json(_find(connection, who, model_id))


def remove(house: House, who: Who, entry_model_id: str) -> None:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _find(connection, who, entry_model_id)
        connection.execute(delete(t.entry_model).where(t.entry_model.c.id == row.id))
        record_action(
            connection, house.now(), who, "entry_model.deleted", row.id, company_id=row.company_id
        )


def _find(connection: Connection, who: Who, entry_model_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.entry_model).where(
            t.entry_model.c.id == entry_model_id, within(who, t.entry_model)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such model.")
    return row


def _lines(raw: list[dict[str, Any]]) -> list[dict[str, str | None]]:
    if not 1 <= len(raw) <= MOST_LINES:
        raise Invalid(f"A model has 1 to {MOST_LINES} lines.", code="model_lines")
    return [
        {
            "account": plain_text(str(line.get("account") or "").upper(), 20),
            "auxiliary": plain_text(str(line.get("auxiliary") or "").upper(), 20) or None,
            "label": plain_text(str(line.get("label") or ""), LABEL_LENGTH) or None,
            "debit": _amount(line.get("debit")),
            "credit": _amount(line.get("credit")),
            "analytic": plain_text(str(line.get("analytic") or "").upper(), LONGEST_CODE) or None,
        }
        for line in raw
    ]


def _amount(value: Any) -> str | None:
    if value in (None, ""):
        return None
    try:
        return str(parse_amount(str(value)))
    except ValueError:
        raise Invalid("This is not an amount.", code="invalid_value", fields=["lines"]) from None


def _to_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        **row.content,
        "created_at": row.created_at.isoformat(),
    }
