"""Contracts and billing batches at a browser: what is due, a choice of it, its drafts, and back."""

from __future__ import annotations

import csv

from playwright.sync_api import expect

from service.operations import batches, companies, contracts, customers, records, sales_settings
from service.operations.billable import Wanted
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.selling import SAID

HOW_MANY = 300
REMEMBER_PROGRESS = """() => {
  const words = document.getElementById("finalising-words");
  const said = [];
  new MutationObserver(() => {
    said.push(words.textContent);
    sessionStorage.setItem("progress", said.join("|"));
  }).observe(words, { childList: true });
}"""
"""What the page says meanwhile, kept for the page that comes after it."""


def agreed(site: Site, tenant: Tenant, count: int) -> None:
    """So many contracts with some customers, a fee due of each, hours of the first."""
    house, who = site.house, tenant.who
    begins = house.now().date().replace(day=1).replace(year=house.now().year - 1)
    theirs = [
        customers.add_customer(house, who, tenant.company_id, {"name": f"Client {n:02}"})["id"]
        for n in range(min(count, 30))
    ]
    for n in range(count):
        said = {"name": f"Forfait {n:03}", "kind": "retainer", "every": "year", "price": "100",
                "start": begins.isoformat()}  # fmt: skip
        made = contracts.add(house, who, theirs[n % len(theirs)], said)
        if n == 0:
            hours = {"text": "Astreinte", "kind": "time", "quantity": "2", "unit_price": "80",
                     "contract_id": made["id"], "served_on": begins.isoformat()}  # fmt: skip
            records.add_record(house, who, theirs[0], hours)


def test_a_batch_of_300_contracts_is_chosen_by_keys_made_and_deleted_again(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    agreed(site, tenant, HOW_MANY)
    page, key = nadia.page, nadia.page.keyboard
    nadia.go("/sales/batches")
    key.press("n")
    figures = page.locator("#figures")
    expect(figures).to_contain_text("30 160,00")
    expect(page.locator("tbody.contract")).to_have_count(HOW_MANY)

    key.press("j")  # the first contract: a fee and hours
    key.press("e")
    page.locator("tbody.contract").first.get_by_text("Astreinte").locator(
        "xpath=ancestor::tr"
    ).get_by_role("checkbox").uncheck()
    expect(figures).to_contain_text("30 000,00")
    whole = page.locator(".whole").first
    assert whole.evaluate("box => box.indeterminate")
    page.locator(".unfold").first.focus()
    key.press("x")  # some of it was taken: now all, then nothing, then all again
    expect(figures).to_contain_text("30 160,00")
    key.press("x")
    expect(figures).to_contain_text("29 900,00")
    key.press("x")
    page.get_by_label("Une facture par client").check()
    expect(figures.locator("dd").first).to_have_text("30")
    expect(figures).to_contain_text("30 160,00")

    page.get_by_label("Nom").fill("Novembre")
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Lot généré : 30 brouillon(s)")
    expect(page.locator("#rows tbody tr")).to_have_count(30)
    expect(page.locator("#rows tbody tr b")).to_have_count(0)  # no draft differs from its records
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator("#messages")).to_contain_text("tout est de nouveau à facturer")
    nadia.go("/sales/batches/new")
    expect(page.locator("#figures")).to_contain_text("30 160,00")

    # One invoice for each contract: all finalised while one sees how far it is, and exported at once.
    house, who, company_id = site.house, tenant.who, tenant.company_id
    companies.change(house, who, company_id, {"siren": "732829320"})
    sales_settings.change_settings(house, who, company_id, SAID)
    made = batches.make(house, who, Wanted(company_id=company_id), name="Par contrat")["id"]
    nadia.go(f"/sales/batches/{made}")
    page.evaluate(REMEMBER_PROGRESS)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=f"Finaliser les {HOW_MANY} brouillons").press("Enter")
    expect(page.locator("#messages")).to_contain_text("Factures finalisées")
    year = house.now().year
    expect(page.locator("#messages")).to_contain_text(f"F{year}-0001 à F{year}-0300")
    steps = page.evaluate("sessionStorage.getItem('progress')").split("|")
    assert [step.split()[2] for step in steps[:3]] == ["0", "50", "100"], steps
    nadia.go(f"/sales/batches/{made}")
    page.get_by_label("Exporter les 300 factures").select_option(label="Xero")
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter").press("Enter")
    numbers = [row["*InvoiceNumber"] for row in csv.DictReader(download.value.path().open("r"))]
    assert list(dict.fromkeys(numbers)) == [f"F{year}-{n:04}" for n in range(1, 301)]
    page.get_by_label("Exporter les 300 factures").select_option(label="QuickBooks Desktop (IIF)")
    with page.expect_download():  # a form that downloads is sent as often as one likes
        page.get_by_role("button", name="Exporter").press("Enter")
    nadia.go("/sales/invoices?status=exported")
    expect(page.locator("#rows tbody tr")).to_have_count(100)

    # What was done is there as well; among so many customers one is searched for.
    nadia.expected = {422}
    nadia.go("/sales/records")
    key.press("n")
    page.get_by_label("Client", exact=True).fill("ent 17")
    expect(page.get_by_role("option", name="Client 17")).to_be_visible()
    key.press("Enter")
    expect(page.locator("[name=contract_id] option")).to_have_count(11)
    page.get_by_label("Désignation").fill("Câble")
    page.get_by_label("Prix unitaire").fill("12,50")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Ajouté")
    row = page.locator("#rows tbody tr", has_text="Câble")
    expect(row).to_contain_text("Client 17")
    row.get_by_role("link").click()
    page.get_by_label("Quantité").fill("3")
    key.press("Control+s")
    expect(row).to_contain_text("37,50")

    def send(*lines: str) -> None:
        content = "\n".join(("Client;Désignation;Prix unitaire", *lines)).encode()
        file = {"name": "heures.csv", "mimeType": "text/csv", "buffer": content}
        page.get_by_label("CSV ou .xlsx").set_input_files(file)
        page.get_by_role("button", name="Envoyer").click()

    send("Client 03;Prise;10", "Personne;Prise;10", "Client 04;Prise;dix")
    expect(page.locator("#faults tbody tr")).to_have_count(2)
    expect(page.locator("#faults")).to_contain_text("Client inconnu")
    send("Client 03;Prise;10", "Client 04;Prise;10")
    expect(page.locator("#messages")).to_contain_text("2 élément(s) à facturer")
    expect(page.locator("#rows")).to_contain_text("Prise")
    page.locator("#messages").get_by_role("button", name="Annuler").click()
    expect(page.locator("#messages")).to_contain_text("peut être renvoyé")
    expect(page.locator("#rows")).not_to_contain_text("Prise")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="En faire un brouillon").click()
    expect(page.get_by_role("heading", name="Client 17")).to_be_visible()
    nadia.go("/sales/records?status=drafted")
    expect(row.get_by_role("link", name="sur un brouillon")).to_be_visible()


def test_a_contract_is_written_and_work_under_it_waits_until_it_is_finished(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    customers.add_customer(site.house, tenant.who, tenant.company_id, {"name": "Leroy"})
    page, key = nadia.page, nadia.page.keyboard
    nadia.expected = {422}
    nadia.go("/sales/contracts")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_role("heading", name="Contracts")).to_be_visible()
    key.press("n")
    page.get_by_label("Name").fill("Support")
    page.get_by_label("Invoiced").select_option(label="on demand")
    page.get_by_label("Price without VAT").fill("-1")
    key.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text("cannot be")
    expect(page.get_by_label("Name")).to_have_value("Support")
    page.get_by_label("Price without VAT").fill("80.50")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Contract saved")

    page.get_by_label("What", exact=True).fill("Printer")
    page.get_by_label("Quantity", exact=True).fill("2")
    page.get_by_label("Finished").uncheck()
    page.locator("#add").click()
    row = page.locator("#rows tbody tr")
    expect(row).to_contain_text("ticket still open")
    expect(row).to_contain_text("161.00")
    nadia.go("/sales/batches/new")
    expect(page.locator("tbody.contract.locked")).to_be_visible()
    page.go_back()
    row.get_by_role("button", name="Finished").click()
    expect(row).not_to_contain_text("ticket still open")
    nadia.go("/sales/batches/new")
    expect(page.locator("#figures")).to_contain_text("193.20")
