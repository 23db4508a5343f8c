"""Invoices in bulk: how long a batch, its numbers, its export and its papers take, and how much memory.

    python -m benchmarks.invoicing [--url postgresql+psycopg://…] [--contracts 5000] [--papers 200]

Without --url it measures SQLite in a temporary folder; the database must be empty. A company agrees on
so many contracts with a fifth as many customers; of each a fee is due and hours wait. They are looked at,
made into a batch of one draft each, and finalised: some one by one, each in a transaction of its own,
the rest fifty at a time. All are exported, and of some the paper is drawn and checked by the official
rules, by one process, with the time of both. Prints a table; ends with 1 when what was made does not
add up.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, cast

from sqlalchemy import insert, select

from domain.ids import new_id
from domain.people import Scope, Who
from models.synthetic.identifiers import draw_siren
from service.house import House
from service.operations import (
    accounts,
    batches,
    companies,
    contracts,
    customers,
    finalising,
    origins,
    records,
    sales_papers,
    sales_settings,
)
from service.operations.billable import Wanted
from service.papers import Checker
from service.settings import Settings
from storage import invariants, migrate
from storage import tables as t
from storage.objects import Objects
from storage.store import Store

MEBIBYTE = 1024
ONE_BY_ONE = 200
FEE, HOURS, PRICE = Decimal(100), Decimal("1.5"), Decimal(80)


class Nowhere:
    """Takes papers and forgets them: the object store is measured elsewhere."""

    def put_bytes(self, key: str, content: bytes, kind: str) -> None:
        assert key, (content, kind)


def ready(house: House) -> tuple[Who, str]:
    """A company that may issue invoices, and who may do everything there."""
    organisation_id, company_id = new_id("org"), new_id("cmp")
    who = Who(organisation_id, new_id("usr"), "Benchmark", frozenset(Scope))
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.organisation).values(
                id=organisation_id, name="Benchmark", settings={}, created_at=house.now()
            )
        )
        connection.execute(
            insert(t.company).values(
                id=company_id, organisation_id=organisation_id, name="Atelier", country="FR",
                currency="EUR", siren="732829320", vat_id="FR44732829320", ibans=[], settings={},
                created_at=house.now(),
            )
        )  # fmt: skip
        accounts.open_books(connection, companies.find(connection, who, company_id))
    said = {"street": "3 rue du Bac", "postcode": "69002", "city": "Lyon", "legal_form": "SARL"}
    sales_settings.change_settings(house, who, company_id, said)
    return who, company_id


def agree(house: House, who: Who, company_id: str, number: int) -> None:
    """One customer, contract and record, made as people make them; the others are rows like these."""
    start = house.now().date().replace(day=1, month=1)
    random, sirens = Random(number), set[str]()
    while len(sirens) < number // 5:
        sirens.add(draw_siren(random))
    said = {
        "name": "Client",
        "legal_id": sirens.pop(),
        "city": "Paris",
        "street": "1 rue du Bac",
        "postcode": "75007",
    }
    customer = customers.add_customer(house, who, company_id, said)["id"]
    fee = {"name": "Forfait", "kind": "project_fee", "price": str(FEE), "start": start.isoformat()}
    contract = contracts.add(house, who, customer, fee)["id"]
    hours = {"text": "Dépannage", "kind": "time", "quantity": str(HOURS), "unit_price": str(PRICE),
             "contract_id": contract, "served_on": start.isoformat()}  # fmt: skip
    record = records.add_record(house, who, customer, hours)["id"]
    buyers = [customer, *(new_id("cus") for _ in range(number // 5 - 1))]
    agreed = [contract, *(new_id("con") for _ in range(number - 1))]
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (t.customer, [{"id": one, "legal_id": siren, "auxiliary": f"C{siren}"}
                      for one, siren in zip(buyers[1:], sirens, strict=True)]),
        (t.contract, [{"id": one, "customer_id": buyers[n % len(buyers)]}
                      for n, one in enumerate(agreed) if n]),
        (t.sales_record, [{"id": new_id("rec"), "contract_id": one,
                           "customer_id": buyers[n % len(buyers)]}
                          for n, one in enumerate(agreed) if n]),
    ]  # fmt: skip
    with house.store.transaction() as connection:
        for (table, more), first in zip(rows, (customer, contract, record), strict=True):
            like = connection.execute(select(table).where(table.c.id == first)).one()._asdict()
            connection.execute(insert(table), [{**like, **values} for values in more])


def measured(label: str, many: int, act: Callable[[], Any]) -> Any:
    start, cpu = time.perf_counter(), time.process_time()
    made = act()
    took, used = time.perf_counter() - start, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEBIBYTE
    print(f"| {label} | {many:,} | {took:.2f} | {used:.2f} | {many / took:,.0f} | {memory} |")
    return made


def finalise_all(house: House, who: Who, origin: str) -> int:
    done, cursor = 0, ""
    while True:
        some = origins.finalise_next(house, who, origin, after=cursor)
        done += len(some["done"])
        if not some["next_cursor"]:
            return done
        cursor = some["next_cursor"]


def draw(house: House, who: Who, invoice_ids: tuple[str, ...]) -> None:
    checker = Checker()
    try:
        for one in invoice_ids:
            sales_papers.keep(
                house, who.organisation_id, one,
                lambda xml, french: checker.problems(xml, french=french),
            )  # fmt: skip
    finally:
        checker.close()


def run(house: House, number: int, papers: int) -> bool:
    who, company_id = ready(house)
    agree(house, who, company_id, number)
    wanted = Wanted(company_id=company_id)
    seen = measured("look at what is due", number, lambda: batches.preview(house, who, wanted))
    made = measured("make the drafts", number, lambda: batches.make(house, who, wanted, name="All"))
    drafts = origins.born(house, who, made["id"]).drafts
    alone = drafts[: min(ONE_BY_ONE, number // 10)]
    measured("finalise one by one", len(alone),
             lambda: [finalising.finalise(house, who, one) for one in alone])  # fmt: skip
    left = number - len(alone)
    done = measured("finalise all", left, lambda: finalise_all(house, who, made["id"]))
    measured("export as accounting CSV", number,
             lambda: origins.export(house, who, made["id"], "accounting", {}))  # fmt: skip
    invoices = origins.born(house, who, made["id"]).invoices
    some = invoices[:papers]
    measured("draw and check papers", len(some), lambda: draw(house, who, some))
    checker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // MEBIBYTE
    print(f"\nThe process of the rules held {checker} MiB.")
    with house.store.reading() as connection:
        broken = [
            v for v in invariants.check(connection, None, house.now()) if v.number in (16, 17)
        ]
    wanted_total = f"{number * (FEE + HOURS * PRICE):.2f}"
    return (done, len(invoices), broken) == (left, number, []) and seen["panel"][
        "billable"
    ] == made["net_total"] == wanted_total


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", default="")
    parser.add_argument("--contracts", type=int, default=5_000)
    parser.add_argument("--papers", type=int, default=200)
    options = parser.parse_args()
    head = ("step", "how many", "s", "CPU s", "a second", "memory MiB")
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/bannette.db"
        migrate.upgrade(url)
        store = Store(url)
        print(f"{store.engine.dialect.name}, {datetime.now(UTC):%Y-%m-%d}\n")
        print(f"| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
        house = House(Settings(data_folder=Path(folder)), store, cast(Objects, Nowhere()))
        held = run(house, options.contracts, options.papers)
        store.close()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
