"""What is to be invoiced: put right while nothing has it, taken from files all together or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Conflict, Invalid
from domain.people import Who
from service.house import House
from service.operations import (
    batches,
    billable,
    contracts,
    drafts,
    rebilling,
    record_files,
    records,
)
from storage import tables as t
from tests.service import workbooks
from tests.service.selling import SIRENS, customer, line, seller
from tests.service.test_posting import rows

HEAD = "SIREN;Client;Genre;Contrat;Désignation;Quantité;Prix unitaire HT;TVA;Date;Ticket;Terminé\n"


def taken(house: House, who: Who, text: str, name: str = "temps.csv") -> dict[str, Any]:
    return record_files.receive(house, who, None, name, text.encode("cp1252"))


def test_a_record_is_changed_by_those_who_saw_its_last_version_until_a_draft_has_it(
    house: House,
) -> None:
    who = seller(house)
    here = customer(house, who)
    support = contracts.add(house, who, here, {"name": "Support", "price": "80"})["id"]
    made = records.add_record(house, who, here, {**line("Cable", "10"), "treatment": "SALE_STD20"})
    assert (made["customer_name"], made["locked_by"], made["version"]) == ("Client 0", None, 1)
    said = {"text": "Câble", "quantity": "3", "vat_rate": "5.5", "contract_id": support}
    changed = records.change_record(house, who, made["id"], said, 1)
    assert (changed["text"], changed["unit_price"], changed["net"]) == ("Câble", "10", "30.00")
    assert (changed["treatment"], changed["contract_name"]) == ("SALE_RED5_5", "Support")
    with pytest.raises(Conflict) as stale:
        records.change_record(house, who, made["id"], {"text": "Autre"}, 1)
    assert stale.value.code == "stale"
    bare = {"contract_id": "", "quantity": "", "vat_rate": ""}
    emptied = records.change_record(house, who, made["id"], bare)
    assert (emptied["contract_id"], emptied["quantity"], emptied["vat_rate"]) == (None, "1", "20")
    with pytest.raises(Invalid):
        records.change_record(house, who, made["id"], {"vat_rate": "19"})
    said = {"treatment": "SALE_BTP_SUBCONTRACT", "vat_rate": "0"}
    records.change_record(house, who, made["id"], said)
    kept = records.change_record(house, who, made["id"], {"vat_rate": "0", "text": "Pose"})
    assert kept["treatment"] == "SALE_BTP_SUBCONTRACT"

    draft = rebilling.draft_of_records(house, who, [made["id"]], "Mai")
    locked = records.get_record(house, who, made["id"])
    assert locked["locked_by"] == {"id": draft["id"], "number": None, "name": "Mai"}
    for do in (records.change_record, records.delete_record):
        with pytest.raises(Conflict) as refused:
            do(house, who, made["id"], *([{"text": "x"}] if do is records.change_record else []))
        assert refused.value.code == "record_taken"
    drafts.delete(house, who, draft["id"])
    assert records.delete_record(house, who, made["id"])["deleted"]
    assert records.list_records(house, who)["items"] == []
    assert not records.restore_record(house, who, made["id"])["deleted"]
    assert [r["id"] for r in records.list_records(house, who, kind="product")["items"]] == [
        made["id"]
    ]
    assert records.list_records(house, who, state="invoiced")["items"] == []
    assert records.list_records(house, who, contract_id=support)["items"] == []


def test_what_a_contract_makes_due_keeps_its_kind(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    begins = house.now().date().replace(year=house.now().year - 1, day=1).isoformat()
    said = {"name": "Forfait", "kind": "retainer", "price": "100", "every": "year", "start": begins}
    contracts.add(house, who, here, said)
    made = batches.make(house, who, billable.Wanted(), name="Année")
    batches.delete(house, who, made["id"])
    (fee,) = records.list_records(house, who)["items"]
    assert records.change_record(house, who, fee["id"], {"unit_price": "90"})["net"] == "90.00"
    assert records.get_record(house, who, fee["id"])["kind"] == "fee"
    with pytest.raises(Invalid):
        records.change_record(house, who, fee["id"], {"kind": "time"})


def test_a_csv_becomes_records_once_and_is_taken_back_as_a_whole(house: House) -> None:
    who = seller(house)
    here, there = customer(house, who), customer(house, who, 1)
    support = contracts.add(house, who, there, {"name": "Support", "price": "80"})["id"]
    text = (
        HEAD
        + f"{SIRENS[0]};;produit;;Câble;2;1 234,50;5,5 %;31/01/2026;;\n"
        + ";client 1;temps;support;Dépannage;1:30;;;2026-02-01;T-7;non\n".replace("1:30", "1,5")
        + ";Client 1;frais;;Taxi;1;23,10;;;;oui\n"
        + "Total;;;;;;1257,60;;;;\n"
    )
    made = taken(house, who, text)
    assert (made["records"], made["net_total"]) == (3, "2612.10")
    found = records.list_records(house, who)["items"]
    assert [(r["customer_id"], r["kind"], r["net"], r["vat_rate"]) for r in found] == [
        (here, "product", "2469.00", "5.5"),
        (there, "time", "120.00", "20"),
        (there, "expense", "23.10", "20"),
    ]
    assert (found[1]["contract_id"], found[1]["ticket"], found[1]["finished"]) == (
        support, "T-7", False,
    )  # fmt: skip
    with pytest.raises(Conflict) as again:
        taken(house, who, text)
    assert again.value.code == "records_known"

    draft = rebilling.draft_of_records(house, who, [found[0]["id"]])
    with pytest.raises(Conflict) as used:
        record_files.undo(house, who, made["id"])
    assert (used.value.code, len(records.list_records(house, who)["items"])) == (
        "record_file_used", 2,
    )  # fmt: skip
    drafts.delete(house, who, draft["id"])
    assert record_files.undo(house, who, made["id"])["undone"]
    assert records.list_records(house, who)["items"] == []
    assert record_files.list_files(house, who)["items"] == []
    with pytest.raises(Conflict):
        records.restore_record(house, who, found[0]["id"])
    assert taken(house, who, text)["records"] == 3


def test_every_error_of_a_file_is_told_and_nothing_of_it_is_taken(house: House) -> None:
    who = seller(house)
    customer(house, who)
    contracts.add(house, who, customer(house, who, 1), {"name": "Support"})
    text = HEAD + "".join(
        f"{row}\n"
        for row in (
            "123456789;;;;Câble;1;10;20;;;",
            ";Inconnu;;;Câble;1;10;20;;;",
            ";Client 0;troc;;Câble;1;10;20;;;",
            ";Client 0;temps;Support;Câble;1;;20;;;",
            ";Client 0;;;;1;10;20;;;",
            ";Client 0;;;Câble;0;10;20;;;",
            ";Client 0;;;Câble;1;;20;;;",
            ";Client 0;;;Câble;1;10;19;;;",
            ";Client 0;;;Câble;1;10;20;31/02/2026;;",
            ";Client 0;;;Câble;1;10;20;;;peut-être",
            ";;;;Câble;1;10;20;;;",
            ";Client 0;;;Câble;1;10;20;;;",
        )
    )
    with pytest.raises(Invalid) as refused:
        taken(house, who, text)
    assert [(f["row"], f["column"], f["code"]) for f in refused.value.details["faults"]] == [
        (2, "customer_id", "siren_wrong"),
        (3, "customer_name", "customer_unknown"),
        (4, "kind", "kind_wrong"),
        (5, "contract", "contract_unknown"),
        (6, "text", "required"),
        (7, "quantity", "quantity_zero"),
        (8, "unit_price", "required"),
        (9, "vat_rate", "rate_unknown"),
        (10, "served_on", "date_wrong"),
        (11, "finished", "yes_or_no"),
        (12, "customer_name", "required"),
    ]
    assert rows(house, t.sales_record) == rows(house, t.record_file) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x00\x01\x02", "records_file"),
        (b"", "records_file"),
        (b"a;b\n1;2\n", "records_columns"),
        ("Client;Désignation\n".encode(), "records_empty"),
        (b"PK\x03\x04 no workbook", "spreadsheet_damaged"),
    ],
)
def test_what_is_no_table_of_records_is_refused_with_what_to_do(
    house: House, content: bytes, code: str
) -> None:
    who = seller(house)
    with pytest.raises(Exception) as refused:  # noqa: PT011 - of several kinds, by its code
        record_files.receive(house, who, None, "x", content)
    assert getattr(refused.value, "code", "") == code
    assert getattr(refused.value, "advice", "")


def test_a_workbook_is_read_as_well_and_the_template_names_its_own_columns(house: House) -> None:
    who = seller(house)
    customer(house, who)
    content = workbooks.lines((SIRENS[0], "Client 0", "Conseil", 1.5, 80, 20))
    made = record_files.receive(house, who, None, "heures.xlsx", content)
    assert (made["records"], made["net_total"]) == (1, "120.00")
    for language in ("fr", "en"):
        name, template = record_files.template_of(house, who, None, language)
        assert name.endswith(".csv")
        cells = template.decode("utf-8-sig").strip().split(";")
        row = dict.fromkeys(cells, "") | {cells[1]: "Client 0", cells[2]: "x", cells[6]: "1"}
        text = ";".join(cells) + "\n" + ";".join(row.values()) + "\n"
        assert taken(house, who, text)["records"] == 1
