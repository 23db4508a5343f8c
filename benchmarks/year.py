"""A year of three companies' books through the API, and whether all of it adds up at its end.

    python -m benchmarks.year [--documents 5000] [--seed 40]

A company each in France, Switzerland and Belgium buys all through 2026 (the ledgers of
`benchmarks.suggestions`). Its documents stand in the database as validated ones do; four clients at
once post each with the account and treatment that are right. Every month its bank sends a file with the
payments: imported, accepted, posted against the invoices they name. In the end the FEC is checked by
the rules of the law, each bank account is held against the books, and everything that must always be
true is asked. Ends with 1 if anything does not hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx
from sqlalchemy import insert

from benchmarks.speed import installation
from benchmarks.suggestions import Bought, Ledger, ledger, reading_of
from domain.documents import Category
from domain.findings import Finding, Reading
from domain.ids import new_id
from domain.people import Scope
from domain.purchases import purchase_of
from models.synthetic.identifiers import draw_iban
from service.house import House, open_house
from service.operations import access, api_keys
from service.settings import Settings
from storage import tables as t
from storage.invariants import check

YEAR = 2026
PAID_AFTER = timedelta(days=20)
CLIENTS = 4
SIREN = "732829320"
"""A FEC names its company by it."""
PAPERLESS = (3, 8, 13)
"""Invariants about paper and its processing, which these documents never had."""


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    day: date
    reading: Reading
    lines: list[Bought]

    @property
    def gross(self) -> Decimal:
        return Decimal(self.reading.fields["gross_total"].value)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The right account and treatment of each part."""
        parts = purchase_of(self.reading, Category.PURCHASE_INVOICE).parts
        by_words = {line.description: line for line in self.lines}
        chosen = [by_words.get(part.description, self.lines[0]) for part in parts]
        return [
            {"part": part.index, "account": line.account, "treatment": line.treatment}
            for part, line in zip(parts, chosen, strict=True)
        ]


@dataclass(slots=True)
class Told:
    """What came of a company's year."""

    country: str
    documents: int = 0
    seconds: float = 0.0
    movements: int = 0
    matched: int = 0
    bank_seconds: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def year_of(book: Ledger, count: int, random: Random) -> Iterator[Document]:
    """Purchases of January to November, so that the last are paid in the year."""
    days = sorted(date(YEAR, 1, 2) + timedelta(days=random.randrange(330)) for _ in range(count))
    rates = {kind.treatment: kind.rate for kind in book.kinds}
    for number, (day, (seller, lines)) in enumerate(zip(days, book.documents(count), strict=True)):
        reading = reading_of(seller, lines, rates)
        said = {
            "invoice_number": f"{YEAR}-{number + 1:05}",
            "issue_date": day.isoformat(),
            "currency": book.buyer.currency,
        }
        fields = {name: Finding(value, 0.95) for name, value in said.items()}
        yield Document(new_id("doc"), day, reading.with_fields(**fields), lines)


def keep(
    house: House, organisation_id: str, company_id: str, documents: Sequence[Document]
) -> None:
    """Documents as validation leaves them."""
    import_id = new_id("imp")
    owner = {"organisation_id": organisation_id, "company_id": company_id}
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.imports).values(
                id=import_id, name="Courrier", status="validated", created_at=house.now(), **owner
            )
        )
        connection.execute(
            insert(t.document),
            [
                {
                    **owner,
                    "id": one.id,
                    "import_id": import_id,
                    "group_number": number,
                    "category": Category.PURCHASE_INVOICE,
                    "status": "to_post",
                    "reading": one.reading.to_json(),
                    "suggestion": [],
                    "pages": 1,
                    "pdf_sha256": f"{number:064x}",
                    "supplier_name": one.reading.value("supplier_name"),
                    "invoice_number": one.reading.value("invoice_number"),
                    "issue_date": one.day,
                    "currency": one.reading.value("currency"),
                    "gross_total": one.gross,
                    "created_at": house.now(),
                }
                for number, one in enumerate(documents, 1)
            ],
        )


def post(http: httpx.Client, document: Document) -> str:
    """Nothing, or the code of what refused it for good."""
    body: dict[str, Any] = {"choices": document.choices}
    at = f"/documents/{document.id}/post"
    answer = http.post(at, json=body)
    if answer.status_code == httpx.codes.CONFLICT:  # a person would look and go on
        answer = http.post(at, json={**body, "override_reason": "Looked at: it is another one."})
    return "" if answer.is_success else str(answer.json().get("code", answer.status_code))


def bank_file(iban: str, paid: Sequence[Document], opening: Decimal) -> bytes:
    rows, balance = ["IBAN;Date;Libellé;Montant;Solde"], opening
    for one in paid:
        balance -= one.gross
        name = (one.reading.value("supplier_name") or "").upper()
        label = f"VIR SEPA {name} {one.reading.value('invoice_number')}"
        day = (one.day + PAID_AFTER).strftime("%d/%m/%Y")
        rows.append(f"{iban};{day};{label};-{one.gross};{balance}")
    return "\n".join(rows).encode()


def pay(
    http: httpx.Client, company_id: str, iban: str, year: Sequence[Document], told: Told
) -> None:
    """Every month's file of the bank, imported, accepted and posted."""
    opening = Decimal(1_000_000)
    for month in range(1, 13):
        paid = [one for one in year if (one.day + PAID_AFTER).month == month]
        if not paid:
            continue
        content = bank_file(iban, paid, opening)
        opening -= sum((one.gross for one in paid), Decimal(0))
        made = http.post(
            "/bank-statements",
            files={"file": (f"{month:02}.csv", content)},
            data={"company_id": company_id},
        )
        made.raise_for_status()
        at = f"/bank-statements/{made.json()['statements'][0]['id']}"
        accepted = http.post(f"{at}/accept", json={"version": http.get(at).json()["version"]})
        accepted.raise_for_status()
        done = http.post(f"{at}/post", json={})
        done.raise_for_status()
        posted = done.json()["posted"]
        told.movements += len(paid)
        told.matched += sum(one["source"] == "match" for one in posted)
        told.left["waits for a person"] += len(done.json()["left"])
        told.left.update(one["source"] for one in posted if one["source"] != "match")


def run(house: House, http: httpx.Client, organisation_id: str, count: int, seed: int) -> list[str]:
    """What does not hold."""
    wrong: list[str] = []
    for number in range(3):
        random, book = Random(f"{seed} {number}"), ledger(number, seed)
        where = book.buyer.country
        told = Told(where.code)
        named = {"name": f"Achats {where.code}", "country": where.code}
        if where.code == "FR":
            named["siren"] = SIREN
        made = http.post("/companies", json=named)
        made.raise_for_status()
        company_id = made.json()["id"]
        iban = draw_iban(random, where.code)
        account = http.post(
            "/bank-accounts", json={"name": "Banque", "iban": iban, "company_id": company_id}
        )
        account.raise_for_status()
        year = list(year_of(book, count // 3, random))
        keep(house, organisation_id, company_id, year)

        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            codes = list(clients.map(lambda one: post(http, one), year))
        told.documents, told.seconds = len(year), time.monotonic() - began
        told.refused.update(filter(None, codes))

        began = time.monotonic()
        pay(http, company_id, iban, year, told)
        told.bank_seconds = time.monotonic() - began
        found = http.get(f"/bank-accounts/{account.json()['id']}/reconciliation").json()
        verdict = _verdict(http, company_id, where.code)
        print(
            f"{told.country}: {told.documents} documents in {told.seconds:.0f} s"
            f" ({told.documents / told.seconds:.1f}/s), refused {dict(told.refused) or 'none'};"
            f" {told.movements} movements in {told.bank_seconds:.0f} s, {told.matched} matched,"
            f" else {dict(+told.left) or 'none'}; reconciliation off by {found['difference']},"
            f" {found['not_posted']['total']} not posted; FEC: {verdict}",
            flush=True,
        )
        if told.refused or found["difference"] != "0.00":
            wrong.append(f"{where.code}: refused {dict(told.refused)}, {found['difference']}")
        if not verdict.startswith(("sound", "none")):
            wrong.append(f"{where.code}: FEC {verdict}")
    with house.store.reading() as connection:
        broken = [v for v in check(connection, None, house.now()) if v.number not in PAPERLESS]
    return [*wrong, *(f"invariant {v.number}: {v.message}" for v in broken[:20])]


def _verdict(http: httpx.Client, company_id: str, country: str) -> str:
    if country != "FR":
        return "none"
    fec = http.get("/exports/fec", params={"year": YEAR, "company_id": company_id})
    fec.raise_for_status()
    name = fec.headers["Content-Disposition"].split('filename="')[-1].split('"')[0]
    checked = http.post("/fec-checks", files={"file": (name, fec.content)}).json()
    if checked["sound"]:
        return f"sound, {checked['records']} records"
    return ", ".join(dict.fromkeys(str(fault.get("code")) for fault in checked["faults"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=40)
    options = parser.parse_args()
    with installation() as found:
        house = open_house(replace(Settings.from_environment(), data_folder=found.folder))
        who = access.operator(found.organisation_id)
        key = api_keys.add_key(house, who, name="year", scopes=list(Scope))["key"]
        with httpx.Client(
            base_url=found.address + "/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=300,
        ) as http:
            wrong = run(house, http, found.organisation_id, options.documents, options.seed)
        house.store.close()
    print("\n".join(wrong) or "Everything adds up.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
