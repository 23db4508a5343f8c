"""Purchases become entries: accountants' worked examples, and whatever paper can throw at it."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries import country
from domain.findings import Finding, LineItem, Reading, VatLine
from domain.posting import Books, Choice, Proposal, propose
from domain.purchases import purchase_of, spread_cents

D = Decimal
TODAY = date(2026, 11, 22)


def read(
    gross: str | None,
    *,
    net: str | None = None,
    vat: str | None = None,
    rates: list[tuple[str, str, str]] = [],  # noqa: B006 - never changed
    items: list[tuple[str, str, str | None]] = [],  # noqa: B006
    **fields: str,
) -> Reading:
    values = {
        "supplier_name": "Lyreco",
        "invoice_number": "F2026-17",
        "issue_date": "2026-11-02",
        "gross_total": gross,
        "net_total": net,
        "vat_total": vat,
        **fields,
    }
    return Reading(
        {k: Finding(v, 0.9) for k, v in values.items() if v is not None},
        vat_lines=tuple(VatLine(*line) for line in rates),
        line_items=tuple(
            LineItem(what, net_amount=amount, vat_rate=rate) for what, amount, rate in items
        ),
    )


def proposal(
    reading: Reading,
    *choices: tuple[str | None, str],
    category: str = "purchase_invoice",
    cc: str = "FR",
    coefficient: str = "1",
    locked_until: date | None = None,
) -> Proposal:
    where = country(cc)
    return propose(
        purchase_of(reading, category),
        {i: (Choice(*choice),) for i, choice in enumerate(choices)},
        Books(where, where.currency, coefficient=D(coefficient), locked_until=locked_until),
        auxiliary="FLYRECO",
        today=TODAY,
    )


def balances(proposed: Proposal) -> dict[str, Decimal]:
    """Account → amount, debits positive, as the worked examples give them."""
    sums: dict[str, Decimal] = {}
    for line in proposed.entry().lines:
        sums[line.account] = sums.get(line.account, D(0)) + line.signed
    return sums


S20, R10, R55, R21 = "FR_STD20", "FR_RED10", "FR_RED5_5", "FR_SUP2_1"

# (name, what is on the paper, choice of each part, expected balances, other arguments)
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
        "R05 import, the supplier's invoice",
        read("1000", net="1000"),
        [("607", "IMPORT_GOODS")],
        {"607": 1000, "401": -1000},
        {},
    ),
    (
        "R05 import, the forwarder's duty",
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
]


@pytest.mark.parametrize(
    ("reading", "choices", "expected", "others"),
    [example[1:] for example in EXAMPLES],
    ids=[example[0] for example in EXAMPLES],
)
def test_a_worked_example_gives_the_entry_the_accountant_wrote(reading, choices, expected, others):
    proposed = proposal(reading, *choices, **others)
    assert not proposed.blocking
    assert balances(proposed) == {account: D(amount) for account, amount in expected.items()}


def codes(proposed: Proposal) -> set[str]:
    return {p.code for p in proposed.blocking}


def test_a_total_that_rounding_does_not_explain_is_not_posted():
    proposed = proposal(read("125", rates=[("20", "100", "20")]), ("6064", S20))
    assert codes(proposed) == {"totals_differ"}
    assert proposed.debit == D(120)
    assert proposed.credit == D(125)
    with pytest.raises(ValueError, match="debits"):
        proposed.entry()


def test_a_franchise_supplier_who_charges_vat_is_not_posted():
    proposed = proposal(read("600", rates=[("20", "500", "100")]), ("6226", "FR_FRANCHISE"))
    assert codes(proposed) == {"vat_not_expected"}


def test_a_vat_amount_that_is_not_the_rate_times_the_base_is_not_posted():
    proposed = proposal(read("121", rates=[("20", "100", "21")]), ("6064", S20))
    assert codes(proposed) == {"vat_differs"}


def test_vat_that_is_not_printed_is_taken_from_the_totals_and_waits_for_a_person():
    proposed = proposal(read("120", net="100"), ("6064", S20))
    assert codes(proposed) == {"vat_not_printed"}
    assert balances(proposed) == {"6064": 100, "44566": 20, "401": -120}


def test_no_account_is_invented_for_a_part_nobody_knows():
    proposed = proposal(read("120", rates=[("20", "100", "20")]))
    assert codes(proposed) == {"account_missing"}
    assert proposed.lines[0].account is None
    assert proposed.debit == proposed.credit == D(120)
    with pytest.raises(ValueError, match="no account"):
        proposed.entry()


def test_another_currency_than_that_of_the_books_is_not_posted():
    reading = read("120", rates=[("20", "100", "20")], currency="USD")
    assert codes(proposal(reading, ("6064", S20))) == {"foreign_currency"}


def test_an_invoice_without_number_date_supplier_or_total_says_so():
    proposed = proposal(read(None, supplier_name="", invoice_number=" ", issue_date="soon"))
    assert codes(proposed) == {
        "gross_total_missing",
        "invoice_number_missing",
        "issue_date_missing",
        "supplier_name_missing",
    }


def test_a_document_of_tomorrow_is_taken_and_one_of_next_week_is_not():
    for day, refused in (("2026-11-23", False), ("2026-11-29", True)):
        reading = read("120", rates=[("20", "100", "20")], issue_date=day)
        assert ("date_in_future" in codes(proposal(reading, ("6064", S20)))) is refused


def test_a_document_of_a_locked_period_counts_on_the_first_open_day_and_keeps_its_date():
    proposed = proposal(
        read("120", rates=[("20", "100", "20")]), ("6064", S20), locked_until=date(2026, 11, 10)
    )
    entry = proposed.entry()
    assert entry.entry_date == date(2026, 11, 11)
    assert entry.piece_date == date(2026, 11, 2)
    assert [p.code for p in proposed.problems] == ["period_locked"]


def test_line_items_that_do_not_add_up_are_not_used():
    reading = read(
        "120", net="100", rates=[("20", "100", "20")], items=[("a", "60", "20"), ("b", "30", "20")]
    )
    assert [p.kind for p in purchase_of(reading, "purchase_invoice").parts] == ["rate"]


def test_labels_from_paper_are_one_line_of_plain_text():
    reading = read(
        "120", rates=[("20", "100", "20")], supplier_name="A\tB\r\n\u202eC|\x00", invoice_number="1"
    )
    for line in proposal(reading, ("6064", S20)).entry().lines:
        assert line.label.startswith("A B C| 1")


@pytest.mark.parametrize(
    "text", ["NaN", "-Infinity", "INF", "1e308", "sNaN", "9" * 400, "١٢", "1,5"]
)
@pytest.mark.parametrize("field", ["gross_total", "net_total", "vat_total", "base", "item"])
def test_what_is_not_an_amount_never_reaches_an_entry(text, field):
    amounts = {"gross_total": "120", "net_total": "100", "vat_total": "20", field: text}
    reading = read(
        amounts["gross_total"],
        net=amounts["net_total"],
        vat=amounts["vat_total"],
        rates=[("20", amounts.get("base", "100"), "20")],
        items=[("x", amounts.get("item", "100"), "20")],
    )
    proposed = proposal(reading, ("6064", S20))
    if field == "item":
        assert proposed.entry().total == D(120)  # the line is ignored, the rate is used
    else:
        assert "amount_unreadable" in codes(proposed)


HOSTILE = ["NaN", "inf", "-0", "1e308", "", "0.005", "9" * 400, "-120", "x"]
RATES = ["20", "10", "5.5", "2.1", "0", "8.1", "21", "99.99", "-5", "x"]


def drawn(seed: int) -> tuple[Reading, random.Random]:
    """A document that may be anything: most amounts make sense, some close, some are hostile."""
    draw = random.Random(seed)

    def amount(closing: Decimal | None = None) -> str | None:
        if closing is not None and draw.random() < 0.85:
            return str(closing)
        if draw.random() < 0.1:
            return draw.choice([*HOSTILE, None])
        return f"{draw.randint(-(10**9), 10**9) / D(100):.2f}"

    rates = draw.sample(RATES[: 5 if draw.random() < 0.8 else None], draw.randint(0, 4))
    bases = [D(draw.randint(1, 10**7)) / 100 for _ in rates]
    known = [D(r) if r != "x" else D(0) for r in rates]
    taxes = [(b * r / 100).quantize(D("0.01")) for b, r in zip(bases, known, strict=True)]
    net, vat = sum(bases, D(0)), sum(taxes, D(0))
    off = D(draw.choice([0, 0, 0, 1, 2, -2, 5])) / 100
    reading = read(
        amount(net + vat + off),
        net=amount(net),
        vat=amount(vat),
        rates=[(r, amount(b), amount(x)) for r, b, x in zip(rates, bases, taxes, strict=True)],
        items=[
            ("chose", amount(b), r if draw.random() < 0.9 else None)
            for r, b in zip(rates, bases, strict=True)
        ],
    )
    return reading, draw


@pytest.mark.parametrize("cc", ["FR", "CH", "BE"])
def test_whatever_is_read_an_entry_balances_or_does_not_exist(cc):
    where = country(cc)
    numbers = [a.number for a in where.chart if a.suggested]
    keys = sorted(where.treatments)
    posted = 0
    for seed in range(10_000 if cc == "FR" else 2_000):
        reading, draw = drawn(seed)
        proposed = proposal(
            reading,
            *[(draw.choice(numbers), draw.choice(keys)) for _ in range(4)],
            category=draw.choice(["purchase_invoice", "credit_note", "receipt"]),
            cc=cc,
            coefficient=draw.choice(["1", "0", "0.61"]),
        )
        if proposed.blocking:
            continue
        entry = proposed.entry()
        assert sum(line.signed for line in entry.lines) == 0, seed
        assert entry.total.as_tuple().exponent == -2, seed
        posted += 1
    assert posted > 100  # the generator still makes documents that can be posted


def test_ten_thousand_invoices_that_add_up_are_posted_to_the_cent():
    percent = {S20: D(20), R10: D(10), R55: D("5.5"), R21: D("2.1")}
    for seed in range(10_000):
        draw = random.Random(seed)
        chosen = draw.sample(list(percent), draw.randint(1, 4))
        bases = {key: D(draw.randint(1, 10 ** draw.randint(1, 11))) / 100 for key in chosen}
        table = {k: (b, (b * percent[k] / 100).quantize(D("0.01"))) for k, b in bases.items()}
        residual = draw.choice([0, 0, 1, 2, 3, 9])
        gross = sum(b + v for b, v in table.values()) + D(residual) / 100
        reading = read(
            str(gross), rates=[(str(percent[k]), str(b), str(v)) for k, (b, v) in table.items()]
        )
        credit_note = draw.random() < 0.3
        proposed = proposal(
            reading,
            *[("6064", key) for key in table],
            category="credit_note" if credit_note else "purchase_invoice",
        )
        if residual > 2 * len(table):
            assert codes(proposed) == {"totals_differ"}, seed
            continue
        side = -1 if credit_note else 1
        sums = balances(proposed)
        assert sums["401"] == -side * gross, seed
        assert sums["6064"] == side * sum(bases.values()), seed
        assert sums.get("44566", 0) == side * sum(v for _, v in table.values()), seed


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(-(10**6), 10**6), min_size=1))
def test_cents_are_spread_without_losing_one(amount, weights):
    shares = spread_cents(D(amount) / 100, [D(w) / 100 for w in weights])
    assert sum(shares) == D(amount) / 100
    assert len(shares) == len(weights)
