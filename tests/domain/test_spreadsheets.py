"""Invoice lines from spreadsheets: columns, cells, rows and drafts, rule by rule."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import Invalid
from domain.identifiers import compact
from domain.sales import Nature
from domain.spreadsheets.cells import (
    BrokenCell,
    Cell,
    Wrong,
    day_of,
    decimal_sign,
    nature_of,
    number_of,
    percent_of,
)
from domain.spreadsheets.columns import (
    FIELDS,
    REQUIRED,
    by_header,
    layout_of,
    letter,
    remapped,
    template_headers,
)
from domain.spreadsheets.drafts import drafts_of, faults_of_drafts, names_that_differ, recap_of
from domain.spreadsheets.identifiers import legal_id_of
from domain.spreadsheets.rows import Checked, Sheet, Terms, check_rows

D = Decimal
FRANCE = Terms(
    "FR", "EUR", frozenset(map(D, ("20", "10", "5.5", "2.1", "0"))), {"732829320": "Dupont SA"}
)
HEADER = (
    "SIREN*",
    "Nom du client",
    "Désignation*",
    "Quantité*",
    "Prix unitaire HT*",
    "Taux de TVA*",
)
ONE, HUNDRED, TWENTY = D(1), D(100), D(20)
DUPONT, PETIT, MARTIN = "732829320", "552100554", "443061841"


def checked(*rows: tuple[Cell, ...], header: tuple[str, ...] = HEADER, **more: Any) -> Checked:
    sheet = Sheet("Lignes", (header, *rows), **more.pop("sheet", {}))
    return check_rows(sheet, layout_of(sheet.rows), more.pop("terms", FRANCE), **more)


def line(siren: Cell = DUPONT, name: Cell = "", text: Cell = "Conseil", quantity: Cell = ONE,
         price: Cell = HUNDRED, rate: Cell = TWENTY) -> tuple[Cell, ...]:  # fmt: skip
    return (siren, name, text, quantity, price, rate)


def faults(found: Checked) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in found.faults]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (None, "required"),
        ("   ", "required"),
        ("732829321", "siren_wrong"),
        ("12345", "siren_digits"),
        ("Dupont", "siren_digits"),
        (D("732829320.5"), "number_instead"),
        ("73282932000075", "siret_wrong"),
        ("FR45732829320", "vat_id_wrong"),
        (BrokenCell("#N/A"), "cell_error"),
        (BrokenCell(), "not_calculated"),
        (True, "is_boolean"),
        (date(2026, 1, 1), "number_instead"),
    ],
)
def test_ls_2_a_row_without_a_valid_siren_is_an_error_named_by_row_and_column(
    cell: Cell, code: str
) -> None:
    found = checked(line(), line(siren=cell))

    assert faults(found) == [(3, "customer_id", code)]
    assert [row.number for row in found.rows] == [2]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("country", ["FR", "CH", "BE"])
def test_ls_5_headers_of_the_template_map_themselves(language: str, country: str) -> None:
    headers = tuple(template_headers(language, country).values())

    layout = layout_of([headers])

    assert layout.columns == {field: n for n, field in enumerate(FIELDS)}
    assert layout.missing == ()


def test_ls_5_any_header_can_be_mapped_by_hand_and_a_required_field_without_column_blocks() -> None:
    layout = layout_of([("SIREN", "Foo", "Qté", "PU HT (€)", "TVA %", "SIREN")])
    assert layout.missing == ("text",)
    assert layout.twice == ("SIREN",)

    mapped = remapped(layout, {**layout.columns, "text": 1})

    assert mapped.missing == ()
    assert (mapped.columns["customer_id"], mapped.columns["text"]) == (0, 1)
    assert by_header(layout, {"text": "foo", "unit": "gone"}) == {"text": 1}
    for wrong in ({"text": 9}, {"colour": 1}, {"text": 1, "unit": 1}):
        with pytest.raises(Invalid):
            remapped(layout, wrong)


def test_ls_5_a_header_is_found_below_a_title_and_known_in_three_languages() -> None:
    german = ("UID", "Bezeichnung", "Menge", "Einzelpreis", "MwSt.-Satz", "Total", "Total MwSt.")
    english = ("Company number", "Product or service", "Qty", "Unit price (EUR)", "VAT rate")
    french = (
        "N° SIREN du client",
        "Libellé",
        "Nb",
        "P.U. HT",
        "Taux TVA",
        "Total HT",
        "Date d’échéance",
    )

    for header in (german, english, french):
        layout = layout_of([("Facturation de mars",), (), header])
        assert (layout.header_row, layout.missing) == (2, ())
        assert set(layout.columns) == set(REQUIRED)
    assert layout_of([german]).signature == layout_of([german[::-1]]).signature
    assert [letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_ls_6_rows_of_the_same_siren_become_lines_of_one_draft() -> None:
    found = checked(
        line(DUPONT, "", "Un"),
        line(PETIT, "Petit", "Deux"),
        line("732 829 320", "", "Trois"),
        line(MARTIN, "Martin", "Quatre"),
        line(PETIT, "", "Cinq"),
    )
    drafts = drafts_of(found.rows, FRANCE)
    recap = recap_of(drafts)

    assert faults(found) == []
    assert (recap.lines, recap.drafts, recap.customers) == (5, 3, 3)
    assert [[one.text for one in draft.lines] for draft in drafts] == [
        ["Un", "Trois"],
        ["Deux", "Cinq"],
        ["Quatre"],
    ]
    assert recap.merged == ((DUPONT, "Dupont SA", (2, 4)), (PETIT, "Petit", (3, 6)))
    assert recap.new_customers == ((PETIT, "Petit"), (MARTIN, "Martin"))


def test_ls_6_another_currency_is_another_draft_of_the_same_customer() -> None:
    header = (*HEADER, "Devise")
    found = checked((*line(), ""), (*line(), "chf"), (*line(price="12 €"), "CHF"), header=header)
    recap = recap_of(drafts_of(found.rows, FRANCE))

    assert faults(found) == [(4, "unit_price", "number_currency")]
    assert (recap.drafts, recap.customers) == (2, 1)
    assert [(t.currency, t.net, t.vat, t.gross) for t in recap.totals] == [
        ("CHF", D("100.00"), D("20.00"), D("120.00")),
        ("EUR", D("100.00"), D("20.00"), D("120.00")),
    ]


def test_ls_7_vat_of_the_recap_is_computed_on_sums_of_a_rate_as_invoices_do() -> None:
    found = checked(*(line(price=D("0.33"), text=str(n)) for n in range(3)))
    total = recap_of(drafts_of(found.rows, FRANCE)).totals[0]
    assert (total.net, total.vat) == (D("0.99"), D("0.20"))


def test_ls_11_errors_of_all_rows_are_listed_together() -> None:
    found = checked(
        line("732829321", quantity="deux", price=D(-5), rate=D("19.6")),
        line(text="", quantity=D(0), price="1.234"),
        line(),
    )
    assert faults(found) == [
        (2, "customer_id", "siren_wrong"),
        (2, "quantity", "number_wrong"),
        (2, "unit_price", "price_negative"),
        (2, "vat_rate", "rate_unknown"),
        (3, "text", "required"),
        (3, "quantity", "quantity_zero"),
        (3, "unit_price", "number_ambiguous"),
    ]


@pytest.mark.parametrize(
    ("cell", "siren"),
    [
        ("005520135", "005520135"),
        ("5520135", "005520135"),
        (D(5520135), "005520135"),
        ("732 829 320", DUPONT),
        ("732\u00a0829\u202f320", DUPONT),
        ("732.829.320", DUPONT),
        (D("7.3282932E8"), DUPONT),
        ("7.3282932E8", DUPONT),
        ("7,3282932E+08", DUPONT),
        (D("732829320.0"), DUPONT),
        ("732829320.0", DUPONT),
        ("732829320,00", DUPONT),
        ("732 829 320 00074", DUPONT),
        ("FR44732829320", DUPONT),
        ("SIREN 732829320", DUPONT),
    ],
)
def test_ls_12_a_siren_that_a_spreadsheet_spoilt_is_repaired_and_then_checked(
    cell: Cell, siren: str
) -> None:
    found = checked(line(cell))
    assert faults(found) == []
    assert found.rows[0].customer_id == siren
    spaced = isinstance(cell, str) and compact(cell) == siren
    exact = isinstance(cell, Decimal) and cell == int(siren) and siren[0] != "0"
    told = [] if spaced or exact else [siren]
    assert [repair.now for repair in found.repairs] == told, "a repair is told; spaces are none"


@pytest.mark.parametrize(
    ("country", "cell", "found"),
    [
        ("CH", "CHE-116.281.710 TVA", "CHE116281710"),
        ("CH", D(116281710), "CHE116281710"),
        ("BE", "BE 0403.170.701", "0403170701"),
        ("BE", D(403170701), "0403170701"),
    ],
)
def test_ls_12_swiss_and_belgian_customers_have_their_own_numbers(
    country: str, cell: Cell, found: str
) -> None:
    assert legal_id_of(cell, country)[0] == found
    with pytest.raises(Wrong):
        legal_id_of("999999999", country)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,50", "1234.50"),
        ("1\u202f234,50 €", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1’234.50 CHF", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("CHF 120.-", "120"),
        ("-12,5", "-12.5"),
        ("(12,50)", "-12.50"),
        ("12,50-", "-12.50"),
        ("−3", "-3"),
        ("0,125", "0.125"),
        (",5", "0.5"),
        ("1234.5678", "1234.5678"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, value: str) -> None:
    assert number_of(text).value == D(value)


@pytest.mark.parametrize(
    "text",
    ["", "douze", "1,2,3", "1.2.3,4", "12 34", "1..2", "12 kg", "--1", "1 2,5", "٣", "1e400"],
)
def test_what_is_no_number_is_not_made_one(text: str) -> None:
    with pytest.raises(Wrong):
        number_of(text)


def test_a_thousand_or_one_is_told_by_the_other_cells_or_asked() -> None:
    assert decimal_sign(["1.234", "12,50", None, "x"]) == ","
    assert decimal_sign(["1.234", "12,50", "7.5"]) == ""
    assert number_of("1.234", ",").value == 1234
    assert number_of("1.234", ".").value == D("1.234")
    with pytest.raises(Wrong, match="thousand"):
        number_of("1.234")

    prices = ("1.234", "12,50")
    assert [r.line.unit_price for r in checked(*(line(price=p) for p in prices)).rows] == [
        D(1234),
        D("12.5"),
    ]


@pytest.mark.parametrize(
    ("cell", "rate"),
    [(D(20), "20"), ("20%", "20"), ("20 %", "20"), ("0,2", "20"), ("0.2", "20"), (D("0.2"), "20"),
     (D("0.055"), "5.5"), ("5,50 %", "5.5"), (D(0), "0"), ("2,1", "2.1")],
)  # fmt: skip
def test_a_vat_cell_below_one_is_a_ratio(cell: Cell, rate: str) -> None:
    assert percent_of(cell)[0] == D(rate)
    assert checked(line(rate=cell)).rows[0].line.vat_rate == D(rate)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (D(46023), date(2026, 1, 1)),
        (D("46023.75"), date(2026, 1, 1)),
        ("46023", date(2026, 1, 1)),
        ("31/01/2026", date(2026, 1, 31)),
        ("1.2.26", date(2026, 2, 1)),
        ("2026-02-01", date(2026, 2, 1)),
        ("2026-02-01T10:00:00", date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 2, 1)),
    ],
)
def test_a_day_is_a_date_a_text_or_a_serial_number(cell: Cell, day: date) -> None:
    assert day_of(cell)[0] == day


def test_serial_numbers_count_from_1904_where_the_file_says_so() -> None:
    assert day_of(D(44561), from_1904=True)[0] == date(2026, 1, 1)
    for wrong in ("31/02/2026", "12/25/2026", D(12), D(10**9), "demain", date(1950, 1, 1)):
        with pytest.raises(Wrong):
            day_of(wrong)


def test_types_discounts_units_and_mails_are_read_and_durations_become_hours() -> None:
    header = (*HEADER, "Remise (%)", "Type", "Unité", "Email", "Réf. commande")
    found = checked(
        (*line(quantity=timedelta(hours=3, minutes=30)), "10 %", "Bien", "h", "a@b.fr", "PO 1"),
        (*line(), D(150), "peut-être", "x" * 30, "a b@c", ""),
        header=header,
    )
    assert (found.rows[0].line.net, found.rows[0].line.nature) == (D("315.00"), Nature.GOODS)
    assert [r.code for r in found.repairs] == ["hours_of_duration"]
    assert [code for _, _, code in faults(found)] == [
        "text_too_long",
        "discount_wrong",
        "nature_wrong",
        "email_wrong",
    ]
    assert nature_of("Dienstleistung") is Nature.SERVICES


def test_empty_rows_and_totals_at_the_end_are_left_out_and_counted() -> None:
    found = checked(
        line(),
        (None,) * 6,
        line(text="Total de la mission"),
        ("", "", "Sous-total", D(2), D(200), None),
        ("TOTAL", "", None, D(2), D(200), None),
        (None,) * 6,
    )
    assert [row.number for row in found.rows] == [2, 4]
    assert (found.empty_rows, found.total_rows) == (2, (5, 6))


def test_merged_customers_count_for_each_row_and_merged_amounts_are_refused() -> None:
    found = checked(
        line(),
        (None, None, "Suite", D(1), None, None),
        sheet={"merged": ((1, 0, 2, 0), (1, 4, 2, 4), (1, 5, 2, 5))},
    )
    assert faults(found) == [(3, "unit_price", "merged_amount")]

    found = checked(
        line(),
        (None, None, "Suite", D(1), D(5), None),
        sheet={"merged": ((1, 0, 2, 0), (1, 5, 2, 5))},
    )
    assert [row.customer_id for row in found.rows] == [DUPONT, DUPONT]


def test_a_fix_stands_in_the_place_of_its_cell_and_a_row_can_be_left_out() -> None:
    rows = (line("732829321"), line(quantity="deux"), line(rate=D(19)))

    found = checked(
        *rows,
        fixes={(2, "customer_id"): DUPONT, (3, "quantity"): "2", (99, "quantity"): "1"},
        left_out=frozenset({4}),
    )
    assert faults(found) == []
    assert [row.line.quantity for row in found.rows] == [1, 2]
    assert found.left_out == (4,)


def test_a_new_customer_needs_a_name_and_a_draft_is_not_negative() -> None:
    found = checked(
        line(PETIT),
        line(MARTIN, "Martin"),
        line(DUPONT, "", "Avoir", D(-2)),
        line(MARTIN, "Martin & fils"),
    )
    drafts = drafts_of(found.rows, FRANCE)

    assert [(f.row, f.column, f.code) for f in faults_of_drafts(drafts)] == [
        (2, "customer_name", "name_missing"),
        (4, "quantity", "draft_negative"),
    ]
    assert names_that_differ(found.rows) == {MARTIN: ("Martin", "Martin & fils")}


def test_an_order_of_all_rows_is_the_drafts_and_several_stand_in_the_lines() -> None:
    header = (*HEADER, "N° de commande")
    one = drafts_of(checked((*line(), "A1"), (*line(), ""), header=header).rows, FRANCE)
    two = drafts_of(checked((*line(), "A1"), (*line(), "A2"), header=header).rows, FRANCE)

    assert (one[0].order_reference, two[0].order_reference) == ("A1", "")
    assert [found.details for found in two[0].lines] == ["A1", "A2"]


def test_hostile_cells_are_only_text() -> None:
    said = '=HYPERLINK("http://x")\u0000\u202e' + "\u200b" * 3
    found = checked(
        line(text=said), line(text="x" * 301), line(price=D(10) ** 300), line(price=D("1e-7"))
    )
    assert found.rows[0].line.text == '=HYPERLINK("http://x")'
    assert [code for _, _, code in faults(found)] == [
        "text_too_long",
        "number_too_large",
        "too_many_places",
    ]


def test_a_formulas_tail_of_places_is_no_value() -> None:
    assert checked(line(price=D("1234.49999999999"))).rows[0].line.unit_price == D("1234.5")
