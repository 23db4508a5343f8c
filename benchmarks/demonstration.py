"""A firm that has worked with Bannette for some weeks: drawn mail, people, corrections, postings.

For pictures of the pages. Everything is done through the operations that the pages use, and read by
the running workers; only the days are moved into the past afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx
from sqlalchemy import select, update

from benchmarks.demonstration_sales import the_sales
from benchmarks.statements import pdf_of
from domain.errors import Refused
from domain.people import Scope, Who
from models.synthetic.accounts import Movement, draw_account
from models.synthetic.banks import banks, print_statement_of
from models.synthetic.layout import Layout
from models.synthetic.paper import draw_look
from models.synthetic.parties import draw_company
from models.synthetic.stacks import draw_stack
from service.house import House
from service.operations import (
    access,
    accounting,
    api_keys,
    automation,
    bank_accounts,
    companies,
    corrections,
    deliveries,
    discussion,
    documents,
    invitations,
    movements,
    posting_rules,
    removal,
    saved_views,
    sessions,
    statement_acceptance,
    statements,
    supplier_files,
    suppliers,
    validation,
    webhooks,
)
from service.operations.selection import Filter
from storage import tables as t

NADIA, LEA = "nadia@lambert.example", "lea@lambert.example"
OLDER = ((3, 5, 21, 30), (4, 6, 12, 5), (5, 6, 6, 19), (6, 8, 2, 3))
"""Stacks of the weeks before: seed, documents, days ago, hours from receipt to posting."""
ROUTE = "https://paie.lambert.example/bannette"
"""A name that nobody has: what is sent there fails, and reaches no stranger."""


@dataclass(frozen=True, slots=True)
class Firm:
    """What there is to look at."""

    sign_in: str
    invitation: str
    password: str
    review: str
    """The import that waits to be reviewed."""
    invoice: str
    """An invoice that waits to be posted, and one with problems."""
    troubled: str
    posted: str
    entry: str
    delivery: str
    statement: str
    """A bank statement that waits, and the account it is of."""
    bank_account: str
    supplier: str
    """A supplier, and one that seems to be its twin."""
    twin: str
    rule: str
    customer: str
    contract: str
    batch: str
    draft: str
    """A draft, and another of the same customer."""
    other_draft: str
    sale: str
    """An invoice of theirs that has its number."""
    spreadsheet: str
    category: str = "purchase_invoice"


@dataclass(frozen=True, slots=True)
class _Work:
    house: House
    http: httpx.Client
    who: Who
    company_id: str

    def send(self, seed: int, count: int, name: str, *, scanned: bool = False) -> str:
        """Upload a drawn stack and wait until it is read."""
        stack = draw_stack(seed, documents=count, scanned=scanned)
        return self.upload(name, stack.pdf)

    def upload(self, name: str, content: bytes, limit_s: float = 600) -> str:
        answer = self.http.post(
            "/imports", files={"file": (name, content)}, params={"company_id": self.company_id}
        ).raise_for_status()
        import_id, ends = str(answer.json()["id"]), time.monotonic() + limit_s
        while time.monotonic() < ends:
            with self.house.store.reading() as connection:
                status = connection.scalar(
                    select(t.imports.c.status).where(t.imports.c.id == import_id)
                )
            if status in ("ready", "failed"):
                return import_id
            time.sleep(0.3)
        raise SystemExit(f"{name} was not read in {limit_s:.0f} s")

    def post(self, document_id: str) -> str | None:
        """Post as proposed, lines without an account as small supplies; the entry, if it may be."""
        try:
            proposal = accounting.proposed_entry(self.house, self.who, document_id)
            choices = [
                {"part": part["part"], "account": "6064", "treatment": part["treatment"]}
                for part in proposal["parts"]
                if not part["account"]
            ]
            made = accounting.post(self.house, self.who, document_id, choices=choices)
        except Refused:
            return None
        return str(made["id"])

    def move(self, import_id: str, days: int, hours: int) -> None:
        """Make what was posted of an import so many days older, received so many hours before."""
        back, early = timedelta(days=days), timedelta(days=days, hours=hours)
        with self.house.store.transaction() as connection:
            mine = t.imports.c.id == import_id
            was = connection.scalar(select(t.imports.c.created_at).where(mine))
            connection.execute(update(t.imports).where(mine).values(created_at=was - early))
            d = t.document.c
            for row in connection.execute(
                select(d.id, d.posted_at).where(d.import_id == import_id)
            ).all():
                values: dict[str, Any] = {"received_at": was - early}
                if row.posted_at:
                    values["posted_at"] = row.posted_at - back
                connection.execute(update(t.document).where(d.id == row.id).values(**values))


def furnish(house: House, address: str) -> Firm:
    """An organisation with some weeks behind it, in an empty database that workers serve."""
    made = access.bootstrap(
        house, organisation_name="Cabinet Lambert", email=NADIA, name="Nadia Lambert"
    )
    operator = access.operator(made.organisation_id)
    who = replace(operator, id=made.person_id, name="Nadia Lambert")
    companies.change(house, who, made.company_id, {"name": "Menuiserie Lambert"})
    key = api_keys.add_key(house, who, name="Numériseur de l’accueil", scopes=list(Scope))["key"]
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60) as http:
        work = _Work(house, http, who, made.company_id)
        _people(work)
        endpoint = webhooks.add_endpoint(
            house,
            who,
            url=ROUTE,
            description="Logiciel de paie",
            event_types=["invoice.posted"],
            resolve=lambda *_: ["1.1.1.1"],  # it must look like one that can be reached
        )
        for seed, count, days, hours in OLDER:
            _an_older_day(work, seed, count, days, hours)
        seen = _a_day_at_work(work) | _the_bank(work) | _the_suppliers(work)
        seen |= the_sales(house, who, made.company_id)
        work.upload("contrat-illisible.pdf", b"%PDF-1.7 broken")
        review = work.send(9, 12, "courrier du 22 novembre.pdf", scanned=True)
        delivery = deliveries.send_test(house, who, endpoint.id)
        invitation = invitations.invite(
            house, who, email="hugo@lambert.example", role="reviewer",
            company_ids=[made.company_id], by_email=False,
        )  # fmt: skip
        return Firm(
            sessions.sign_in_link(house, NADIA),
            invitation["url"],
            access.link_for_user(house, who, made.person_id, for_password=True),
            review,
            delivery=delivery.id,
            **seen,
        )


def _people(work: _Work) -> None:
    companies.create(work.house, work.who, {"name": "Atelier du Lac", "country": "CH"})
    access.add_user(work.house, work.who, email=LEA, name="Léa Martin", role="accountant")


def _an_older_day(work: _Work, seed: int, count: int, days: int, hours: int) -> None:
    """Validated, put right here and there, posted, and long ago."""
    import_id = work.send(seed, count, f"courrier-{seed}.pdf")
    for number, document in enumerate(_validated(work, import_id)):
        if number == 0:
            _put_right(work, document["id"])
        work.post(document["id"])
    work.move(import_id, days, hours)


def _a_day_at_work(work: _Work) -> dict[str, str]:
    """Today's first stack: some of it posted, one asked about, one in the trash, the rest waits."""
    house, who = work.house, work.who
    invoices = _validated(work, work.send(7, 20, "courrier du matin.pdf"))
    entries = [(d["id"], entry) for d in invoices[:2] if (entry := work.post(d["id"]))]
    rest = [d for d in invoices if d["id"] not in dict(entries)]
    colleague = next(u["id"] for u in access.list_users(house, who) if u["email"] == LEA)
    discussion.assign(house, who, rest[-1]["id"], colleague, "À quel chantier cela va-t-il ?")
    removal.delete_document(house, who, rest[-2]["id"])
    saved_views.save_view(house, who, "purchase_invoice", "Gros montants", {"least": "500"})
    _put_right(work, rest[0]["id"])
    troubled = max(rest[:-2], key=lambda d: d["problem_count"])
    calm = min(rest[:-2], key=lambda d: (not d["proved"], d["problem_count"]))
    posted, entry = entries[-1]
    return {"invoice": calm["id"], "troubled": troubled["id"], "posted": posted, "entry": entry}


def _the_bank(work: _Work) -> dict[str, str]:
    """Two months of an account on paper: the first accepted and posted, the second waits."""
    house, who, random = work.house, work.who, Random(11)
    bank = next(b for b in banks() if b.country == "FR")
    look = draw_look(random, Layout(random), bank.language, bank.country)
    holder = replace(draw_company(random, "FR"), name="Menuiserie Lambert")
    account = draw_account(look, holder, 9)
    made = bank_accounts.add(
        house,
        who,
        work.company_id,
        {"name": f"Compte courant {bank.name}", "iban": account.iban},
    )
    posted = Filter(category="purchase_invoice", status="posted")
    paid = iter(documents.list_documents(house, who, posted, limit=100)["items"])
    statement = ""
    for month in (9, 10):
        start = date(2026, month, 1)
        account = replace(
            account,
            start=start,
            end=date(2026, month, 30),
            movements=tuple(_some_paid(account.movements, start, paid)),
        )
        content = pdf_of(print_statement_of(look, bank, account), random, None)
        import_id = work.upload(f"relevé {start:%Y-%m}.pdf", content)
        (document,) = validation.validate(house, who, import_id)["documents"]
        statement = statements.of_document(house, who, document["id"]) or ""
        if month == 9:
            statement_acceptance.accept(house, who, statement)
            movements.post_movements(house, who, statement)
        account = replace(account, opening=account.closing)
    return {"statement": statement, "bank_account": made["id"]}


def _some_paid(
    movements: Sequence[Movement], start: date, paid: Iterator[dict[str, Any]]
) -> Iterator[Movement]:
    """The movements on days of a month, every second one the payment of an invoice."""
    for number, movement in enumerate(movements):
        day = start + timedelta(days=3 * number)
        one = next(paid, None) if number % 2 else None
        if one is None:
            yield replace(movement, booked=day, valued=day)
        else:
            label = f"VIR SEPA {one['supplier_name']} {one['invoice_number']}"
            amount = -Decimal(one["gross_total"])
            yield Movement(day, day, label.upper(), "", amount)


def _the_suppliers(work: _Work) -> dict[str, str]:
    """One written in two ways, and a rule for another."""
    house, who = work.house, work.who
    known = supplier_files.list_suppliers(house, who, work.company_id)["items"]
    first, second = known[:2]
    twin = suppliers.add_supplier(house, who, work.company_id, {"name": f"{first['name']} France"})
    rule = posting_rules.add(
        house,
        who,
        work.company_id,
        {"name": "Fournitures", "supplier_id": second["id"], "account": "6063"},
    )
    automation.turn(house, who, work.company_id, dial="proved")
    return {"supplier": first["id"], "twin": twin["id"], "rule": rule["id"]}


def _validated(work: _Work, import_id: str) -> list[dict[str, Any]]:
    """Its purchase invoices, in their tab."""
    validation.validate(work.house, work.who, import_id)
    found = documents.list_documents(
        work.house, work.who, Filter(category="purchase_invoice", import_id=import_id), limit=100
    )
    return list(found["items"])


def _put_right(work: _Work, document_id: str) -> None:
    """A correction as an accountant makes it: the number, and that of the order."""
    shown = documents.get(work.house, work.who, document_id)["fields"]
    number = (shown.get("invoice_number") or {}).get("value") or "417"
    fields = {"invoice_number": f"{number}-A", "order_number": f"BC-{number[-4:]}"}
    corrections.correct_document(work.house, work.who, document_id, {"fields": fields}, None)
