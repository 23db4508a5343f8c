"""The entries that accountants wrote for sales come out of finalised invoices, and only these."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries import country
from domain.drafts import totals_of
from domain.errors import Invalid
from domain.journal import Entry
from domain.money import ZERO
from domain.sales import InvoiceKind, Nature, Party, SalesInvoice, SalesLine
from domain.sales_chain import Numbered, invoice_hash
from domain.sales_posting import SellerBooks, sale_entry
from domain.sales_vat import decide_sale

D = Decimal
GOODS, SERVICES = Nature.GOODS, Nature.SERVICES
S20 = ("SALE_STD20", "20")


def line(
    net: str, treatment: tuple[str, str] = S20, *, quantity: str = "1", **more: Any
) -> SalesLine:
    key, rate = treatment
    return SalesLine("vente", D(quantity), D(net), vat_rate=D(rate), treatment=key, **more)


def invoice(
    *lines: SalesLine, kind: InvoiceKind = InvoiceKind.INVOICE, **more: Any
) -> SalesInvoice:
    said = {"currency": "EUR", "issued_on": date(2026, 11, 2), "number": "F2026-0001"}
    return SalesInvoice(kind, Party("Nous"), Party("Client"), lines=lines, **{**said, **more})


def books(code: str = "FR", **more: Any) -> SellerBooks:
    kept = country(code)
    return SellerBooks(kept, kept.currency, **more)


def posted(sale: SalesInvoice, kept: SellerBooks | None = None, **more: Any) -> Entry:
    return sale_entry(sale, kept or books(), auxiliary="CCLIENT", **more)


def balances(entry: Entry) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in entry.lines:
        found[one.account] = found.get(one.account, ZERO) + one.signed
    return found


# (example and its entry, the first unless named; the invoice; the books; expected balances)
EXAMPLES = [
    ("V02 one rate", invoice(line("1000")), books(), {"411": 1200, "706": -1000, "44571": -200}),
    (
        "V03/1 service taxed on receipts",
        invoice(line("1000")),
        books(vat_waits=True),
        {"411": 1200, "706": -1000, "4458": -200},
    ),
    (
        "V04 credit note",
        invoice(line("1000"), kind=InvoiceKind.CREDIT_NOTE),
        books(),
        {"706": 1000, "44571": 200, "411": -1200},
    ),
    (
        "V05/1 deposit invoice",
        invoice(line("300"), kind=InvoiceKind.DEPOSIT),
        books(),
        {"411": 360, "4191": -300, "44571": -60},
    ),
    (
        "V05/2 final invoice that deducts the deposit",
        invoice(line("1000"), line("300", quantity="-1", account="4191")),
        books(),
        {"411": 840, "4191": 300, "706": -1000, "44571": -140},
    ),
    (
        "V06 goods with carriage",
        invoice(line("100", nature=GOODS), line("10", nature=GOODS, account="7085")),
        books(),
        {"411": 132, "707": -100, "7085": -10, "44571": -22},
    ),
    (
        "V07 goods to the Union",
        invoice(line("1000", ("SALE_EU_GOODS", "0"), nature=GOODS)),
        books(),
        {"411": 1000, "707": -1000},
    ),
    (
        "V08/1 credit note of a refund",
        invoice(line("1000"), kind=InvoiceKind.CREDIT_NOTE),
        books(),
        {"706": 1000, "44571": 200, "411": -1200},
    ),
    (
        "V09/1 licence of twelve months",
        invoice(line("1200")),
        books(),
        {"411": 1440, "706": -1200, "44571": -240},
    ),
    (
        "CH12/1 net tax rate: printed, booked gross",
        invoice(line("1000", ("CH_SALE_81", "8.1")), currency="CHF"),
        books("CH", regime="tdfn"),
        {"1100": 1081, "3400": -1081},
    ),
    (
        "CH16 sale with VAT",
        invoice(line("1000", ("CH_SALE_81", "8.1")), currency="CHF"),
        books("CH"),
        {"1100": 1081, "3400": -1000, "2200": -81},
    ),
]


@pytest.mark.parametrize(
    ("sale", "kept", "expected"),
    [example[1:] for example in EXAMPLES],
    ids=[example[0] for example in EXAMPLES],
)
def test_a_worked_sale_gives_the_entry_the_accountant_wrote(
    sale: SalesInvoice, kept: SellerBooks, expected: dict[str, Any]
):
    entry = posted(sale, kept)

    assert balances(entry) == {account: D(amount) for account, amount in expected.items()}
    assert entry.journal == "VE"
    assert {one.auxiliary for one in entry.lines if one.account in ("411", "1100")} == {"CCLIENT"}


def test_goods_do_not_wait_for_their_payment_as_services_do():
    mixed = invoice(line("100"), line("50.03", nature=GOODS), line("0.02"))

    assert balances(posted(mixed, books(vat_waits=True))) == {
        "411": D("180.06"), "706": D("-100.02"), "707": D("-50.03"),
        "4458": D("-20.00"), "44571": D("-10.01"),
    }  # fmt: skip


def test_another_currency_is_converted_and_closes_to_the_cent():
    dollars = invoice(line("333.33", ("SALE_NONEU_SERVICE", "0")), line("0.01"), currency="USD")
    entry = posted(dollars, exchange_rate=D("0.9137"))

    assert (entry.lines[0].foreign_amount, entry.lines[0].foreign_currency) == (D("333.34"), "USD")
    assert entry.currency == "EUR"
    with pytest.raises(Invalid, match="no rate"):
        posted(dollars)


def test_nothing_is_no_invoice():
    with pytest.raises(Invalid, match="Nothing is left"):
        posted(invoice(line("0")))


RATES = [("SALE_STD20", "20"), ("SALE_RED5_5", "5.5"), ("SALE_EXPORT", "0")]
LINES = st.builds(
    line,
    st.integers(1, 10**7).map(lambda n: str(D(n) / 1000)),
    st.sampled_from(RATES),
    quantity=st.integers(1, 10**6).map(lambda n: str(D(n) / 1000)),
    nature=st.sampled_from([GOODS, SERVICES]),
    account=st.sampled_from(["", "", "7085"]),
)


@given(st.lists(LINES, min_size=1, max_size=12), st.sampled_from(list(InvoiceKind)), st.booleans(),
       st.sampled_from(["normal", "tdfn"]), st.sampled_from([None, D("0.93217"), D("1.1")]))  # fmt: skip
def test_every_invoice_posts_balanced_and_owes_what_is_printed(lines, kind, waits, regime, rate):
    sale = invoice(*lines, kind=kind, currency="USD" if rate else "EUR")
    if round(sale.gross_total * (rate or 1), 2) == 0:
        return
    entry = posted(sale, books(vat_waits=waits, regime=regime), exchange_rate=rate)

    owed = sum((one.signed for one in entry.lines if one.account == "411"), ZERO)
    printed = (
        sale.gross_total
        if rate is None
        else (sale.gross_total * rate).quantize(D("0.01"), "ROUND_HALF_UP")
    )
    assert abs(owed) == printed
    assert totals_of(sale.lines).gross == sale.gross_total


def test_the_treatment_of_a_sale_follows_the_customer_and_the_company():
    def decided(code: str = "FR", regime: str = "normal", **said: Any) -> str:
        asked = {"customer_country": "FR", "nature": SERVICES, "rate": None, **said}
        return decide_sale(country(code).sales_treatments, code, regime, **asked).key

    assert decided() == "SALE_STD20"
    assert decided(rate=D("5.5")) == "SALE_RED5_5"
    assert decided(customer_country="MC") == "SALE_STD20"
    assert decided(rate=D(0)) == "SALE_EXEMPT"
    assert decided(customer_country="DE") == "SALE_STD20"
    assert decided(customer_country="DE", customer_vat_id="DE1") == "SALE_EU_SERVICES"
    assert decided(customer_country="DE", customer_vat_id="DE1", nature=GOODS) == "SALE_EU_GOODS"
    assert decided(customer_country="US") == "SALE_NONEU_SERVICE"
    assert decided(customer_country="CH", nature=GOODS) == "SALE_EXPORT"
    assert decided(customer_country="DE", customer_vat_id="DE1", rate=D(20)) == "SALE_STD20"
    assert decided(regime="franchise") == "SALE_FRANCHISE"
    assert decided("CH", customer_country="CH") == "CH_SALE_81"
    assert decided("CH", customer_country="LI", rate=D("2.6")) == "CH_SALE_26"
    assert decided("CH", customer_country="FR", nature=GOODS) == "CH_SALE_EXPORT"
    assert decided("CH", "none", customer_country="FR") == "CH_SALE_NOT_REGISTERED"
    assert decided("BE", customer_country="BE", rate=D(6)) == "BE_SALE_6"
    with pytest.raises(Invalid) as wrong:
        decided(rate=D("19.6"))
    assert wrong.value.code == "vat_rate"
    with pytest.raises(Invalid) as charged:
        decided(regime="franchise", rate=D(20))
    assert charged.value.code == "vat_not_charged"


@pytest.mark.parametrize("code", ["FR", "CH", "BE"])
def test_every_account_of_the_treatments_is_in_the_chart_and_untaxed_sales_say_why(code: str):
    kept = country(code)
    for one in kept.sales_treatments.values():
        used = {one.goods, one.services, one.vat_account, one.pending_account} - {""}
        assert all(account in kept.chart.accounts for account in used)
        assert bool(one.rate) == bool(one.vat_account) == (one.category == "S")
        if not one.rate:
            assert one.mention("fr", "Article 261 du CGI")
    assert kept.deposits_received in kept.chart.accounts


def test_the_chain_sees_every_change_and_no_needless_zero():
    def digest(sale: SalesInvoice, previous: str = "") -> str:
        return invoice_hash(Numbered("inv", "cmp", "F", 2026, 1, sale, previous))

    first = digest(invoice(line("1000")))
    assert first == digest(invoice(line("1000.00", quantity="1.000")))
    assert first != digest(invoice(line("1000.01")))
    assert first != digest(invoice(line("1000")), "0" * 64)
    assert first != digest(invoice(line("1000"), number="F2026-0002"))
