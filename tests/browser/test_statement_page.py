"""A bank statement at a browser: proved while one types, accepted and posted, by keys and by mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from service.operations import accounting, bank_accounts, statement_changes, statements
from tests.browser.conftest import Site, Visitor
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant
from tests.service.test_bank import IBAN, MARCH, bank, imported
from tests.service.test_statements import ROWS, on_paper, read

pytestmark = pytest.mark.browser


def test_a_statement_is_put_right_and_accepted_by_keys_alone(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    bank(site.house, tenant.who)
    document_id, _ = on_paper(site.house, tenant, read(*ROWS, closing="950.40"))
    statement_id = str(statements.of_document(site.house, tenant.who, document_id))
    page, key = nadia.page, nadia.page.keyboard
    nadia.go(f"/statements/{statement_id}")
    rows, difference = page.locator("#rows tbody tr"), page.locator("#difference")
    expect(rows).to_have_count(3)
    expect(difference).to_have_text("Écart -8,00")

    # Fees were taken once more than is read: a row below the second, day taken over.
    key.press("ArrowDown")
    key.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    expect(page.locator('[data-page="1"] rect.preview')).to_have_attribute("y", "200")
    key.press("+")
    expect(rows).to_have_count(4)
    expect(rows.nth(2).locator("[name$='.day']")).to_have_value("2026-11-05")
    rows.nth(2).get_by_label("Libellé").focus()
    key.type("FRAIS BIS")
    key.press("Enter")
    key.type("8")
    expect(difference).to_have_text("Le compte est bon")
    expect(rows.nth(2).locator(".running")).to_have_text("864,00")
    key.press("Escape")
    key.press("Delete")
    expect(rows).to_have_count(3)
    expect(difference).to_have_text("Écart -8,00")
    key.press("Control+z")
    expect(difference).to_have_text("Le compte est bon")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Enregistré")
    assert [r["label"] for r in statements.get(site.house, tenant.who, statement_id)["rows"]] == [
        "VIR LYRECO",
        "FRAIS",
        "FRAIS BIS",
        "VIR CLIENT",
    ]

    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Relevé accepté")
    expect(page.locator("#proposals tr")).to_have_count(4)
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Mouvements comptabilisés")
    expect(page.locator("#proposals")).to_have_count(0)


def test_a_doubt_is_solved_and_an_account_opened_by_mouse(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    wrong = (*ROWS[:2], ("2026-11-09", "VIR CLIENT", "-86.40"))
    document_id, _ = on_paper(site.house, tenant, read(*wrong))
    page = nadia.page
    nadia.go(f"/documents/{document_id}")
    page.get_by_role("link", name="Vérifier ce relevé").click()
    expect(page.locator("tr.doubtful")).to_contain_text("sens inversé")
    expect(page.get_by_text("86,40 corrigerait l’écart")).to_be_visible()
    nadia.expected = {409}
    page.get_by_role("button", name="Accepter", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("ne peut pas être accepté")
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("#difference")).to_have_text("Le compte est bon")
    page.get_by_role("button", name="Ouvrir ce compte").click()
    expect(page.locator("#messages")).to_contain_text("Compte bancaire ouvert")
    page.get_by_role("button", name="Accepter", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Relevé accepté")
    (account,) = bank_accounts.list_accounts(site.house, tenant.who)
    assert (account["iban"], account["account"]) == (IBAN, "512001")

    fees = page.locator("#proposals tr").nth(1)
    fees.get_by_placeholder("Compte").fill("6278")
    page.get_by_role("button", name="Comptabiliser").click()
    expect(page.locator("#messages")).to_contain_text("Mouvements comptabilisés")

    # What the bank says is held against the books.
    nadia.go("/statements")
    page.get_by_role("link", name="Crédit Agricole").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Le compte est bon")
    expect(page.locator("tr.total")).to_contain_text("958,40")

    # A file of the bank, from the list.
    nadia.go("/statements")
    page.locator("input[type=file]").set_input_files(
        {"name": "releve.csv", "mimeType": "text/csv", "buffer": MARCH}
    )
    page.get_by_role("button", name="Importer le fichier").click()
    expect(page.locator("#rows tbody tr")).to_have_count(4)

    # A table whose columns are guessed wrong: what they are is said once.
    for first, amount in ((True, "7,00"), (False, "8,00")):
        nadia.go("/statements")
        strange = f"wann;was;x;y\n03/11/2026;GEBÜHR;-1,50;-{amount}\n"
        page.locator("input[type=file]").set_input_files(
            {"name": "fremd.csv", "mimeType": "text/csv", "buffer": strange.encode()}
        )
        if first:
            page.get_by_label("Vérifier les colonnes (CSV)").check()
        page.get_by_role("button", name="Importer le fichier").click()
        if first:
            expect(page.locator("[name='column.0']")).to_have_value("day")
            page.locator("[name='column.2']").select_option("")
            page.locator("[name='column.3']").select_option("amount")
            page.get_by_role("button", name="Importer le fichier").click()
        expect(page.locator("#rows tbody tr")).to_have_count(1)
        expect(page.locator("#rows").get_by_label("Débit")).to_have_value(amount)


def test_movements_are_matched_found_and_ruled_by_keys_in_english(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    house, who = site.house, tenant.who
    bank(house, who)
    accounting.post(house, who, invoice(house, who))
    rent = {"net": "50.00", "vat": "10.00", "gross": "60.00", "supplier": "Bureautique Durand"}
    hired = invoice(house, who, "LOC-9", **rent)
    accounting.post(house, who, hired)
    statement_id = imported(house, who)
    page, key = nadia.page, nadia.page.keyboard
    nadia.go(f"/statements/{statement_id}")
    page.get_by_title("English").click()
    expect(page.get_by_role("heading", name="What each movement is")).to_be_visible()
    moved = page.locator("#proposals tr")
    key.press("ArrowDown")
    expect(moved.nth(0)).to_be_focused()
    key.press("m")
    expect(moved.nth(0).locator("select")).to_have_value(re.compile("^match doc_"))
    expect(moved.nth(1)).to_be_focused()

    # A rule of the third row: what it is called, without what changes.
    key.press("ArrowDown")
    key.press("r")
    expect(page.get_by_label("Words of the label")).to_have_value("CB BOULANGERIE")
    page.locator("dialog#rule").get_by_label("Account").fill("6257")
    key.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Rule saved: “CB BOULANGERIE” → 6257.")
    expect(moved.nth(2).locator("select option").first).to_contain_text("6257")

    # The fourth pays what is found by a name.
    moved.nth(3).focus()
    key.press("f")
    expect(moved.nth(3).locator("[data-items]")).to_be_focused()
    key.type("durand")
    expect(page.locator("#choices [role=option]")).to_have_count(1)
    expect(page.locator("#choices [role=option]")).to_contain_text("LOC-9")
    key.press("Enter")
    expect(moved.nth(3).locator("select")).to_have_value(f"match {hired}:-60.00")
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("posted")
    expect(page.locator("#proposals")).to_have_count(0)


def test_two_people_on_one_statement_overwrite_nothing_unseen(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    document_id, _ = on_paper(site.house, tenant, read(*ROWS))
    at = str(statements.of_document(site.house, tenant.who, document_id))
    page = nadia.page
    nadia.go(f"/statements/{at}")
    seen = statements.get(site.house, tenant.who, at)
    first, second, _ = (
        {name: row[name] for name in ("id", "day", "value_day", "label", "amount")}
        for row in seen["rows"]
    )
    # Meanwhile a colleague changes two labels and the bank, takes a row out and adds one.
    theirs = [
        first | {"label": "VIR LYRECO FRANCE"},
        second | {"label": "FRAIS DE TENUE"},
        {"id": None, "day": "2026-11-30", "label": "AGIOS", "amount": "-1.00"},
    ]
    statement_changes.save(site.house, tenant.who, at, {"bank": "LCL"}, theirs, seen["version"])

    rows = page.locator("#rows tbody tr")
    rows.nth(0).get_by_label("Débit").fill("121,00")
    rows.nth(1).get_by_label("Libellé").fill("FRAIS DE NOVEMBRE")
    rows.nth(2).get_by_label("Libellé").fill("VIR CLIENT DURAND")
    page.get_by_label("Banque").fill("BNP")
    nadia.expected = {412}
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("Votre saisie est conservée")
    marked = page.locator("tr.doubtful")
    expect(marked).to_have_count(4)
    labels = rows.get_by_label("Libellé")
    for place, label in enumerate(
        ("VIR LYRECO FRANCE", "FRAIS DE NOVEMBRE", "AGIOS", "VIR CLIENT DURAND")
    ):
        expect(labels.nth(place)).to_have_value(label)
    expect(rows.nth(0).get_by_label("Débit")).to_have_value("121,00")
    expect(marked.nth(1)).to_contain_text("FRAIS DE TENUE")
    expect(page.locator(".fields")).to_contain_text("Y figure maintenant : LCL")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré")
    now = statements.get(site.house, tenant.who, at)
    assert now["bank"] == "BNP"
    assert [(row["label"], row["amount"]) for row in now["rows"]] == [
        ("VIR LYRECO FRANCE", "-121.00"),
        ("FRAIS DE NOVEMBRE", "-8.00"),
        ("AGIOS", "-1.00"),
        ("VIR CLIENT DURAND", "86.40"),
    ]
