"""Belgium: the minimum chart (MAR/PCMN) as firms subdivide it, and Belgian VAT."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from domain.closing import ClosingAccounts, Depreciation
from domain.countries import (
    Country,
    VatKeys,
    banking_of,
    boxes_of,
    chart_of,
    sales_treatments_of,
    treatments_of,
)
from domain.vat_return import VatForm

_HERE = Path(__file__).parent

COUNTRY = Country(
    code="BE",
    currency="EUR",
    zone="Europe/Brussels",
    in_eu=True,
    chart=chart_of(_HERE),
    treatments=treatments_of(_HERE),
    banking=banking_of(_HERE),
    vat_keys=VatKeys(
        by_rate={Decimal(21): "BE_STD21", Decimal(12): "BE_12", Decimal(6): "BE_6"},
        franchise="BE_FRANCHISE",
        exempt="BE_EXEMPT",
        outside="NO_VAT_TAX",
        foreign_charged="FOREIGN_VAT_CHARGED",
        eu_goods="BE_EU_GOODS",
        eu_services="BE_EU_SERVICES",
        other_services="BE_NONEU_SERVICES",
        other_goods="IMPORT_GOODS",
        reverse_charge="BE_COCONTRACTANT",
        reverse_charge_works="BE_COCONTRACTANT",
        margin="MARGIN_SCHEME",
        import_tax="BE_IMPORT_TAX",
    ),
    payable="440",
    asset_payable="440",
    asset_prefixes=("2",),
    input_vat=(((), "411"),),
    credit_note_vat="451063",
    exchange_loss="654",
    exchange_gain="754",
    deposits="406",
    sales_treatments=sales_treatments_of(_HERE),
    deposits_received="460",
    paid_from={"cash": ("570", "CA"), "employee": ("489", "OD"), "owner": ("489", "OD")},
    quotes_books=False,
    result_classes="67",
    rounding_loss="657100",
    rounding_gain="657100",
    rounding_limit=Decimal("0.02"),
    goods_prefixes=("2", "600", "604", "6120", "6122"),
    closing=ClosingAccounts(
        prepaid="490",
        deferred_income="493",
        accrued="444",
        unrealised_loss="654",
        depreciation=(
            Depreciation("215", "215009", "630100"),
            Depreciation("230", "230009", "630200"),
            Depreciation("240", "240009", "630200"),
            Depreciation("2414", "241409", "630200"),
            Depreciation("241", "241009", "630200"),
        ),
    ),
    vat_form=VatForm(
        due=("4510",),
        deducted=(("411", "59"),),
        # Its balance, which the payment clears; the accounts under it are emptied.
        payable="451",
        credit="451",
        collected="451054",
        boxes=boxes_of(_HERE),
        import_due="451057",
        import_deducted="411",
        import_pct=Decimal(21),
    ),
    works_prefixes=("611", "22"),
)
