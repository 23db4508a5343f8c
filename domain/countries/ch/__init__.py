"""Switzerland and Liechtenstein: the SME chart (plan comptable PME), and Swiss VAT."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from domain.closing import ClosingAccounts, Depreciation, PrivateShare
from domain.countries import (
    Country,
    VatKeys,
    banking_of,
    boxes_of,
    chart_of,
    sales_treatments_of,
    treatments_of,
)
from domain.vat_return import NetRate, VatForm

_HERE = Path(__file__).parent

COUNTRY = Country(
    code="CH",
    currency="CHF",
    zone="Europe/Zurich",
    in_eu=False,
    chart=chart_of(_HERE),
    treatments=treatments_of(_HERE),
    banking=banking_of(_HERE),
    vat_keys=VatKeys(
        by_rate={
            Decimal("8.1"): "CH_STD81",
            Decimal("7.7"): "CH_STD81",
            Decimal("2.6"): "CH_RED26",
            Decimal("2.5"): "CH_RED26",
            Decimal("3.8"): "CH_LODG38",
            Decimal("3.7"): "CH_LODG38",
        },
        franchise="CH_NOVAT",
        exempt="CH_EXEMPT",
        outside="CH_NOVAT",
        foreign_charged="FOREIGN_VAT_CHARGED",
        eu_goods="CH_IMPORT",
        eu_services="CH_ACQUISITION",
        other_services="CH_ACQUISITION",
        other_goods="CH_IMPORT",
        reverse_charge="CH_ACQUISITION",
        reverse_charge_works="CH_ACQUISITION",
        margin="CH_EXEMPT",
        import_tax="CH_IMPORT_TAX",
    ),
    payable="2000",
    asset_payable="2000",
    asset_prefixes=("15", "16", "17"),
    # Return figure 400 for material and goods, 405 for investments and other expenses.
    input_vat=((("4",), "1170"), ((), "1171")),
    exchange_loss="6949",
    exchange_gain="6999",
    deposits="1140",
    sales_treatments=sales_treatments_of(_HERE),
    deposits_received="2030",
    paid_from={"cash": ("1000", "CA"), "employee": ("2210", "OD"), "owner": ("2850", "OD")},
    quotes_books=True,
    result_classes="345678",
    rounding_loss="6700",
    rounding_gain="6700",
    # Totals may be rounded to five centimes.
    rounding_limit=Decimal("0.05"),
    goods_prefixes=("15", "40", "42"),
    closing=ClosingAccounts(
        prepaid="1300",
        deferred_income="2301",
        accrued="2300",
        # Prudence: a loss counts when it threatens, a gain when it is made.
        unrealised_loss="6949",
        depreciation=(
            Depreciation("150", "1509", "6800"),
            Depreciation("151", "1519", "6800"),
            Depreciation("152", "1529", "6800"),
            Depreciation("153", "1539", "6800"),
        ),
        private_share=PrivateShare(
            owner="2850",
            cost="6270",
            vat_due="2200",
            monthly_pct=Decimal("0.9"),
            least=Decimal(150),
            vat_pct=Decimal("8.1"),
        ),
    ),
    vat_form=VatForm(
        due=("2200",),
        deducted=(("1170", "400"), ("1171", "405")),
        payable="2201",
        credit="2201",
        collected="2200",
        boxes=boxes_of(_HERE),
        net_rate=NetRate("3809", ("30", "32", "34", "36", "37")),
    ),
)
