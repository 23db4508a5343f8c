"""Drafts in bulk from spreadsheets: how long each step of the wizard takes, and how much memory.

    python -m benchmarks.spreadsheets [--lines 2000 20000] [--customers 5]

Draws a workbook with the columns of the template (`--customers` lines for each of them, amounts as
numbers and as text, rates as ratios and percents), and takes it through every step against an
installation of its own: file, columns, name and day, drafts. Prints a table; ends with 1 when what was
made is not what the recap said.
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from benchmarks.speed import installation
from domain.people import Scope, Who
from domain.sales import Nature
from domain.spreadsheets.columns import template_headers
from models.synthetic.identifiers import draw_siren
from service.house import House, open_house
from service.operations import (
    companies,
    customers,
    drafts,
    finalising,
    sales_settings,
    spreadsheet_drafts,
    spreadsheet_imports,
)
from service.settings import Settings

STEPS = ("file", "columns", "recap", "drafts")


def workbook(lines: int, per_customer: int, random: Random) -> bytes:
    """Lines to invoice as a firm would send them."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Lignes")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, template_headers("fr", "FR").values())
    sirens = [draw_siren(random) for _ in range(max(1, lines // per_customer))]
    for row in range(1, lines + 1):
        siren = random.choice(sirens)
        price = random.randrange(500, 200_000) / 100
        sheet.write_row(row, 0, [int(siren) if row % 3 else siren, f"Client {siren}"])
        sheet.write_row(
            row, 2, [f"Prestation {row}", "Selon contrat", random.randrange(1, 40) / 4, "h"]
        )
        sheet.write(row, 6, price if row % 2 else f"{price:.2f}".replace(".", ","))
        sheet.write(row, 7, 0.2 if row % 2 else "20 %")
        sheet.write_row(row, 8, ["", random.choice(("Bien", "Service"))])
        sheet.write_datetime(row, 10, date(2026, 10, row % 28 + 1), day)
        sheet.write_row(row, 11, ["", f"c{siren}@example.org", "1 rue du Bac", "69002", "Lyon"])
    book.close()
    return out.getvalue()


def cpu_s() -> float:
    """Of this process and of the readers that are done."""
    used = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def measured(act: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    made = act()
    return made, time.perf_counter() - start


def run(house: House, who: Who, company_id: str, lines: int, per_customer: int) -> bool:
    content = workbook(lines, per_customer, Random(lines))
    took: dict[str, float] = {}
    cpu_before = cpu_s()
    seen, took["file"] = measured(
        lambda: spreadsheet_imports.receive(house, who, company_id, "lines.xlsx", content)
    )
    columns = {f["name"]: n for n, f in enumerate(seen["fields"])}
    seen, took["columns"] = measured(
        lambda: spreadsheet_imports.map_columns(house, who, seen["id"], columns, seen["version"])
    )
    if seen["faults"]:
        print(spreadsheet_imports.list_rows(house, who, seen["id"], faulty=True, limit=3))
        return False
    today = house.now().date()
    seen, took["recap"] = measured(
        lambda: spreadsheet_imports.name_and_date(
            house, who, seen["id"], "Mesure", today, seen["version"]
        )
    )
    done, took["drafts"] = measured(
        lambda: spreadsheet_drafts.import_drafts(house, who, seen["id"], seen["version"])
    )
    all_s = sum(took.values())
    memory, reader = (
        resource.getrusage(of).ru_maxrss // 1024
        for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    steps = " | ".join(f"{took[step]:.2f}" for step in STEPS)
    print(
        f"| {lines:,} | {len(content) // 1024:,} | {done['drafts']:,} | {steps} | {all_s:.2f} "
        f"| {cpu_s() - cpu_before:.2f} "
        f"| {lines / all_s:,.0f} | {memory} | {reader} |"
    )
    return bool(done["lines"] == lines and done["drafts"] == done["recap"]["drafts"])


def ready(house: House, who: Who) -> str:
    """A company that may issue invoices and has issued one."""
    company = companies.list_companies(house, who)[0]
    company_id = str(company["id"])
    companies.change(house, who, company_id, {"siren": "732829320", "vat_id": "FR44732829320"})
    said = {"street": "3 rue du Bac", "postcode": "69002", "city": "Lyon", "legal_form": "SARL"}
    sales_settings.change_settings(house, who, company_id, said)
    customer = customers.add_customer(house, who, company_id, {"name": "Premier", "city": "Paris"})
    line = {
        "text": "Conseil",
        "unit_price": "100",
        "vat_rate": "20",
        "nature": Nature.SERVICES.value,
    }
    draft = drafts.create(house, who, company_id, {"customer_id": customer["id"], "lines": [line]})
    finalising.finalise(house, who, draft["id"])
    return company_id


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--customers", type=int, default=5, metavar="LINES_EACH")
    options = parser.parse_args()
    head = ("lines", "file KiB", "drafts", *(f"{s} s" for s in STEPS), "all s", "CPU s", "lines/s",
            "memory MiB", "reader MiB")  # fmt: skip
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    with installation() as found:
        house = open_house(replace(Settings.from_environment(), data_folder=found.folder))
        who = Who(found.organisation_id, "usr_bench", "Benchmark", frozenset(Scope))
        company_id = ready(house, who)
        held = [run(house, who, company_id, n, options.customers) for n in options.lines]
        house.store.close()
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
