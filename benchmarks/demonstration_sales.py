"""What the firm of the pictures sells: contracts, a batch of last month, drafts, a spreadsheet."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import xlsxwriter

from domain.people import Who
from service.house import House
from service.operations import (
    batches,
    companies,
    contracts,
    customers,
    drafts,
    finalising,
    records,
    sales_emails,
    sales_settings,
    spreadsheet_imports,
)
from service.operations.billable import Wanted

SIREN = "732829320"
ADDRESS = {"street": "14 rue des Ateliers", "postcode": "74000", "city": "Annecy",
           "legal_form": "SARL au capital de 10 000 €"}  # fmt: skip
CUSTOMERS = (
    ("Hôtel du Lac", "552100554", "compta@hotel-du-lac.example"),
    ("Boulangerie Morel", "542065479", "morel@boulangerie.example"),
    ("Garage Perrin", "383474814", ""),
    ("Cabinet dentaire Roche", "552032534", "secretariat@roche.example"),
    ("Librairie Page 7", "775670417", ""),
)
AGREED: tuple[dict[str, Any], ...] = (
    {"name": "Entretien des volets", "kind": "device", "price": "18.50", "quantity": "12"},
    {"name": "Dépannage", "kind": "hourly", "price": "80", "every": "on_demand"},
    {"name": "Carnet de 10 heures", "kind": "block_hours", "price": "900", "quantity": "10",
     "overage_price": "110", "every": "quarter"},
    {"name": "Contrôle annuel", "kind": "retainer", "price": "450", "every": "quarter"},
    {"name": "Agencement du magasin", "kind": "project_fee", "price": "4200"},
)  # fmt: skip
ROWS = (
    ("SIREN*", "Nom du client", "Désignation*", "Quantité*", "Prix unitaire HT*", "Taux de TVA*"),
    ("552100554", "Hôtel du Lac", "Pose de parquet", 42, 38.5, "20 %"),
    ("542065479", "Boulangerie Morel", "Comptoir en chêne", 1, 2150, "20 %"),
    ("552100555", "Garage Perrin", "Rayonnage", 3, 190, "20 %"),
    ("775670417", "Librairie Page 7", "", 2, "douze", "19,6 %"),
    ("552032534", "Cabinet dentaire Roche", "Porte coulissante", 1, 890, "10 %"),
)


def the_sales(house: House, who: Who, company_id: str) -> dict[str, str]:
    """The ids of what there is to look at."""
    companies.change(house, who, company_id, {"siren": SIREN})
    sales_settings.change_settings(house, who, company_id, ADDRESS)
    today = house.now().date()
    theirs = [
        customers.add_customer(
            house,
            who,
            company_id,
            {"name": name, "legal_id": siren, "city": "Annecy", "email": email},
        )["id"]
        for name, siren, email in CUSTOMERS
    ]
    start = (today.replace(day=1) - timedelta(days=85)).replace(day=1).isoformat()
    made = [
        contracts.add(house, who, customer, {"start": start, **said})["id"]
        for customer, said in zip(theirs, AGREED, strict=True)
    ]
    _work(house, who, theirs[1], made[1], today)
    batch = batches.make(house, who, Wanted(company_id=company_id), name="Trimestre")
    found = [draft["id"] for draft in batch["drafts"]]
    numbered = finalising.finalise_many(house, who, found[:3])["done"]
    sales_emails.send_many(house, who, [{"invoice_id": one["id"]} for one in numbered])
    _work(house, who, theirs[1], made[1], today, finished=False)
    records.add_record(
        house, who, theirs[2],
        {"contract_id": made[2], "text": "Serrure trois points", "unit_price": "164"},
    )  # fmt: skip
    one, other = (
        drafts.create(
            house, who, company_id,
            {"customer_id": theirs[0], "title": title, "name": "Travaux", "lines": [
                {"text": text, "quantity": quantity, "unit_price": price, "unit": unit}
            ]},
        )["id"]
        for title, text, quantity, price, unit in (
            ("Salle à manger", "Banquettes sur mesure", "6", "385", ""),
            ("Réception", "Heures d’atelier", "14.5", "62", "h"),
        )
    )  # fmt: skip
    sheet = spreadsheet_imports.receive(house, who, company_id, "chantiers.xlsx", _workbook())
    return {
        "customer": theirs[0],
        "contract": made[2],
        "batch": batch["id"],
        "draft": one,
        "other_draft": other,
        "sale": numbered[0]["id"],
        "spreadsheet": sheet["id"],
    }


def _work(
    house: House, who: Who, customer: str, contract: str, today: date, *, finished: bool = True
) -> None:
    for days, hours, ticket in ((9, "1.5", "Porte du fournil"), (6, "0.75", "Porte du fournil")):
        records.add_record(
            house, who, customer,
            {"contract_id": contract, "kind": "time", "text": "Intervention", "ticket": ticket,
             "quantity": hours, "served_on": (today - timedelta(days=days)).isoformat(),
             "finished": finished or hours == "1.5"},
        )  # fmt: skip


def _workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Chantiers")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    return out.getvalue()
