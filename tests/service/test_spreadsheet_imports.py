"""Bulk drafts from a spreadsheet, through the API: every step, and what each refuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import func, select, update

from domain.documents import Category
from domain.errors import Refused
from domain.people import Scope
from service.house import House
from service.operations import (
    api_keys,
    companies,
    finalising,
    sales_settings,
    spreadsheet_drafts,
)
from service.spreadsheets import read_workbook, sheet_of
from storage import tables as t
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant
from tests.service.selling import SAID, draft
from tests.service.stack import ready_import
from tests.service.workbooks import (
    DUPONT,
    FIVE_ROWS,
    HEADER,
    MARTIN,
    PETIT,
    book,
    lines,
    with_part,
)

SHEET = "xl/worksheets/sheet1.xml"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LATER = date(2026, 11, 30)
DOOR = "/api/v1/spreadsheet-imports"


@pytest.fixture
def seller(house: House, ours: Tenant) -> Tenant:
    """A company that has sent an invoice before."""
    invoice(house, ours.who, "V-1", category=Category.SALES_INVOICE)
    return ours


def send(client: TestClient, content: bytes, name: str = "lignes.xlsx") -> Any:
    return client.post(DOOR, files={"file": (name, content)})


def sent(client: TestClient, content: bytes) -> dict[str, Any]:
    answer = send(client, content)
    assert answer.status_code == 201, answer.text
    return answer.json()


def step(client: TestClient, seen: dict[str, Any], what: str, **body: Any) -> Any:
    method = {"rows": client.patch, "import": client.post, "undo": client.post}.get(
        what, client.put
    )
    return method(f"{DOOR}/{seen['id']}/{what}", json={**body, "version": seen["version"]})


def to_recap(
    client: TestClient, content: bytes, name: str = "Mars", issue_date: date = LATER
) -> dict[str, Any]:
    seen = sent(client, content)
    seen = step(client, seen, "mapping", mapping=seen["mapping"]).json()
    day = issue_date.isoformat()
    answer = step(client, seen, "naming", common_name=name, issue_date=day)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counted(house: House, *tables: Any) -> list[int]:
    with house.store.reading() as connection:
        return [connection.scalar(select(func.count()).select_from(one)) or 0 for one in tables]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("lines.csv", b"SIREN;Montant\n732829320;1\n", "spreadsheet_kind"),
        ("lines.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "spreadsheet_kind"),
        ("lines.xlsx", b"PK\x03\x04 and no more", "spreadsheet_damaged"),
    ],
)
def test_ls_1_only_xlsx_is_taken_and_the_refusal_says_what_to_do(
    client: TestClient, seller: Tenant, name: str, content: bytes, code: str
) -> None:
    answer = send(client, content, name)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert ".xlsx" in answer.json()["advice"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_ls_1_the_template_is_downloaded_and_its_headers_map_themselves(
    client: TestClient, seller: Tenant, language: str
) -> None:
    answer = client.get(f"{DOOR}/template?language={language}")

    assert answer.headers["content-disposition"].endswith('.xlsx"')
    seen = sent(client, answer.content)
    assert seen["missing"] == []
    assert (seen["mapping"]["customer_id"], seen["mapping"]["currency"]) == ("A", "Q")
    assert client.get(f"{DOOR}/template?language=xx").status_code == 422


def test_ls_2_a_wrong_siren_is_an_error_of_its_row_and_column(
    client: TestClient, seller: Tenant
) -> None:
    rows = (("732829321", "Dupont", "Conseil", 1, 10, 20), ("", "Petit", "Conseil", 1, 10, 20))
    seen = sent(client, lines(*rows))
    seen = step(client, seen, "mapping", mapping=seen["mapping"]).json()

    found = client.get(f"{DOOR}/{seen['id']}/rows?faulty=true").json()["items"]
    assert [(row["row"], f["column"], f["code"]) for row in found for f in row["faults"]] == [
        (2, "customer_id", "siren_wrong"),
        (3, "customer_id", "required"),
    ]


def test_ls_3_a_company_without_an_earlier_invoice_is_told_why_not(
    client: TestClient, house: House, ours: Tenant
) -> None:
    refused = send(client, lines(*FIVE_ROWS))
    assert (refused.status_code, refused.json()["code"]) == (409, "no_earlier_invoice")
    assert "first invoice" in refused.json()["advice"]

    invoice(house, ours.who, "V-1", category=Category.SALES_INVOICE)
    assert send(client, lines(*FIVE_ROWS)).status_code == 201


def test_ls_4_each_step_can_be_cancelled_and_nothing_is_stored_before_the_last(
    client: TestClient, house: House, seller: Tenant
) -> None:
    before = counted(house, t.sales_invoice, t.customer)
    for steps in range(4):
        seen = sent(client, lines(*FIVE_ROWS))
        if steps > 0:
            seen = step(client, seen, "mapping", mapping=seen["mapping"]).json()
        if steps > 1:
            fixes = [{"row": 2, "column": "text", "value": "Autre"}]
            seen = step(client, seen, "rows", fixes=fixes).json()
        if steps > 2:
            seen = step(client, seen, "naming", common_name="A", issue_date="2026-11-30").json()
        assert seen["state"] == ("mapping", "review", "review", "recap")[steps]

        cancelled = client.delete(f"{DOOR}/{seen['id']}")

        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        assert step(client, seen, "import").json()["code"] == "spreadsheet_cancelled"
        assert not house.objects.exists(f"{seller.organisation_id}/spreadsheets/{seen['id']}")
    assert counted(house, t.sales_invoice, t.customer) == before
    assert client.get(DOOR).json()["items"] == []


def test_ls_5_a_required_field_without_column_blocks_and_a_choice_is_known_again(
    client: TestClient, seller: Tenant
) -> None:
    header = ("Code", "Nom du client", "Quoi", "Quantité", "Prix unitaire HT", "Taux de TVA")
    seen = sent(client, lines(*FIVE_ROWS, header=header))
    assert seen["missing"] == ["customer_id", "text"]
    assert seen["columns"][2] == {
        "letter": "C",
        "header": "Quoi",
        "samples": ["Conseil", "Formation", "Déplacement"],
    }

    blocked = step(client, seen, "mapping", mapping=seen["mapping"])
    assert (blocked.status_code, blocked.json()["fields"]) == (422, ["customer_id", "text"])
    assert step(client, seen, "naming", common_name="A", issue_date="2026-11-30").status_code == 409

    chosen = {**seen["mapping"], "customer_id": "A", "text": "C"}
    assert step(client, seen, "mapping", mapping=chosen).json()["state"] == "review"
    again = sent(client, lines(FIVE_ROWS[0], header=header))
    assert again["mapping"] == chosen


def test_ls_6_7_8_the_recap_is_what_is_made_one_draft_for_each_siren(
    client: TestClient, house: House, seller: Tenant
) -> None:
    seen = to_recap(client, lines(*FIVE_ROWS))
    recap = seen["recap"]
    assert (recap["lines"], recap["drafts"], recap["customers"]) == (5, 3, 3)
    assert recap["totals"] == [
        {"currency": "EUR", "net": "693.00", "vat": "133.00", "gross": "826.00"}
    ]
    assert [(one["legal_id"], one["rows"]) for one in recap["merged"]] == [
        (DUPONT, [2, 4]),
        (PETIT, [3, 6]),
    ]

    done = step(client, seen, "import").json()

    assert (done["state"], done["lines"], done["drafts"]) == ("imported", 5, 3)
    drafts = client.get(f"/api/v1/drafts?born_from={seen['id']}").json()["items"]
    assert {d["customer_name"] for d in drafts} == {"Dupont SA", "Petit", "Martin"}
    assert {(d["name"], d["issued_on"], d["number"], d["state"]) for d in drafts} == {
        ("Mars", "2026-11-30", None, "draft")
    }
    one = client.get(
        f"/api/v1/drafts/{next(d['id'] for d in drafts if d['customer_name'] == 'Dupont SA')}"
    ).json()
    assert [(line["text"], line["net"], line["vat_rate"]) for line in one["lines"]] == [
        ("Conseil", "200.00", "20"),
        ("Déplacement", "12.50", "10"),
    ]
    assert sum(float(d["gross_total"]) for d in drafts) == 826.0
    told = client.get("/api/v1/events?type=spreadsheet.imported").json()["items"]
    assert [
        (e["subject"], e["data"]["drafts"]) for e in told if e["type"] == "spreadsheet.imported"
    ] == [(seen["id"], 3)]


def test_a_customer_that_is_known_keeps_its_name_and_is_not_made_again(
    client: TestClient, house: House, seller: Tenant
) -> None:
    known = client.post(
        "/api/v1/customers", json={"name": "Établissements Dupont", "legal_id": DUPONT}
    )
    assert known.status_code == 201, known.text
    seen = to_recap(client, lines(*FIVE_ROWS))
    assert [one["name"] for one in seen["recap"]["new_customers"]] == ["Petit", "Martin"]

    assert step(client, seen, "import").status_code == 200
    assert counted(house, t.customer) == [3]


def test_a_file_is_imported_once_and_one_request_sent_twice_makes_one_import(
    client: TestClient, house: House, seller: Tenant
) -> None:
    content = lines(*FIVE_ROWS)
    seen, other = to_recap(client, content), to_recap(client, content)
    headers = {"Idempotency-Key": "import-1"}
    address, body = f"{DOOR}/{seen['id']}/import", {"version": seen["version"]}

    first = client.post(address, json=body, headers=headers)
    again = client.post(address, json=body, headers=headers)
    later = step(client, first.json(), "import")
    twin = step(client, other, "import")
    anew = send(client, content)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (later.json()["code"], twin.json()["code"]) == (
        "spreadsheet_imported",
        "spreadsheet_known",
    )
    assert (anew.status_code, anew.json()["spreadsheet_import_id"]) == (409, seen["id"])
    assert counted(house, t.sales_invoice, t.customer) == [3, 3]
    assert client.delete(f"{DOOR}/{seen['id']}").status_code == 409


def test_an_import_is_undone_as_a_whole_while_nobody_touched_its_drafts(
    client: TestClient, house: House, seller: Tenant
) -> None:
    seen = to_recap(client, lines(*FIVE_ROWS))
    assert step(client, seen, "undo").json()["code"] == "spreadsheet_not_imported"
    done = step(client, seen, "import").json()
    first, *_ = client.get(f"/api/v1/drafts?born_from={seen['id']}").json()["items"]
    client.patch(f"/api/v1/drafts/{first['id']}", json={"title": "Mine", "version": 1})

    used = step(client, done, "undo")
    assert (used.status_code, used.json()["code"], used.json()["drafts"]) == (
        409, "spreadsheet_used", 1,
    )  # fmt: skip
    assert len(client.get(f"/api/v1/drafts?born_from={seen['id']}").json()["items"]) == 3

    client.delete(f"/api/v1/drafts/{first['id']}")
    undone = step(client, done, "undo").json()
    assert (undone["state"], undone["drafts"]) == ("review", 0)
    assert client.get("/api/v1/drafts").json()["items"] == []
    told = client.get("/api/v1/events?type=spreadsheet.undone").json()["items"]
    assert [e["data"]["drafts"] for e in told if e["type"] == "spreadsheet.undone"] == [2]

    named = client.put(
        f"{DOOR}/{seen['id']}/naming",
        json={"common_name": "Avril", "issue_date": "2026-11-30", "version": undone["version"]},
    ).json()
    assert named["recap"]["new_customers"] == []
    assert step(client, named, "import").json()["drafts"] == 3


def test_ls_11_all_errors_are_listed_and_nothing_is_made_until_each_is_fixed_or_left_out(
    client: TestClient, house: House, seller: Tenant
) -> None:
    seen = sent(
        client,
        lines(
            ("732829321", "Dupont", "Conseil", "deux", 10, 20),
            (PETIT, "", "Conseil", 1, -10, 19.6),
            (MARTIN, "Martin", "Conseil", 1, 10, 20),
            ("total", "", "", 3, 30, ""),
        ),
    )
    seen = step(client, seen, "mapping", mapping=seen["mapping"]).json()
    assert (seen["faults"], seen["faulty_rows"], seen["total_rows"]) == (4, 2, [5])

    named = step(client, seen, "naming", common_name="A", issue_date="2026-11-30")
    assert (named.status_code, named.json()["faults"]) == (409, 4)

    fixes = [
        {"row": 2, "column": "customer_id", "value": DUPONT},
        {"row": 2, "column": "quantity", "value": "2"},
        {"row": 3, "column": "text", "value": "Autre"},
    ]
    stale = step(client, {**seen, "version": 1}, "rows", fixes=fixes)
    assert stale.status_code == 412
    seen = step(client, seen, "rows", fixes=fixes, leave_out=[3]).json()
    assert (seen["faults"], seen["left_out"], seen["fixed"]) == (0, [3], 3)
    wrong = step(client, seen, "rows", fixes=[{"row": 99, "column": "quantity", "value": "1"}])
    assert wrong.json()["code"] == "spreadsheet_cell"

    seen = step(client, seen, "naming", common_name="A", issue_date="2026-11-30").json()
    assert seen["recap"]["drafts"] == 2
    back = step(client, seen, "rows", take_in=[3]).json()
    assert (back["state"], back["faults"], back["recap"]) == ("review", 2, None)


def test_a_recap_that_is_no_longer_true_makes_nothing(
    client: TestClient, house: House, seller: Tenant
) -> None:
    seen = to_recap(client, lines(*FIVE_ROWS))
    client.post("/api/v1/customers", json={"name": "Dupont", "legal_id": DUPONT})

    changed = step(client, seen, "import")

    assert (changed.status_code, changed.json()["code"]) == (409, "spreadsheet_recap_changed")
    assert counted(house, t.sales_invoice) == [0]


def test_a_fault_in_the_last_step_takes_customers_and_drafts_back(
    client: TestClient, house: House, seller: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = to_recap(client, lines(*FIVE_ROWS))

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the lamp went out")

    monkeypatch.setattr(spreadsheet_drafts, "_must_add_up", fail)
    with pytest.raises(RuntimeError):
        spreadsheet_drafts.import_drafts(house, seller.who, seen["id"], seen["version"])
    assert counted(house, t.sales_invoice, t.customer) == [0, 0]
    monkeypatch.undo()
    assert step(client, seen, "import").status_code == 200


def test_another_sheet_or_header_row_is_chosen_and_hidden_ones_never_by_themselves(
    client: TestClient, seller: Tenant
) -> None:
    def fill(made: Any) -> None:
        cover, data, hidden = (made.add_worksheet(n) for n in ("Couverture", "Mars", "Secret"))
        hidden.hide()
        cover.write(0, 0, "Bonjour")
        for sheet, rows in ((data, FIVE_ROWS[:2]), (hidden, FIVE_ROWS)):
            sheet.write(0, 0, "Facturation")
            sheet.write_row(2, 0, HEADER)
            for place, row in enumerate(rows, 3):
                sheet.write_row(place, 0, row)

    seen = sent(client, book(fill))
    assert (seen["sheet"], seen["header_row"], seen["missing"]) == (1, 3, [])
    assert [(s["name"], s["visible"]) for s in seen["sheets"]] == [
        ("Couverture", True),
        ("Mars", True),
        ("Secret", False),
    ]

    other = step(client, seen, "sheet", sheet=2).json()
    assert (other["sheet"], other["missing"]) == (2, [])
    assert step(client, other, "mapping", mapping=other["mapping"]).json()["rows"] == 5
    again = client.get(f"{DOOR}/{seen['id']}").json()
    lower = step(client, again, "sheet", header_row=4).json()
    assert (lower["header_row"], lower["columns"][1]["header"]) == (4, "Dupont SA")
    gone = step(client, lower, "sheet", sheet=9)
    assert (gone.status_code, gone.json()["code"]) == (422, "spreadsheet_sheet")


def test_formulas_errors_dates_and_durations_come_as_excel_keeps_them() -> None:
    def fill(made: Any) -> None:
        sheet = made.add_worksheet("A")
        day = made.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write(1, 1, "x")
        sheet.write_formula(1, 2, "=1+1", None, 2)
        sheet.write_formula(1, 3, "=NA()", None, "#N/A")
        sheet.write_datetime(1, 4, date(2026, 1, 31), day)
        sheet.write(1, 5, 3.5 / 24, made.add_format({"num_format": "[h]:mm"}))
        sheet.write_boolean(1, 6, True)
        sheet.write(1, 7, 0.1 + 0.2)
        sheet.write_blank(1_048_575, 9, None, day)

    content = book(fill, date_1904=True)
    sheet = sheet_of(read_workbook(content).raw)
    assert [str(cell) for cell in sheet.rows[1][1:]] == [
        "x", "2", "BrokenCell(said='#N/A')", "2026-01-31", "3:30:00", "True", "0.3",
    ]  # fmt: skip
    assert sheet.from_1904

    never = b'<c r="A3"><v>1</v></c><c r="B3"><f>1+1</f></c>'
    part = b'<worksheet xmlns="%b"><sheetData><row r="3">%b</row></sheetData></worksheet>'
    spoilt = with_part(content, SHEET, part % (MAIN, never))
    assert str(sheet_of(read_workbook(spoilt).raw).rows[2][1]) == "BrokenCell(said='')"


def far_apart(made: Any) -> None:
    sheet = made.add_worksheet()
    sheet.write(0, 0, "SIREN")
    sheet.write(1_048_575, 16_383, "x")


def many_rows(made: Any) -> None:
    sheet = made.add_worksheet()
    for place in range(20_100):
        sheet.write(place, 0, "x")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: book(far_apart), "spreadsheet_swells"),
        (lambda: book(many_rows), "spreadsheet_rows"),
        (lambda: with_part(lines(), SHEET, b"<worksheet/>", declared=500_000_000), "spreadsheet_swells"),
        (lambda: with_part(lines(), "xl/sharedStrings.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><sst/>"), "spreadsheet_damaged"),
        (lambda: with_part(lines(), SHEET, b"<worksheet><sheetData><row"), "spreadsheet_damaged"),
        (lambda: with_part(lines(), "xl/vbaProject.bin", b"x"), "spreadsheet_kind"),
        (lambda: book(lambda made: made.add_worksheet()), "spreadsheet_empty"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "spreadsheet_password"),
    ],
    ids=["far", "rows", "bomb", "doctype", "cut", "macros", "empty", "password"],
)  # fmt: skip
def test_hostile_workbooks_are_refused_with_a_reason(content: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_workbook(content())
    assert refused.value.code == code


def test_somebody_who_may_only_read_sees_imports_and_sends_none(
    client: TestClient, house: House, seller: Tenant
) -> None:
    key = api_keys.add_key(house, seller.who, name="reads", scopes=[Scope.BOOKS_READ])["key"]
    seen = sent(client, lines(*FIVE_ROWS))
    reader = {"Authorization": f"Bearer {key}"}
    assert client.get(f"{DOOR}/{seen['id']}", headers=reader).status_code == 200
    assert client.post(DOOR, files={"file": ("a.xlsx", b"PK")}, headers=reader).status_code == 403
    assert client.delete(f"{DOOR}/{seen['id']}", headers=reader).status_code == 403


def test_a_spreadsheet_that_came_with_the_mail_is_taken_from_there(
    client: TestClient, house: House, seller: Tenant
) -> None:
    mail = ready_import(house, seller)
    stored = house.objects.put_bytes(f"{seller.organisation_id}/files/sheet", lines(*FIVE_ROWS))
    with house.store.transaction() as connection:
        file = (
            update(t.file)
            .where(t.file.c.import_id == mail)
            .values(object_key=stored.key, name="mars.xlsx", bytes=stored.bytes)
        )
        file_id = connection.execute(file.returning(t.file.c.id)).scalars().first()

    answer = client.post(f"{DOOR}?import_id={mail}&file_id={file_id}")

    assert (answer.status_code, answer.json()["name"]) == (201, "mars.xlsx")
    assert client.post(f"{DOOR}?import_id={mail}&file_id=fil_none").status_code == 404


def test_ls_9_10_drafts_of_a_spreadsheet_are_numbered_together_and_none_is_dated_before_them(
    client: TestClient, house: House, seller: Tenant
) -> None:
    today = house.now().date()
    own = {"siren": "356000000", "vat_id": "FR39356000000"}
    companies.change(house, seller.who, seller.company_id, own)
    sales_settings.change_settings(house, seller.who, seller.company_id, SAID)
    seen = to_recap(client, lines(*FIVE_ROWS), issue_date=today)
    step(client, seen, "import")
    drafts = client.get(f"/api/v1/drafts?born_from={seen['id']}").json()["items"]
    alone = draft(house, seller.who, drafts[0]["customer_id"])

    found = finalising.finalise_many(house, seller.who, [*(d["id"] for d in drafts), alone])

    assert [one["number"] for one in found["done"]] == [
        f"F{today.year}-{number:04d}" for number in (1, 2, 3)
    ]
    assert [(one["draft_id"], one["code"]) for one in found["refused"]] == [
        (alone, "bulk_needs_import")
    ]
    invoices = client.get("/api/v1/invoices").json()["items"]
    assert {(one["due_state"], one["name"]) for one in invoices} == {("upcoming", "Mars")}

    whole = {"born_from": seen["id"]}
    none = client.post("/api/v1/drafts/finalise-all", json=whole).json()
    assert none == {"done": [], "refused": [], "left": 0, "next_cursor": None}
    file = client.post("/api/v1/invoices/export", json={**whole, "format": "accounting"})
    assert all(file.text.count(f"F{today.year}-{number:04d}") for number in (1, 2, 3))
    exported = client.get("/api/v1/invoices?status=exported").json()["items"]
    assert len(exported) == 3

    later = sent(client, lines(FIVE_ROWS[0]))
    later = step(client, later, "mapping", mapping=later["mapping"]).json()
    day = (today - timedelta(days=1)).isoformat()
    early = step(client, later, "naming", common_name="Avant", issue_date=day)
    assert (early.status_code, early.json()["not_before"]) == (422, today.isoformat())
