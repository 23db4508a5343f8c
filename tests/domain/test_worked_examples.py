"""The entries that accountants wrote for worked examples come out of posting, from the invoice side.

The bank's side of the same examples is in `test_bank_posting`, that of sales in
`test_sales_posting`, what ends a period in `test_period_examples`. What people write by hand is
named here. Together they are every entry there is.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tests.domain.papers import balances, proposal, read
from tests.domain.test_bank_posting import EXAMPLES as OF_THE_BANK
from tests.domain.test_period_examples import EXAMPLES as OF_PERIODS
from tests.domain.test_period_examples import REVERSED as UNDONE
from tests.domain.test_sales_posting import EXAMPLES as OF_SALES

D = Decimal
SHARED = Path(__file__).parents[3] / "shared" / "knowledge"
S20, R10, R55, R21 = "FR_STD20", "FR_RED10", "FR_RED5_5", "FR_SUP2_1"

# (example and its entries, the first unless named; what is on the paper; the choice of each part;
# expected balances; other arguments)
EXAMPLES = [
    (
        "P01 one rate",
        read("120", rates=[("20", "100", "20")]),
        [("6064", S20)],
        {"6064": 100, "44566": 20, "401": -120},
        {},
    ),
    (
        "P02 restaurant with two rates",
        read("112", rates=[("10", "80", "8"), ("20", "20", "4")]),
        [("6257", "RESTAURANT"), ("6257", "RESTAURANT")],
        {"6257": 100, "44566": 12, "401": -112},
        {},
    ),
    (
        "P03 four rates and three natures",
        read(
            "218.92",
            net="200",
            rates=[
                ("5.5", "100", "5.50"),
                ("10", "30", "3"),
                ("20", "50", "10"),
                ("2.1", "20", "0.42"),
            ],
            items=[
                ("farine", "100", "5.5"),
                ("plats", "30", "10"),
                ("outils", "50", "20"),
                ("presse", "20", "2.1"),
            ],
        ),
        [("607", R55), ("607", R10), ("6063", S20), ("6181", R21)],
        {"607": 130, "6063": 50, "6181": 20, "44566": "18.92", "401": "-218.92"},
        {},
    ),
    (
        "P04 overseas supplier",
        read("217", rates=[("8.5", "200", "17")]),
        [("6063", "FR_DOM8_5")],
        {"6063": 200, "44566": 17, "401": -217},
        {},
    ),
    (
        "P05 franchise supplier, rate column at zero",
        read("500", net="500", vat="0"),
        [("6226", "FR_FRANCHISE")],
        {"6226": 500, "401": -500},
        {},
    ),
    (
        "P06 credit note",
        read("120", rates=[("20", "100", "20")]),
        [("6064", S20)],
        {"401": 120, "6064": -100, "44566": -20},
        {"category": "credit_note"},
    ),
    (
        "P06 credit note printed with negative amounts",
        read("-120", net="-100", vat="-20", rates=[("20", "-100", "-20")]),
        [("6064", S20)],
        {"401": 120, "6064": -100, "44566": -20},
        {"category": "credit_note"},
    ),
    (
        "P07 rebate on services",
        read("60", rates=[("20", "50", "10")]),
        [("629", S20)],
        {"401": 60, "629": -50, "44566": -10},
        {"category": "credit_note"},
    ),
    (
        "P08 carriage on a goods invoice",
        read(
            "132",
            net="110",
            rates=[("20", "110", "22")],
            items=[("goods", "100", None), ("port", "10", None)],
        ),
        [("607", S20), ("6241", S20)],
        {"607": 100, "6241": 10, "44566": 22, "401": -132},
        {},
    ),
    (
        "P09 returnable packaging without VAT",
        read(
            "130",
            net="110",
            rates=[("20", "100", "20"), ("0", "10", "0")],
            items=[("goods", "100", "20"), ("consigne", "10", "0")],
        ),
        [("607", S20), ("4096", "NO_VAT_TAX")],
        {"607": 100, "4096": 10, "44566": 20, "401": -130},
        {},
    ),
    (
        "N01 passenger car",
        read("24000", rates=[("20", "20000", "4000")]),
        [("2182", "ND_PASSENGER_CAR")],
        {"2182": 24000, "404": -24000},
        {},
    ),
    (
        "N02 van",
        read("24000", rates=[("20", "20000", "4000")]),
        [("2182", S20)],
        {"2182": 20000, "44562": 4000, "404": -24000},
        {},
    ),
    (
        "N03 car rental",
        read("480", rates=[("20", "400", "80")]),
        [("6135", "ND_PASSENGER_CAR")],
        {"6135": 480, "401": -480},
        {},
    ),
    (
        "N04 hotel for staff, breakfast apart",
        read(
            "121",
            net="110",
            rates=[("10", "110", "11")],
            items=[("nuit", "100", "10"), ("petit déjeuner", "10", "10")],
        ),
        [("6251", "ND_LODGING_STAFF"), ("6256", "RESTAURANT")],
        {"6251": 110, "6256": 10, "44566": 1, "401": -121},
        {},
    ),
    (
        "N05 gifts above the limit",
        read("1200", rates=[("20", "1000", "200")]),
        [("6234", "ND_GIFT")],
        {"6234": 1200, "401": -1200},
        {},
    ),
    (
        "N06 gifts below the limit",
        read("600", rates=[("20", "500", "100")]),
        [("6234", S20)],
        {"6234": 500, "44566": 100, "401": -600},
        {},
    ),
    (
        "N07 fuel of a passenger car",
        read("120", rates=[("20", "100", "20")]),
        [("60614", "PART_FUEL80")],
        {"60614": 104, "44566": 16, "401": -120},
        {},
    ),
    (
        "N08 fuel of a van",
        read("120", rates=[("20", "100", "20")]),
        [("60614", "FUEL100")],
        {"60614": 100, "44566": 20, "401": -120},
        {},
    ),
    (
        "N09 train ticket",
        read("110", rates=[("10", "100", "10")]),
        [("6251", "ND_PERSON_TRANSPORT")],
        {"6251": 110, "401": -110},
        {},
    ),
    (
        "N10 partly taxable company",
        read("1200", rates=[("20", "1000", "200")]),
        [("6226", S20)],
        {"6226": 1080, "44566": 120, "401": -1200},
        {"coefficient": "0.60"},
    ),
    (
        "N11 German hotel",
        read("107", rates=[("7", "100", "7")]),
        [("6251", "FOREIGN_VAT_CHARGED")],
        {"6251": 107, "401": -107},
        {},
    ),
    (
        "R01 goods from the EU",
        read("1000", net="1000"),
        [("607", "EU_GOODS")],
        {"607": 1000, "44566": 200, "401": -1000, "4452": -200},
        {},
    ),
    (
        "R02 services from the EU",
        read("500", net="500"),
        [("6511", "EU_SERVICES")],
        {"6511": 500, "44566": 100, "401": -500, "4452": -100},
        {},
    ),
    (
        "R03 services from elsewhere",
        read("300", net="300"),
        [("6511", "NONEU_SERVICES")],
        {"6511": 300, "44566": 60, "401": -300, "44571": -60},
        {},
    ),
    (
        "R04 building subcontract",
        read("2000", net="2000", vat="0"),
        [("611", "FR_AUTOLIQ_BTP")],
        {"611": 2000, "44566": 400, "401": -2000, "44571": -400},
        {},
    ),
    (
        "R05/1 import, the supplier's invoice",
        read("1000", net="1000"),
        [("607", "IMPORT_GOODS")],
        {"607": 1000, "401": -1000},
        {},
    ),
    (
        "R05/2 import, the forwarder's duty",
        read("50", net="50"),
        [("607", "DISBURSEMENT")],
        {"607": 50, "401": -50},
        {},
    ),
    (
        "R06 fixed asset from the EU",
        read("2000", net="2000"),
        [("2154", "EU_GOODS")],
        {"2154": 2000, "44562": 400, "404": -2000, "4452": -400},
        {},
    ),
    (
        "D03 deposit on a machine",
        read("1200", rates=[("20", "1000", "200")]),
        [("238", S20)],
        {"238": 1000, "44562": 200, "404": -1200},
        {},
    ),
    (
        "A01 rounding",
        read("40.01", rates=[("20", "33.33", "6.67")]),
        [("6064", S20)],
        {"6064": "33.33", "44566": "6.67", "658": "0.01", "401": "-40.01"},
        {},
    ),
    (
        "A01 rounding the other way",
        read("39.99", rates=[("20", "33.33", "6.67")]),
        [("6064", S20)],
        {"6064": "33.33", "44566": "6.67", "758": "-0.01", "401": "-39.99"},
        {},
    ),
    (
        "X04 receipt by card",
        read("30", rates=[("20", "25", "5")], invoice_number=""),
        [("6063", S20)],
        {"6063": 25, "44566": 5, "401": -30},
        {"category": "receipt"},
    ),
    (
        "I01 laptop",
        read("1440", rates=[("20", "1200", "240")]),
        [("2183", S20)],
        {"2183": 1200, "44562": 240, "404": -1440},
        {},
    ),
    (
        "I02 tablet, expensed",
        read("576", rates=[("20", "480", "96")]),
        [("6063", S20)],
        {"6063": 480, "44566": 96, "401": -576},
        {},
    ),
    (
        "I03 laptop and mouse",
        read(
            "1476",
            net="1230",
            rates=[("20", "1230", "246")],
            items=[("laptop", "1200", "20"), ("mouse", "30", "20")],
        ),
        [("2183", S20), ("6063", S20)],
        {"2183": 1200, "6063": 30, "44562": 240, "44566": 6, "404": -1440, "401": -36},
        {},
    ),
    (
        "I04 software licence",
        read("3600", rates=[("20", "3000", "600")]),
        [("205", S20)],
        {"205": 3000, "44562": 600, "404": -3600},
        {},
    ),
    (
        "BE1",
        read("121", rates=[("21", "100", "21")]),
        [("6120", "BE_STD21")],
        {"6120": 100, "411": 21, "440": -121},
        {"cc": "BE"},
    ),
    (
        "BE2 car fuel, half deductible",
        read("121", rates=[("21", "100", "21")]),
        [("612901", "BE_CAR50")],
        {"612901": "110.50", "411": "10.50", "440": -121},
        {"cc": "BE"},
    ),
    (
        "BE3 goods from the EU",
        read("1000", net="1000"),
        [("604", "BE_EU_GOODS")],
        {"604": 1000, "411": 210, "440": -1000, "451055": -210},
        {"cc": "BE"},
    ),
    (
        "BE4 restaurant",
        read("112", rates=[("12", "100", "12")]),
        [("616580", "BE_ND_RESTAURANT")],
        {"616580": 112, "440": -112},
        {"cc": "BE"},
    ),
    (
        "BE5 credit note",
        read("121", rates=[("21", "100", "21")]),
        [("6120", "BE_STD21")],
        {"440": 121, "6120": -100, "451063": -21},
        {"cc": "BE", "category": "credit_note"},
    ),
    (
        "CH01",
        read("108.10", rates=[("8.1", "100", "8.10")]),
        [("6500", "CH_STD81")],
        {"6500": 100, "1171": "8.10", "2000": "-108.10"},
        {"cc": "CH"},
    ),
    (
        "CH02 goods, two rates",
        read("313.30", rates=[("2.6", "200", "5.20"), ("8.1", "100", "8.10")]),
        [("4200", "CH_RED26"), ("4200", "CH_STD81")],
        {"4200": 300, "1170": "13.30", "2000": "-313.30"},
        {"cc": "CH"},
    ),
    (
        "CH03 total rounded to five centimes",
        read("94.35", rates=[("8.1", "87.30", "7.07")]),
        [("6500", "CH_STD81")],
        {"6500": "87.30", "1171": "7.07", "6700": "-0.02", "2000": "-94.35"},
        {"cc": "CH"},
    ),
    (
        "CH05 insurance with stamp duty",
        read("1050", net="1050"),
        [("6300", "CH_EXEMPT")],
        {"6300": 1050, "2000": -1050},
        {"cc": "CH"},
    ),
    (
        "CH06 computer",
        read("2594.40", rates=[("8.1", "2400", "194.40")]),
        [("1520", "CH_STD81")],
        {"1520": 2400, "1171": "194.40", "2000": "-2594.40"},
        {"cc": "CH"},
    ),
    (
        "CH07 acquisition tax",
        read("1000", net="1000"),
        [("6600", "CH_ACQUISITION")],
        {"6600": 1000, "1171": 81, "2200": -81, "2000": -1000},
        {"cc": "CH"},
    ),
    (
        "CH11 net tax rate company",
        read("108.10", rates=[("8.1", "100", "8.10")]),
        [("4200", "CH_STD81")],
        {"4200": "108.10", "2000": "-108.10"},
        {"cc": "CH", "coefficient": "0"},
    ),
    (
        "CH13 net tax rate company, foreign services",
        read("1000", net="1000"),
        [("6600", "CH_ACQUISITION")],
        {"6600": 1081, "2200": -81, "2000": -1000},
        {"cc": "CH", "coefficient": "0"},
    ),
    (
        "CH14 credit note on goods",
        read("108.10", rates=[("8.1", "100", "8.10")]),
        [("4200", "CH_STD81")],
        {"2000": "108.10", "4200": -100, "1170": "-8.10"},
        {"cc": "CH", "category": "credit_note"},
    ),
    (
        "CH04 hotel with breakfast, and a dinner",
        read("261.65", rates=[("3.8", "200", "7.60"), ("8.1", "50", "4.05")]),
        [("5820", "CH_LODG38"), ("5820", "CH_STD81")],
        {"5820": 250, "1171": "11.65", "2000": "-261.65"},
        {"cc": "CH"},
    ),
    (
        "CH08/1 import in euros, the supplier's invoice",
        read("2000", net="2000", currency="EUR", exchange_rate="0.95"),
        [("4200", "CH_IMPORT")],
        {"4200": 1900, "2000": -1900},
        {"cc": "CH"},
    ),
    (
        "CH08/2 import, the forwarder bills the tax of customs and his work",
        read(
            "222", net="222", items=[("TVA import OFDF", "162", "0"), ("Dédouanement", "60", "0")]
        ),
        [("4200", "CH_IMPORT_TAX"), ("4070", "CH_NOVAT")],
        {"1170": 162, "4070": 60, "2000": -222},
        {"cc": "CH"},
    ),
    (
        "CH09 rent without option",
        read("2000", net="2000"),
        [("6000", "CH_EXEMPT")],
        {"6000": 2000, "2000": -2000},
        {"cc": "CH"},
    ),
    (
        "CH10 rent of a landlord who opted",
        read("2162", rates=[("8.1", "2000", "162")]),
        [("6000", "CH_STD81")],
        {"6000": 2000, "1171": 162, "2000": -2162},
        {"cc": "CH"},
    ),
    (
        "CH20 invoice in euros",
        read("1000", net="1000", currency="EUR", exchange_rate="0.95"),
        [("4200", "CH_IMPORT")],
        {"4200": 950, "2000": -950},
        {"cc": "CH"},
    ),
    (
        "CH21 insurance over the year's end",
        read("1200", net="1200"),
        [("6300", "CH_EXEMPT")],
        {"6300": 1200, "2000": -1200},
        {"cc": "CH"},
    ),
    (
        "T01 service whose VAT waits for its payment",
        read("1200", rates=[("20", "1000", "200")]),
        [("6226", S20)],
        {"6226": 1000, "4458": 200, "401": -1200},
        {"vat_on_payment": True},
    ),
    (
        "F01/1+2 invoice in dollars, self-assessed",
        read("1000", net="1000", currency="USD", exchange_rate="1.10"),
        [("6511", "NONEU_SERVICES")],
        {"6511": "909.09", "44566": "181.82", "401": "-909.09", "44571": "-181.82"},
        {},
    ),
    (
        "D01/1 deposit invoice",
        read("360", rates=[("20", "300", "60")]),
        [("4091", S20)],
        {"4091": 300, "44566": 60, "401": -360},
        {},
    ),
    (
        "D01/3 final invoice that deducts a deposit",
        read("1200", rates=[("20", "1000", "200")], amount_due="840", deposit_total="360"),
        [("607", S20), ("4091", S20)],
        {"607": 1000, "44566": 140, "4091": -300, "401": -840},
        {},
    ),
    (
        "D01/3 final invoice with the deposit among its lines",
        read(
            "840",
            net="700",
            rates=[("20", "700", "140")],
            items=[("machine", "1000", "20"), ("acompte du 3 mars", "-300", "20")],
        ),
        [("607", S20), ("4091", S20)],
        {"607": 1000, "44566": 140, "4091": -300, "401": -840},
        {},
    ),
    (
        "D02/3 final invoice where deposits stand gross",
        read("1200", rates=[("20", "1000", "200")]),
        [("607", S20)],
        {"607": 1000, "44566": 200, "401": -1200},
        {},
    ),
    (
        "E01 cash discount printed on the invoice",
        read(
            "1176",
            net="980",
            rates=[("20", "980", "196")],
            items=[("marchandises", "1000", "20"), ("escompte 2 %", "-20", "20")],
        ),
        [("607", S20), ("765", S20)],
        {"607": 1000, "765": -20, "44566": 196, "401": -1176},
        {},
    ),
    (
        "X01/1 expense report",
        read(
            "112",
            net="110",
            vat="2",
            rates=[("0", "90", "0"), ("10", "20", "2")],
            items=[("train", "60", "0"), ("taxi", "30", "0"), ("repas", "20", "10")],
            paid_by="employee",
        ),
        [("6251", "FR_EXEMPT"), ("6251", "FR_EXEMPT"), ("6257", "RESTAURANT")],
        {"6251": 90, "6257": 20, "44566": 2, "421": -112},
        {"category": "receipt"},
    ),
    (
        "X03 till receipt paid in cash",
        read("30", rates=[("20", "25", "5")], invoice_number="", paid_by="cash"),
        [("6063", S20)],
        {"6063": 25, "44566": 5, "530": -30},
        {"category": "receipt"},
    ),
    (
        "C01/1 insurance over the year's end",
        read("1200", net="1200"),
        [("6161", "FR_EXEMPT")],
        {"6161": 1200, "401": -1200},
        {},
    ),
]

BY_HAND = "L01 CH19/1 CH19/2 D02/2 D02/4 D02/5 B03/2 B09/2"
"""What a person writes: payroll, a deposit that stands gross (the PCG to the letter; D01 ends with
the same balances), what was cleared up. `tests/service/test_manual_entries.py` posts each.
"""


def keys_of(name: str) -> set[tuple[str, str]]:
    """`F01/1+2 …` → the entries 1 and 2 of the example F01."""
    example, _, numbers = name.split(maxsplit=1)[0].partition("/")
    return {(example, number) for number in (numbers or "1").split("+")}


@pytest.mark.parametrize(
    ("reading", "choices", "expected", "others"),
    [example[1:] for example in EXAMPLES],
    ids=[example[0] for example in EXAMPLES],
)
def test_a_worked_example_gives_the_entry_the_accountant_wrote(reading, choices, expected, others):
    proposed = proposal(reading, *choices, **others)
    assert not proposed.blocking
    assert balances(proposed) == {account: D(amount) for account, amount in expected.items()}


def rows_of_the_examples() -> dict[tuple[str, str], dict[str, Decimal]]:
    """(example, entry) → account → amount, debits positive, as the tables of examples have them."""
    found: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for name in ("journal_examples.csv", "ch_journal_examples.csv"):
        with (SHARED / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                amounts = found[row["example_id"], row["entry_no"]]
                # Firms pad: 53 is 530.
                amounts[row["account"].rstrip("0")] += D(row["debit"] or 0) - D(row["credit"] or 0)
    return found


@pytest.mark.skipif(not SHARED.exists(), reason="the tables of examples are not there")
def test_the_examples_above_are_those_of_the_tables():
    tables = rows_of_the_examples()
    ours_of = [(name, expected) for name, _, _, expected, _ in EXAMPLES]
    for name, expected in [*ours_of, *((name, expected) for name, *_, expected in OF_SALES)]:
        written: dict[str, Decimal] = defaultdict(Decimal)
        for key in keys_of(name):
            for account, amount in tables[key].items():
                written[account] += amount
        ours = {account.rstrip("0"): D(amount) for account, amount in expected.items()}
        if "the other way" not in name:
            assert ours == written, name


@pytest.mark.skipif(not SHARED.exists(), reason="the tables of examples are not there")
def test_every_entry_of_the_tables_is_made_by_something_or_written_by_hand():
    made = {key for name, *_ in (*EXAMPLES, *OF_SALES) for key in keys_of(name)}
    made |= {*OF_THE_BANK, *OF_PERIODS, *UNDONE}
    by_hand = {key for name in BY_HAND.split() for key in keys_of(name)}
    assert not made & by_hand
    assert made | by_hand == set(rows_of_the_examples())


@pytest.mark.skipif(not SHARED.exists(), reason="the tables of examples are not there")
def test_what_ends_a_period_is_as_in_the_tables():
    tables = rows_of_the_examples()
    for key, (_, expected) in OF_PERIODS.items():
        assert {a.rstrip("0"): D(n) for a, n in expected.items()} == tables[key], key
    for key, (_, undone) in UNDONE.items():
        turned = {a.rstrip("0"): -D(n) for a, n in OF_PERIODS[undone][1].items()}
        assert turned == tables[key], key
