"""Books of an earlier program are taken over once, teach suggestions, and go out again as files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient

from domain.errors import Forbidden, Invalid, NotFound
from domain.fec_rules import checked
from domain.people import Scope, Who
from service.house import House
from service.operations import (
    accounting,
    accounts,
    exports,
    movements,
    supplier_files,
    supplier_merges,
    suppliers,
    takeover,
)
from tests.domain.test_fec import HEAD
from tests.service.bookkeeping import NOW, company_of, invoice, open_company
from tests.service.conftest import Tenant
from tests.service.test_bank import MARCH, bank, imported

API = "/api/v1"


def year(*purchases: tuple[str, str, str, str]) -> bytes:
    """A FEC of purchases: (number, cost account, auxiliary, name), 100 and VAT each."""
    text = HEAD
    for number, account, auxiliary, name in purchases:
        for told in (
            f"{account}|Compte {account}|||{{}}|100,00|0,00",
            "445660|TVA déductible|||{}|20,00|0,00",
            f"401000|Fournisseurs|{auxiliary}|{name}|{{}}|0,00|120,00",
        ):
            text += (
                f"AC|Achats|{number}|20250310|"
                + told.format(f"F{number}|20250310|{name} F{number} cartouches")
                + "|||20250310||\n"
            )
    return text.encode("iso8859-15")


PAST = year(
    ("1", "606400", "0LYRECO", "LYRECO FRANCE"), ("2", "622610", "0DURAND", "Cabinet Durand")
)


@pytest.fixture
def books(any_house: House) -> tuple[House, Who]:
    held = replace(any_house, now=lambda: NOW)
    return held, open_company(held)


def test_a_fec_gives_accounts_suppliers_and_suggestions_from_day_one(books: tuple[House, Who]):
    house, who = books
    taken = takeover.take_over(house, who, None, "2025.txt", PAST)
    assert taken["kind"] == "fec"
    assert taken["accounts"] == {"added": 1, "renamed": 2, "known": 1}
    assert taken["suppliers"] == {"added": 2, "completed": 0, "known": 0}
    assert taken["history"] == {"added": 2, "known": 0}
    assert taken["faults"] == []

    again = takeover.take_over(house, who, None, "2025.txt", PAST)
    assert again["accounts"] == {"added": 0, "renamed": 0, "known": 4}
    assert again["suppliers"] == {"added": 0, "completed": 0, "known": 2}
    assert again["history"] == {"added": 0, "known": 2}

    # Their 606400 is our 6064, with their label; 622610 is new, under 6226.
    found = {a["number"]: a for a in accounts.list_accounts(house, who)["items"]}
    assert found["6064"]["label_fr"] == "Compte 606400"
    assert (found["622610"]["role"], "606400" in found) == ("expense", False)

    unknown = invoice(house, who, account=None, supplier="Cabinet DURAND")
    (part,) = accounting.proposed_entry(house, who, unknown)["parts"]
    assert (part["account"], part["treatment"]) == ("622610", "FR_STD20")
    assert part["suggestion"]["source"] == "history"
    assert part["suggestion"]["reason"]["values"]["reference"] == "F2"
    posted = accounting.post(house, who, unknown)
    assert posted["lines"][-1]["auxiliary"] == "0DURAND"


def test_suppliers_of_a_table_are_known_by_number_and_only_completed(books: tuple[House, Who]):
    house, who = books
    takeover.take_over(house, who, None, "2025.txt", PAST)
    table = (
        "Code;Nom;SIREN;IBAN\n"
        "0LYRECO;Lyreco;732829320;FR7630006000011234567890189\n"
        ";Nouveau & Fils;;\n"
        "0Z;;;\n"
    )
    taken = takeover.take_over(house, who, None, "tiers.csv", table.encode())
    assert taken["kind"] == "suppliers"
    assert taken["suppliers"] == {"added": 1, "completed": 1, "known": 0}
    assert [(f["code"], f["line"]) for f in taken["faults"]] == [("supplier_name", 4)]
    found = {s["auxiliary"]: s for s in supplier_files.list_suppliers(house, who)["items"]}
    assert found["0LYRECO"]["name"] == "LYRECO FRANCE"
    assert found["0LYRECO"]["siren"] == "732829320"
    assert found["FNOUVEAUFILS"]["name"] == "Nouveau & Fils"
    other = table.replace("732829320", "552081317").replace("FR763000600001", "FR761751300001")
    takeover.take_over(house, who, None, "tiers.csv", other.encode())
    again = {s["auxiliary"]: s for s in supplier_files.list_suppliers(house, who)["items"]}
    assert again["0LYRECO"]["siren"] == "732829320"


def test_taking_over_needs_the_right_and_stays_with_ones_own(books: tuple[House, Who]):
    house, who = books
    reader = replace(who, scopes=frozenset({Scope.BOOKS_READ}))
    with pytest.raises(Forbidden):
        takeover.take_over(house, reader, None, "x", PAST)
    with pytest.raises(NotFound):
        takeover.take_over(house, open_company(house), company_of(house, who), "x", PAST)
    with pytest.raises(Invalid):
        takeover.take_over(house, who, None, "x", b"Journal\x00Code")
    assert takeover.take_over(house, who, None, "x", PAST)["history"]["added"] == 2


def test_an_exported_fec_passes_the_rules_with_its_letters(books: tuple[House, Who]):
    house, who = books
    takeover.take_over(house, who, None, "2025.txt", PAST)
    bank(house, who)
    accounting.post(house, who, invoice(house, who))
    wrong = accounting.post(house, who, invoice(house, who, "F2", supplier="Durand"))
    accounting.reverse(house, who, wrong["id"], "double")
    accounting.post(house, who, invoice(house, who, "F3", supplier="Jamais payé"))
    movements.post_movements(house, who, imported(house, who, MARCH))

    export = exports.export_fec(house, who, None, 2026)
    content = b"".join(export.content)
    found = checked(content, export.name)
    assert found.faults.found == []
    lettered = [(r.auxiliary, r.letter) for r in found.file.records if r.account == "401000"]
    assert sorted(lettered) == [
        ("0LYRECO", "A"), ("0LYRECO", "A"),
        ("FDURAND", "B"), ("FDURAND", "B"),
        ("FJAMAISPAYE", ""),
    ]  # fmt: skip
    assert exports.check_fec(export.name, content)["sound"]


def test_books_go_out_as_csv_and_as_swiss_programs_take_them(books: tuple[House, Who]):
    house, who = books
    posted = accounting.post(house, who, invoice(house, who, supplier="=Lyreco"))

    def lines(kind: str) -> list[str]:
        export = exports.export_entries(house, who, None, 2026, kind)
        return b"".join(export.content).decode("utf-8-sig").splitlines()

    header, first, *_, last = lines("csv")
    row = dict(zip(header.split(";"), first.split(";"), strict=True))
    assert (row["compte"], row["debit"], row["code_tva"]) == ("6064", "100,00", "FR_STD20")
    assert (row["ecriture"], row["empreinte"]) == (posted["id"], posted["hash"])
    assert row["libelle"].startswith("'=")
    assert last.split(";")[7] == "FLYRECO"
    assert lines("banana")[1].split("\t")[3:] == ["6064", "", "100.00"]
    assert [line.split("\t")[1:3] for line in lines("cresus")] == [
        ["6064", "..."], ["44566", "..."], ["...", "401"],
    ]  # fmt: skip
    with pytest.raises(Invalid):
        exports.export_entries(house, who, None, 2026, "ebp")


def test_books_are_taken_over_and_a_fec_is_checked_over_http(
    client: TestClient, ours: Tenant
) -> None:
    def sent(address: str, content: bytes) -> Any:
        return client.post(address, files={"file": ("732829320FEC20251231.txt", content)})

    address = f"{API}/companies/{ours.company_id}/takeovers"
    assert sent(address, PAST).json()["history"] == {"added": 2, "known": 0}
    raw = client.post(
        address, content=PAST, params={"name": "x"}, headers={"Content-Type": "text/plain"}
    )
    assert raw.json()["history"] == {"added": 0, "known": 2}
    refused = sent(address, b"%PDF-1.7")
    assert (refused.status_code, refused.json()["code"]) == (422, "fec_unreadable")

    found = sent(f"{API}/fec-checks", PAST).json()
    assert (found["sound"], found["records"], found["entries"]) == (True, 6, 2)
    spoilt = sent(f"{API}/fec-checks", PAST.replace(b"100,00|0,00", b"100.00|0,00", 1)).json()
    assert (spoilt["sound"], spoilt["errors"]) == (False, 1)
    assert (spoilt["faults"][0]["line"], spoilt["faults"][0]["column"]) == (2, "Debit")
    csv = client.get(f"{API}/exports/entries", params={"year": 2026})
    assert csv.headers["Content-Type"].startswith("text/csv")


def test_what_was_posted_for_a_merged_twin_is_suggested_for_the_one_kept(
    books: tuple[House, Who],
) -> None:
    house, who = books
    takeover.take_over(house, who, None, "2025.txt", PAST)
    kept = suppliers.add_supplier(house, who, None, {"name": "Durand Conseil"})
    twin = next(
        s for s in supplier_files.list_suppliers(house, who)["items"] if s["auxiliary"] == "0DURAND"
    )
    supplier_merges.merge(house, who, kept["id"], twin["id"])
    again = takeover.take_over(house, who, None, "2025.txt", PAST)
    assert again["suppliers"] == {"added": 0, "completed": 0, "known": 2}
    unknown = invoice(house, who, account=None, supplier="Durand Conseil")
    (part,) = accounting.proposed_entry(house, who, unknown)["parts"]
    assert (part["account"], part["suggestion"]["source"]) == ("622610", "history")
