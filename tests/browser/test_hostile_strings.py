"""What stands on paper, and what files are called, is text: it never runs, loads or leads away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from domain.findings import Finding, LineItem, Reading, VatLine
from domain.problems import Problem
from domain.text import Box
from service.operations import validation
from storage import tables as t
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)><svg onload=alert(1)>',
    "</title></textarea></template><iframe src=https://evil.example/>",
    "javascript:alert(1)//{{ 7*7 }}{0.__class__}%s",
    "'-alert(1)-' onfocus=alert(1) autofocus='",
)


def reading_of(text: str) -> Reading:
    def found(value: str) -> Finding:
        return Finding(value, 0.9, "contradictory", "ocr", 0, Box(0.1, 0.1, 0.4, 0.2), text)

    names = ("supplier_name", "invoice_number", "iban", "order_number", "customer_name", "currency")
    return Reading(
        {name: found(text) for name in names} | {"gross_total": found("120.00")},
        vat_lines=(VatLine(text, text, text),),
        line_items=(LineItem(text, text, text, text, text),),
        problems=(Problem("unheard_of", text, "blocking", "iban", {"value": text}),),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text_on_every_page(
    text: str, site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    page = nadia.page
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    import_id = ready_import(site.house, tenant, name=text)
    with site.house.store.transaction() as connection:
        reading = reading_of(text).to_json()
        connection.execute(
            update(t.group).where(t.group.c.import_id == import_id).values(reading=reading)
        )
        connection.execute(
            update(t.page)
            .where(t.page.c.import_id == import_id)
            .values(cut={"probability": 0.5, "reasons": [text]})
        )
        connection.execute(
            update(t.file)
            .where(t.file.c.import_id == import_id)
            .values(
                problem={"code": "unheard_of", "message": text, "advice": text},
                notes=[{"code": "attachments_left", "message": "", "values": {"names": [text]}}],
            )
        )

    nadia.go("/imports")
    expect(page.locator("td.name")).to_have_text(text)
    nadia.go(f"/imports/{import_id}")
    expect(page.locator("h1")).to_contain_text(text)
    expect(page.locator(".gist").first).to_contain_text(text)
    expect(page.locator(".note")).to_contain_text(text)
    page.get_by_label("Couper avant la page 2").click()
    expect(page.locator("[data-group]")).to_have_count(3)
    with site.house.store.transaction() as connection:
        connection.execute(
            update(t.group).where(t.group.c.import_id == import_id).values(reading=reading)
        )
    validation.validate(site.house, tenant.who, import_id)
    with site.house.store.reading() as connection:
        document_id = connection.scalar(
            select(t.document.c.id).where(
                t.document.c.import_id == import_id, t.document.c.category == "purchase_invoice"
            )
        )
    nadia.go("/categories/purchase_invoice")
    expect(page.locator("td.name").first).to_have_text(text)
    nadia.go(f"/documents/{document_id}")
    expect(page.locator("[name='field.supplier_name']")).to_have_value(text)
    expect(page.locator("[name='item.0.description']")).to_have_value(text)
    page.get_by_label("N° de commande").fill(text + text)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré.")
    nadia.go("/categories/purchase_invoice?q=" + "%3Cscript%3Ealert(1)%3C/script%3E")
    expect(page.locator("#q")).to_have_value("<script>alert(1)</script>")

    assert dialogs == []
    assert page.evaluate("document.querySelectorAll('iframe, main script').length") == 0
