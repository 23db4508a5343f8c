"""A movement becomes one balanced entry of its bank journal: worked examples, labels and chance."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bank_posting import BankRule, Part, entry_of, treatment_of
from domain.countries import CODES, country
from domain.journal import Entry
from domain.posting import Books
from domain.reconciliation import Allocation, Match, OpenItem, assigned
from domain.statements import Movement

D = Decimal
DAY = date(2026, 3, 20)
BANK = {"FR": "512", "CH": "1020", "BE": "550"}
OWN = "BE68539007547034"
HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "knowledge"


def books(code: str, **more: object) -> Books:
    return Books(country(code), country(code).currency, journal="BQ", **more)  # type: ignore[arg-type]


def paying(
    amount: str, account: str, auxiliary: str | None = None, *, other: bool = False
) -> Match:
    item = OpenItem(
        "doc_1", DAY, D(amount), "Lyreco", "F1", account, auxiliary, in_other_currency=other
    )
    return Match((Allocation(item, D(amount)),), "high", ("name", "amount"))


def posted(movement: Movement, code: str, **known: object) -> Entry:
    kept = books(code)
    treatment = treatment_of(movement, kept, **known)  # type: ignore[arg-type]
    return entry_of(movement, treatment, kept, account=BANK[code], reference="R1")


# --- worked examples

Given = tuple[str, dict[str, object]]
EXAMPLES: dict[tuple[str, str], Given] = {
    # label, and what is known beside it
    ("T01", "2"): ("VIR FOURNISSEUR", {"match": paying("-1200", "401")}),
    ("F01", "3"): ("VIR USD", {"match": paying("-909.09", "401", other=True)}),
    ("D01", "2"): ("VIR ACOMPTE", {"match": paying("-360", "401")}),
    ("D02", "1"): ("VIR ACOMPTE", {"rules": [BankRule("r", "acompte", "4091", "out")]}),
    ("E02", "1"): (
        "VIR MOINS ESCOMPTE",
        {
            "match": paying("-1200", "401"),
            "parts": [Part("765", D("20")), Part("44566", D("4"))],
        },
    ),
    ("E03", "1"): (
        "VIR MOINS ESCOMPTE",
        {"match": paying("-1200", "401"), "parts": [Part("765", D("24"))]},
    ),
    ("A02", "1"): (
        "VIR FOURNISSEUR",
        {"match": paying("-120", "401"), "parts": [Part("758", D("0.05"))]},
    ),
    ("X01", "2"): ("VIR NOTE DE FRAIS", {"parts": [Part("421", D("-112")), Part("425", D("100"))]}),
    ("X02", "1"): ("VIR AVANCE MARTIN", {"rules": [BankRule("r", "avance martin", "425")]}),
    ("X04", "2"): ("CB PARKING", {"match": paying("-30", "401", "FDIVERS")}),
    ("B01", "1"): ("VIR FOURNISSEUR", {"match": paying("-120", "")}),
    ("B02", "1"): ("VIR RECU CLIENT", {"match": paying("1200", "")}),
    ("B03", "1"): ("PRLV INCONNU", {}),
    ("B04", "1"): ("VIR VERS LIVRET", {"own_ibans": {OWN}}),
    ("B04", "2"): ("VIREMENT INTERNE", {}),
    ("B05", "1"): (
        "FRAIS ET COMMISSIONS",
        {"parts": [Part("627", D("-18")), Part("44566", D("-1.6"))]},
    ),
    ("B06", "1"): (
        "ECHEANCE PRET",
        {"parts": [Part("164", D(-800)), Part("6611", D(-50)), Part("6161", D(-10))]},
    ),
    ("B07", "1"): ("STRIPE", {"parts": [Part("411", D("1200")), Part("627", D("-20"))]}),
    ("B08", "1"): ("AGIOS 1ER TRIMESTRE", {}),
    ("B09", "1"): ("RETRAIT DAB 19/03", {}),
    ("V03", "2"): ("VIR RECU CLIENT", {"match": paying("1200", "411")}),
    ("V08", "2"): ("VIR REMBOURSEMENT", {"match": paying("-1200", "411")}),
    ("CH15", "1"): (
        "Ordre de paiement",
        {
            "match": paying("-1081", "2000"),
            "parts": [Part("4900", D("20")), Part("1170", D("1.62"))],
        },
    ),
    ("CH17", "2"): ("AFC décompte TVA 2026/1", {}),
    ("CH20", "2"): ("Ordre EUR", {"match": paying("-950", "2000", other=True)}),
    ("CH22", "1"): ("Frais de tenue de compte", {}),
    ("CH22", "2"): (
        "Intérêts créditeurs",
        {"parts": [Part("6950", D("10")), Part("1176", D("-3.5"))]},
    ),
}

Rows = dict[tuple[str, str], list[dict[str, str]]]


def rows_of(path: Path) -> Rows:
    found: Rows = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row.get("journal", "BQ").startswith("BQ"):
                found[row["example_id"], row["entry_no"]].append(row)
    return found


KEPT = rows_of(HERE / "bank_examples.csv")


def wanted(rows: list[dict[str, str]]) -> list[tuple[str, Decimal]]:
    # Firms pad: 58 is 580.
    return sorted(
        (r["account"].rstrip("0"), D(r["debit"] or 0) - D(r["credit"] or 0)) for r in rows
    )


@pytest.mark.parametrize("key", sorted(EXAMPLES), ids="-".join)
def test_the_worked_examples_of_accountants_come_out(key: tuple[str, str]) -> None:
    rows, (label, known) = KEPT[key], EXAMPLES[key]
    code = rows[0]["country"]
    amount = next(a for account, a in wanted(rows) if account == BANK[code].rstrip("0"))
    other = OWN if "own_ibans" in known else ""

    entry = posted(Movement(DAY, label, amount, counterparty_iban=other), code, **known)
    assert sorted((line.account.rstrip("0"), line.signed) for line in entry.lines) == wanted(rows)


def test_every_bank_entry_of_the_worked_examples_is_tried() -> None:
    assert set(KEPT) == set(EXAMPLES)


@pytest.mark.parametrize("name", ["journal_examples.csv", "ch_journal_examples.csv"])
def test_the_examples_kept_here_are_those_of_the_specification(name: str) -> None:
    if not (SHARED / name).is_file():
        pytest.skip("The specification is not on this machine.")
    for key, rows in rows_of(SHARED / name).items():
        assert wanted(KEPT[key]) == wanted(rows), key


# --- labels

OUT, IN = D("-50.00"), D("50.00")


@pytest.mark.parametrize(
    ("code", "label", "amount", "account", "meaning"),
    [
        ("FR", "FRAIS DE TENUE DE COMPTE", OUT, "627", "charges"),
        ("FR", "COTISATION CARTE VISA BUSINESS", OUT, "627", "charges"),
        ("FR", "COTISATION SYNDICAT DES MENUISIERS", OUT, "471", ""),
        ("FR", "ABONNEMENT JOURNAL LE MONDE", OUT, "471", ""),
        ("FR", "PRLV SEPA FRAIS DE SCOLARITE", OUT, "471", "direct_debit"),
        ("FR", "CB PAPETERIE DU PORT", OUT, "471", "card"),
        ("FR", "CHQ 0001234", OUT, "471", "cheque"),
        ("FR", "INTERETS DEBITEURS T1", OUT, "6616", "overdraft"),
        ("FR", "RETRAIT DAB 12/03", OUT, "580", "cash_out"),
        ("FR", "VERSEMENT ESPECES", IN, "580", "cash_in"),
        ("FR", "REMISE DE CHEQUES 17", IN, "5112", "cheques_in"),
        ("FR", "PRLV SEPA URSSAF RHONE ALPES", OUT, "431", "social"),
        ("FR", "PRLV DGFIP MYSTERE", OUT, "471", "tax"),
        ("FR", "PRLV DGFIP TVA 012026", OUT, "44551", "tax_vat"),
        ("FR", "VIR DGFIP IS ACOMPTE", OUT, "444", "tax_income"),
        ("FR", "PRLV SEPA DGFIP CFE", OUT, "447", "tax_other"),
        ("FR", "VIR SALAIRE MARS DUPONT", OUT, "421", "wages"),
        ("FR", "ECHEANCE PRET 123", OUT, "471", "loan"),
        ("FR", "VIR STRIPE PAYOUT", IN, "471", "payout"),
        ("FR", "PRLV REJETE EDF", IN, "471", "returned"),
        ("FR", "LOYER MARS", OUT, "471", "rent"),
        ("FR", "TOTALENERGIES", OUT, "471", ""),
        ("FR", "", OUT, "471", ""),
        ("CH", "Prix pour gestion du compte", OUT, "6940", "charges"),
        ("CH", "Kontoführungsgebühr", OUT, "6940", "charges"),
        ("CH", "Sollzinsen", OUT, "6900", "overdraft"),
        ("CH", "Kontoübertrag", IN, "1090", "internal"),
        ("CH", "Retrait Bancomat", OUT, "1090", "cash_out"),
        ("CH", "Caisse de compensation AVS", OUT, "2270", "social"),
        ("CH", "Kauf Migros", OUT, "1099", "card"),
        ("CH", "Paiement eBill", OUT, "1099", "transfer"),
        ("BE", "Beheerskosten 1e kwartaal", OUT, "657200", "charges"),
        ("BE", "Domiciliation Luminus", OUT, "499", "direct_debit"),
        ("BE", "ONSS 2026/1", OUT, "454", "social"),
        ("BE", "SPF Finances TVA", OUT, "451", "tax_vat"),
        ("BE", "Geldafhaling", OUT, "580", "cash_out"),
    ],
)
def test_labels_mean_what_banks_mean_by_them(
    code: str, label: str, amount: Decimal, account: str, meaning: str
) -> None:
    movement = Movement(DAY, label, amount)
    treatment = treatment_of(movement, books(code))
    assert ([part.account for part in treatment.parts], treatment.meaning) == ([account], meaning)


def test_charges_with_another_party_are_no_charges_of_the_bank() -> None:
    movement = Movement(DAY, "FRAIS DE DOSSIER", OUT, counterparty="Notaire Dupuis")
    assert treatment_of(movement, books("FR")).source == "suspense"


# --- rules, rests and days


def test_the_rule_that_says_most_wins_and_sides_count() -> None:
    rules = [
        BankRule("1", "lyreco", "6064"),
        BankRule("2", "lyreco location", "6135", "out"),
        BankRule("3", "   ", "471"),
    ]
    out = treatment_of(Movement(DAY, "PRLV LYRECO LOCATION", OUT), books("FR"), rules=rules)
    back = treatment_of(Movement(DAY, "VIR LYRECO LOCATION", IN), books("FR"), rules=rules)
    assert (out.rule_id, out.parts[0].account) == ("2", "6135")
    assert (back.rule_id, back.parts[0].account) == ("1", "6064")


def test_what_is_paid_over_what_was_asked_goes_to_suspense_and_cents_to_rounding() -> None:
    over = posted(Movement(DAY, "VIR", D("-110")), "FR", match=paying("-100", "401"))
    cents = posted(Movement(DAY, "VIR", D("-100.02")), "FR", match=paying("-100", "401"))
    assert [(line.account, line.signed) for line in over.lines[1:]] == [
        ("401", D("100")),
        ("471", D("10")),
    ]
    assert (cents.lines[-1].account, cents.lines[-1].signed) == ("658", D("0.02"))


def test_a_movement_in_a_locked_period_counts_on_the_first_open_day() -> None:
    movement = Movement(DAY, "FRAIS", OUT)
    kept = books("FR", locked_until=date(2026, 3, 31))
    entry = entry_of(movement, treatment_of(movement, kept), kept, account="512001", reference="7")
    assert (entry.entry_date, entry.piece_date) == (date(2026, 4, 1), DAY)
    assert entry.lines[0].account == "512001"


@pytest.mark.parametrize("code", CODES)
def test_the_accounts_that_labels_lead_to_are_in_the_chart(code: str) -> None:
    banking = country(code).banking
    named = {m.account for m in banking.meanings} | {banking.receivable, banking.suspense}
    assert {
        a for a in named | {banking.transfers} if a and a not in country(code).chart.accounts
    } == set()


@pytest.mark.parametrize("sign", [1, -1])
def test_vat_that_waits_for_payment_is_released_by_each_part_of_it_without_losing_a_cent(
    sign: int,
) -> None:
    # T01, entries 2 and 3, paid in three parts; an invoice, and a credit note paid back.
    owed, waiting = sign * D("-1200.00"), sign * D("200.00")
    item = OpenItem(
        "doc_1", DAY, owed, "Lyreco", "F1", "401", owed=owed, waiting=(("FR_STD20", waiting),)
    )
    released = D(0)
    for amount in (sign * D("-333.33"), sign * D("-0.01"), sign * D("-866.66")):
        paid = Allocation(item, amount)
        match = Match((paid,), "high", ("name",))
        entry = posted(Movement(DAY, "VIR", amount), "FR", match=match)
        by_account = {line.account: line.signed for line in entry.lines}
        assert by_account["401"] == -amount
        assert by_account.get("44566", 0) == -by_account.get("4458", 0)
        released += by_account.get("44566", D(0))
        item = item.less(paid)
    assert (item.amount, item.waiting) == (0, (("FR_STD20", 0),))
    assert released == waiting


AMOUNTS = st.integers(-500_000, 500_000).filter(bool).map(lambda n: D(n) / 100)
LABELS = st.sampled_from(
    [
        "VIR LYRECO F100",
        "PRLV EDF",
        "CB TOTAL",
        "FRAIS",
        "COTISATION CARTE",
        "VIR INTERNE",
        "",
        "\0x",
    ]
) | st.text(max_size=40)
EXPENSES = {"FR": ("6",), "BE": ("6",), "CH": ("4", "5", "6")}


@settings(max_examples=120)
@given(
    st.sampled_from(CODES),
    AMOUNTS,
    LABELS,
    st.lists(st.tuples(AMOUNTS, st.sampled_from(["Lyreco", "EDF"])), max_size=6),
    st.sampled_from(["", OWN]),
)
def test_every_movement_balances_and_no_purchase_is_made_up(
    code: str, amount: Decimal, label: str, owed: list[tuple[Decimal, str]], other: str
) -> None:
    items = [
        OpenItem(f"doc_{n}", DAY - timedelta(days=9), open_, party, f"F10{n}")
        for n, (open_, party) in enumerate(owed)
    ]
    movement = Movement(DAY, label, amount, counterparty_iban=other)
    (match,) = assigned([movement], items)
    kept = books(code)
    treatment = treatment_of(movement, kept, match=match, own_ibans={OWN})
    entry = entry_of(movement, treatment, kept, account=BANK[code], reference="R")

    assert sum(line.signed for line in entry.lines) == 0
    assert entry.lines[0].account == BANK[code]
    assert entry.lines[0].signed == amount
    expenses = [line for line in entry.lines if line.account.startswith(EXPENSES[code])]
    rounding = {country(code).rounding_loss, country(code).rounding_gain}
    assert all(
        treatment.meaning in ("charges", "overdraft") or line.account in rounding
        for line in expenses
    )


def test_vat_of_a_sale_becomes_due_by_rate_as_it_is_paid_and_waits_again_when_paid_back() -> None:
    # V03, entries 2 and 3, with two rates: 1 000 at 20 % and 100 at 10 %.
    waiting = (("SALE_STD20", D("-200.00")), ("SALE_RED10", D("-10.00")))
    item = OpenItem(
        "inv_1", DAY, D("1310.00"), "Client", "F2026-0001", "411", "CCLIENT",
        is_sale=True, owed=D("1310.00"), waiting=waiting,
    )  # fmt: skip
    first = Allocation(item, D("500.00"))
    entry = posted(
        Movement(DAY, "VIR CLIENT", D("500.00")), "FR", match=Match((first,), "high", ("name",))
    )
    assert [(line.account, line.signed, line.vat_code) for line in entry.lines] == [
        ("512", D("500.00"), None),
        ("411", D("-500.00"), None),
        ("44571", D("-76.34"), "SALE_STD20"),
        ("4458", D("76.34"), "SALE_STD20"),
        ("44571", D("-3.82"), "SALE_RED10"),
        ("4458", D("3.82"), "SALE_RED10"),
    ]
    rest = item.less(first)
    last = Allocation(rest, rest.amount)
    assert dict(last.released) == {"SALE_STD20": D("-123.66"), "SALE_RED10": D("-6.18")}
    # A credit note for all of it after that: what was due is ours again once it is paid back.
    back = OpenItem("inv_2", DAY, D("-1310.00"), "Client", is_sale=True, waiting=tuple(
        (key, -vat) for key, vat in waiting
    ))  # fmt: skip
    refund = Match((Allocation(back, D("-1310.00")),), "high", ("name",))
    entry = posted(Movement(DAY, "VIR", D("-1310.00")), "FR", match=refund)
    assert {line.account: line.signed for line in entry.lines if line.vat_code == "SALE_STD20"} == {
        "44571": D("200.00"),
        "4458": D("-200.00"),
    }
