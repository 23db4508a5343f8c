"""What a document says becomes parts to post, also where its VAT table leaves something unsaid."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.findings import Finding, Reading, VatLine
from domain.money import cents
from domain.purchases import purchase_of


def reading(net: str, vat: str, *rates: tuple[str, str | None, str | None]) -> Reading:
    gross = str(Decimal(net) + Decimal(vat))
    values = {"net_total": net, "vat_total": vat, "gross_total": gross}
    return Reading(
        {name: Finding(value, 0.9) for name, value in values.items()},
        vat_lines=tuple(VatLine(*line) for line in rates),
    )


def bases(read: Reading) -> list[tuple[str, str]]:
    return [(str(p.rate), str(p.net)) for p in purchase_of(read, "purchase_invoice").parts]


def test_bases_that_are_not_printed_are_counted_from_their_taxes_and_make_the_net() -> None:
    table = (("20", None, "192.73"), ("10", None, "1368.50"), ("5.5", None, "113.23"))
    assert bases(reading("16707.36", "1674.46", *table)) == [
        ("20", "963.65"), ("10", "13684.98"), ("5.5", "2058.73")]  # fmt: skip


def test_one_base_that_is_missing_is_what_the_others_leave_of_the_net() -> None:
    table = (("20", "100.00", "20.00"), ("5.5", None, "2.75"))
    assert bases(reading("150.00", "22.75", *table)) == [("20", "100.00"), ("5.5", "50.00")]


def test_bases_are_not_counted_where_they_would_not_make_the_net() -> None:
    table = (("20", None, "20.00"), ("10", None, "10.00"))
    assert bases(reading("250.00", "30.00", *table)) == [("12.0", "250.00")]


RATES = st.lists(st.sampled_from(["20", "10", "5.5", "2.1"]), min_size=2, max_size=4, unique=True)


@given(RATES, st.data())
def test_counted_bases_are_near_the_true_ones_and_add_up(rates: list[str], data: st.DataObject):
    amounts = st.decimals("0.01", "99999", places=2)
    true = {rate: data.draw(amounts) for rate in rates}
    taxes = {rate: cents(base * Decimal(rate) / 100) for rate, base in true.items()}
    net, vat = sum(true.values()), sum(taxes.values())
    table = [(rate, None, str(tax)) for rate, tax in taxes.items() if tax]
    parts = purchase_of(reading(str(net), str(vat), *table), "purchase_invoice").parts
    assert sum(part.net for part in parts) == net
    assert sum(part.vat for part in parts) == vat
