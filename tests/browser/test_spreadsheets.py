"""Bulk drafts from Excel at a browser: a good file in French, one with twelve kinds of errors in
English, both by keyboard.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from domain.documents import Category
from service.operations import access
from storage import tables as t
from tests.browser.conftest import Site, Visitor
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant
from tests.service.workbooks import DUPONT, FIVE_ROWS, MARTIN, PETIT, lines

ENGLISH = ("SIREN*", "Customer name", "Item*", "Quantity*", "Unit price excl. VAT*", "VAT rate*",
           "Discount (%)", "Type (Goods/Service)", "Date of service", "Customer email", "Currency")  # fmt: skip
TWELVE = (
    ("732829321", "Dupont", "Advice", 1, 100, 20),
    ("12345", "Dupont", "Advice", 1, 100, 20),
    (DUPONT, "Dupont", "", 1, 100, 20),
    (DUPONT, "Dupont", "Advice", "two", 100, 20),
    (DUPONT, "Dupont", "Advice", 0, 100, 20),
    (DUPONT, "Dupont", "Advice", 1, -100, 20),
    (DUPONT, "Dupont", "Advice", 1, "1,234", 20),
    (DUPONT, "Dupont", "Advice", 1, 100, 19.6),
    (DUPONT, "Dupont", "Advice", 1, 100, 20, 150),
    (DUPONT, "Dupont", "Advice", 1, 100, 20, "", "maybe"),
    (DUPONT, "Dupont", "Advice", 1, 100, 20, "", "", "31/02/2026"),
    (DUPONT, "Dupont", "Advice", 1, 100, 20, "", "", "", "a@b"),
)
RIGHT = (DUPONT, DUPONT, "Advice", "2", "1", "100", "1234.00", "20", "15", "Service", "28/02/2026", "a@b.example")  # fmt: skip


def drafts_of(site: Site, tenant: Tenant) -> int:
    with site.house.store.reading() as connection:
        found = connection.scalar(
            select(func.count()).where(
                t.sales_invoice.c.organisation_id == tenant.organisation_id,
                t.sales_invoice.c.born_from.is_not(None),
            )
        )
    return found or 0


def send(page: Page, path: Path) -> None:
    page.locator("#file").set_input_files(path)
    page.locator("#send button").press("Enter")
    expect(page.locator(".steps [aria-current]")).to_be_visible()


def test_a_good_file_becomes_drafts_step_by_step_in_french(
    nadia: Visitor, site: Site, tenant: Tenant, tmp_path: Path
) -> None:
    page = nadia.page
    nadia.go("/sales/spreadsheets")
    expect(page.locator("#file")).to_be_disabled()
    expect(page.locator(".message.warn")).to_contain_text("aucune facture")

    invoice(site.house, tenant.who, "V-1", category=Category.SALES_INVOICE)
    page.reload()
    path = tmp_path / "mars.xlsx"
    path.write_bytes(
        lines(*FIVE_ROWS, header=("SIREN", "Nom du client", "Quoi", "Qté", "PU HT", "TVA"))
    )
    send(page, path)

    expect(page.get_by_label("Désignation")).to_be_focused()
    page.get_by_label("Désignation").select_option(label="C – Quoi")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#main h2")).to_contain_text("Toutes les cellules sont justes")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Nom des brouillons")).to_have_value("mars")
    page.get_by_label("Nom des brouillons").fill("Mars 2026")
    page.keyboard.press("Enter")
    expect(page.locator(".figures")).to_contain_text("Lignes5")
    expect(page.locator(".totals tbody tr")).to_contain_text("826,00")
    assert drafts_of(site, tenant) == 0
    expect(page.get_by_role("button", name="Créer 3 brouillons")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main h2")).to_contain_text("3 brouillons créés")
    assert drafts_of(site, tenant) == 3
    nadia.go("/sales/spreadsheets")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="mars.xlsx")).to_be_focused()
    nadia.expected.add(409)
    send_again = page.locator("#file")
    send_again.set_input_files(path)
    page.locator("#send button").press("Enter")
    expect(page.locator("#messages")).to_contain_text("déjà été importé")

    page.get_by_role("link", name="mars.xlsx").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Annuler l’import").press("Enter")
    expect(page.locator("#messages")).to_contain_text("de nouveau à vérifier")
    expect(page.locator("#main h2")).to_contain_text("Toutes les cellules sont justes")
    assert drafts_of(site, tenant) == 0


def test_twelve_kinds_of_errors_are_fixed_in_place_by_keyboard_in_english(
    site: Site, tenant: Tenant, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    invoice(site.house, tenant.who, "V-1", category=Category.SALES_INVOICE)
    visitor = visit(site, "en-GB")
    person = next(u for u in access.list_users(site.house, tenant.who))
    access.update_user(site.house, tenant.who, person["id"], {"language": "en"})
    visitor.sign_in(person["email"])
    page = visitor.page
    visitor.go("/sales/spreadsheets")
    path = tmp_path / "march.xlsx"
    path.write_bytes(
        lines(
            *TWELVE,
            (MARTIN, "Martin", "Book", 1, 10, 5.5),
            (PETIT, "", "Book", 1, 10, 5.5),
            header=ENGLISH,
        )
    )
    send(page, path)
    page.keyboard.press("Control+Enter")

    expect(page.locator("#main h2")).to_contain_text("12 cells to fix in 12 rows")
    faults = page.locator("input[data-fault]")
    reasons = page.locator(".why").all_inner_texts()
    assert len(set(reasons)) == 12, reasons
    assert "check digit" in reasons[0]
    expect(faults.first).to_be_focused()
    for place, value in enumerate(RIGHT):
        expect(faults.nth(place)).to_be_focused()
        page.keyboard.type(value)
        page.keyboard.press("Enter")

    expect(page.locator("#main h2")).to_contain_text("1 cell to fix")
    expect(faults.first).to_be_focused()
    expect(page.locator(".why")).to_contain_text("New customer")
    page.get_by_label("Leave row 15 out").check()
    page.keyboard.press("Control+s")
    expect(page.locator("#main h2")).to_contain_text("Every cell is right")
    page.keyboard.press("Control+Enter")
    page.get_by_label("Name of the drafts").press("Enter")
    expect(page.locator(".figures")).to_contain_text("Drafts2")
    expect(page.locator(".panel")).to_contain_text("Rows that are not imported: 15")

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Give this import up").press("Enter")
    expect(page.locator("#messages")).to_contain_text("nothing was created")
    assert drafts_of(site, tenant) == 0
