"""The page of an invoice: pointing at the paper, choosing, sharing, settling, asking, and posting one
after the other without the mouse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from domain.findings import Finding, LineItem, Reading, VatLine
from domain.text import Box, PageText, Word
from service.operations import access, accounting, discussion, validation
from storage import tables as t
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser

LINES = (
    "Papeterie Générale SARL",
    "Facture F-2026-{number} du 3 mars 2026",
    "Commande CDE-77   1 avril 2026",
    "Total HT   100,00",
    "TVA 20 %   20,00",
    "Total TTC   120,00",
)


def paper(number: int, file_page: int) -> PageText:
    words: list[Word] = []
    for row, line in enumerate(LINES):
        x, top = 0.1, 0.1 + 0.05 * row
        for cell in line.format(number=number).split("   "):
            for text in cell.split(" "):
                width = 0.012 * len(text)
                words.append(Word(text, Box(x, top, x + width, top + 0.02), 0.99, row))
                x += width + 0.008
            x += 0.15
    return PageText(file_page, 595, 842, "text", tuple(words))


def waiting(
    site: Site, tenant: Tenant, count: int, changed: Mapping[int, Mapping[str, str]] | None = None
) -> list[str]:
    """So many invoices of one supplier that wait to be posted, in the order of the list; `changed`
    are other values of some of them.
    """
    house = site.house
    import_id = ready_import(house, tenant, (("purchase_invoice", 1),) * count, blank=0)
    with house.store.transaction() as connection:
        groups = connection.execute(
            select(t.group.c.id, t.group.c.number).where(t.group.c.import_id == import_id)
        ).all()
        for group in groups:
            values = {
                "supplier_name": "Papeterie Générale SARL",
                "invoice_number": f"F-2026-{group.number}",
                "issue_date": f"2026-03-{group.number:02}",
                "currency": "EUR",
                "net_total": "100.00",
                "vat_total": "20.00",
                "gross_total": "120.00",
            } | dict((changed or {}).get(group.number, {}))
            reading = Reading(
                {k: Finding(v, 0.97, "read", "ocr", group.number - 1) for k, v in values.items()},
                vat_lines=(VatLine("20", "100.00", "20.00"),),
                line_items=(
                    LineItem("Ramettes", "2", "30.00", "20", "60.00", group.number - 1, BOX),
                    LineItem("Toner", "1", "40.00", "20", "40.00", group.number - 1, BOX),
                ),
            )
            suggestion = [
                {
                    "part": part,
                    "description": item.description,
                    "account": "6064",
                    "treatment": "FR_STD20",
                    "confidence": 0.9,
                    "source": "words",
                    "reason": {"code": "words", "message": "", "values": {"words": "papier"}},
                    "treatment_reason": "rate",
                    "treatment_sure": True,
                    "runners_up": [],
                }
                for part, item in enumerate(reading.line_items)
            ]
            connection.execute(
                update(t.group)
                .where(t.group.c.id == group.id)
                .values(reading=reading.to_json(), suggestion=suggestion)
            )
            text = paper(group.number, group.number - 1)
            key = f"{tenant.organisation_id}/text/{import_id}-{group.number}"
            house.objects.put_bytes(key, msgspec.json.encode(text.to_json()))
            connection.execute(
                update(t.page).where(t.page.c.group_id == group.id).values(text_key=key)
            )
    view = validation.validate(house, tenant.who, import_id)
    return [document["id"] for document in view["documents"]]


BOX = Box(0.1, 0.1, 0.6, 0.12)


def entries(site: Site, tenant: Tenant) -> int:
    with site.house.store.reading() as connection:
        found = connection.scalar(
            select(func.count()).where(t.journal_entry.c.organisation_id == tenant.organisation_id)
        )
    return int(found or 0)


def click_word(page: Page, x: float, y: float, **options: object) -> None:
    """Click at fractions of the first page of the paper."""
    box = page.locator(".leaf svg").first.bounding_box()
    assert box
    page.locator("#paper").evaluate("paper => { paper.scrollTop = 0 }")
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    page.mouse.up()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_fields_are_filled_from_the_paper_and_by_candidates(
    language: str, site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    page = nadia.page
    if language == "en":
        page.get_by_role("button", name="EN").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    amount = {"fr": "100,00", "en": "100.00"}[language]
    (first,) = waiting(site, tenant, 1, {1: {"issue_date": "2026-03-09", "gross_total": "122.00"}})
    nadia.go(f"/documents/{first}")
    expect(page.locator("#sum")).to_contain_text("✗")

    page.locator("[id='field.issue_date']").focus()
    click_word(page, 0.37, 0.16)  # "mars": the whole date is meant
    expect(page.locator("[id='field.issue_date']")).to_have_value("2026-03-03")
    expect(page.locator("[name='place.issue_date']")).to_have_count(1)

    page.locator("[id='field.gross_total']").focus()
    page.keyboard.press("F2")
    option = page.locator("#choices [role=option]").first
    expect(option).to_contain_text({"fr": "120,00", "en": "120.00"}[language])
    expect(page.locator("rect.preview")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#sum")).to_have_text(re.compile(rf"{re.escape(amount)} \+ .* ✓"))
    expect(page.locator("#vat output").first).to_contain_text("✓")
    expect(page.locator("#items output").first).to_contain_text("✓")
    page.keyboard.press("Control+s")

    expect(page.locator("#messages")).to_contain_text({"fr": "Enregistré", "en": "Saved"}[language])
    with site.house.store.reading() as connection:
        places = dict(
            connection.execute(
                select(t.correction.c.field, t.correction.c.place).where(
                    t.correction.c.document_id == first
                )
            ).all()
        )
    assert places["issue_date"]["page"] == 0
    assert places["gross_total"]["box"][0] > 0.1


def test_ten_invoices_are_posted_and_one_is_skipped_without_the_mouse(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    page = nadia.page
    documents = waiting(site, tenant, 10)
    nadia.go(f"/documents/{documents[0]}?status=to_post")
    expect(page.locator("#bar-balance")).to_have_class(re.compile("even"))

    page.keyboard.press("Alt+s")
    page.wait_for_url(f"**/documents/{documents[1]}**")
    for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 1):
        expect(page.locator("[id='field.invoice_number']")).to_have_value(f"F-2026-{number}")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile("categories" if number == 1 else documents[number % 10]))

    expect(page.locator("#messages")).to_contain_text("Plus rien à comptabiliser")
    assert entries(site, tenant) == 10


def test_a_line_is_shared_and_its_account_found_by_words(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    page = nadia.page
    (first,) = waiting(site, tenant, 1)
    nadia.go(f"/documents/{first}")
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(1)
    expect(page.locator("[data-codes]")).to_have_count(0)  # the company keeps no analytic codes
    nadia.go("/books/analytics")
    page.get_by_label("Code", exact=True).fill("ch-12")
    page.get_by_label("Libellé", exact=True).fill("Chantier de la gare")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Code analytique CH-12 ajouté.")
    nadia.go(f"/documents/{first}")

    page.locator("[name='row.0.net']").fill("25 %")
    page.locator("[name='row.0.net']").press("Tab")
    expect(rows).to_have_count(2)
    expect(page.locator("[name='row.0.net']")).to_have_value("25,00")
    expect(page.locator("[name='row.1.account']")).to_be_focused()
    page.keyboard.type("honoraires")
    expect(page.locator("#choices [role=option]").first).to_contain_text("622")
    page.keyboard.press("Enter")
    expect(page.locator("table.edit")).to_contain_text("Honoraires")
    page.keyboard.press("Tab")
    expect(page.locator("[name='row.1.analytic']")).to_be_focused()
    page.keyboard.type("gare")
    expect(page.locator("#choices [role=option]")).to_have_text(["CH-12 Chantier de la gare"])
    page.keyboard.press("Enter")
    expect(page.locator("[name='row.1.code_was']")).to_have_value("own|CH-12")
    expect(page.locator("[name='row.0.analytic']")).to_have_value("")
    page.locator("[name='entry.label']").fill("Chantier de la gare")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/categories/**")

    with site.house.store.reading() as connection:
        lines = connection.execute(
            select(t.journal_line.c.account, t.journal_line.c.debit, t.journal_line.c.analytic)
            .join(t.journal_entry, t.journal_entry.c.id == t.journal_line.c.entry_id)
            .where(
                t.journal_entry.c.document_id == first,
                t.journal_entry.c.label == "Chantier de la gare",
            )
        ).all()
    debits = {row.account: str(row.debit) for row in lines}
    assert debits["6064"] == "25.00"
    assert "75.00" in debits.values()
    assert [(str(row.debit), row.analytic) for row in lines if row.analytic] == [("75.00", "CH-12")]


def test_each_problem_has_a_button_that_solves_it(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    page = nadia.page
    old, new = "FR7630006000011234567890189", "FR7610107001011234567890129"
    documents = waiting(
        site,
        tenant,
        5,
        {
            1: {"iban": old},
            2: {"gross_total": "121.00"},
            3: {"gross_total": "123.00"},
            4: {"invoice_number": "F-2026-1", "issue_date": "2026-03-01"},
            5: {"iban": new},
        },
    )
    accounting.post(site.house, tenant.who, documents[0])

    nadia.go(f"/documents/{documents[1]}")
    page.locator("#problems button", has_text="Total TTC = 120,00").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré")
    expect(page.locator("[id='field.gross_total']")).to_have_value("120,00")

    nadia.go(f"/documents/{documents[2]}")
    page.keyboard.press("Alt+p")
    page.locator("#problems summary", has_text="Accepter").press("Enter")
    expect(page.locator("#problems details[open] input").first).to_be_focused()
    page.keyboard.type("Frais de port")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Anomalie réglée")
    expect(page.locator("#problems")).to_contain_text("L’écart de 3,00 a été accepté")
    expect(page.locator("#bar-balance")).to_have_class(re.compile("even"))

    nadia.go(f"/documents/{documents[3]}?status=to_post")
    beside = page.locator("[data-beside]")
    expect(beside).to_have_attribute("href", f"/documents/{documents[0]}")
    page.get_by_text("C’est une autre…").click()
    page.locator("details[open]").get_by_label("Motif").fill("Deux livraisons du même jour")
    page.keyboard.press("Enter")
    expect(page.locator("#problems .settled").first).to_contain_text("autre pièce")

    nadia.go(f"/documents/{documents[4]}?status=to_post")
    page.get_by_role("button", name="Confirmer le nouvel IBAN").click()
    expect(page.locator("#messages")).to_contain_text("Anomalie réglée")
    expect(page.locator("#problems li.warning", has_text="IBAN")).to_have_count(0)

    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/documents/**")
    expect(page.locator("#messages")).to_contain_text("Voici la suivante")


def test_a_colleague_is_asked_and_who_is_at_work_is_shown(
    site: Site, tenant: Tenant, nadia: Visitor, visit: Callable[..., Visitor]
) -> None:
    page = nadia.page
    documents = waiting(site, tenant, 2)
    email = f"lea@{tenant.organisation_id[-12:]}.example"
    access.add_user(site.house, tenant.who, email=email, name="Léa", role="accountant")
    nadia.go(f"/documents/{documents[0]}?status=to_post")
    page.keyboard.press("Alt+a")
    page.get_by_label("À qui").select_option(label="Léa")
    page.get_by_label("À propos de quoi").fill("Quel chantier ?")
    page.get_by_role("button", name="Demander et passer").click()
    page.wait_for_url(f"**/documents/{documents[1]}**")

    lea = visit(site)
    lea.sign_in(email)
    lea.expected.add(409)
    lea.go("/categories/purchase_invoice?mine=yes")
    expect(lea.page.locator("tbody tr")).to_have_count(1)
    lea.go(f"/documents/{documents[0]}")
    expect(lea.page.locator("#assigned")).to_contain_text("Quel chantier ?")
    lea.page.get_by_label("Commentaire").fill("Celui de la gare.")
    lea.page.get_by_label("Commentaire").press("Enter")
    expect(lea.page.locator("#discussion")).to_contain_text("Celui de la gare.")

    lea.go(f"/documents/{documents[1]}")
    expect(lea.page.locator("#locked")).to_contain_text("travaille sur cette pièce")
    expect(lea.page.locator("[id='field.invoice_number']")).to_be_disabled()
    lea.page.get_by_role("button", name="Reprendre").click()
    expect(lea.page.locator("[id='field.invoice_number']")).to_be_enabled()
    nadia.expected.add(409)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Léa travaille sur cette pièce")
    said = discussion.discussion(site.house, tenant.who, documents[0])
    assert [c["text"] for c in said["comments"]] == ["Quel chantier ?", "Celui de la gare."]


def test_a_posted_document_is_found_in_the_books_and_reversed_from_its_page(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    page = nadia.page
    (first,) = waiting(site, tenant, 1)
    accounting.post(site.house, tenant.who, first)
    page.on("dialog", lambda dialog: dialog.accept())

    nadia.go("/books/documents")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("Papeterie Générale SARL")
    page.get_by_label("Rechercher").fill("rien de tel")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(0)
    nadia.go("/books/documents?journal=AC&since=2026-03-01&until=2026-03-31")
    page.locator("tbody a").first.click()
    expect(page.locator("#books")).to_contain_text("AC 2026-1")
    page.get_by_label("Motif").fill("Mauvais compte")
    page.get_by_role("button", name="Extourner").click()

    expect(page.locator("#messages")).to_contain_text("Extournée par l’écriture")
    expect(page.locator("#post")).to_be_visible()
    assert entries(site, tenant) == 2
