"""France: the PCG as in force since 2025 (ANC 2014-03 after 2022-06), and French VAT."""

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
    code="FR",
    currency="EUR",
    zone="Europe/Paris",
    in_eu=True,
    chart=chart_of(_HERE),
    treatments=treatments_of(_HERE),
    banking=banking_of(_HERE),
    vat_keys=VatKeys(
        by_rate={
            Decimal(20): "FR_STD20",
            Decimal(10): "FR_RED10",
            Decimal("5.5"): "FR_RED5_5",
            Decimal("2.1"): "FR_SUP2_1",
            Decimal("8.5"): "FR_DOM8_5",
            Decimal("1.75"): "FR_DOM1_75",
            Decimal("1.05"): "FR_DOM1_05",
            Decimal("0.9"): "FR_CORSE_0_9",
            Decimal(13): "FR_CORSE_13",
            Decimal("19.6"): "FR_OLD_RATES",
            Decimal(7): "FR_OLD_RATES",
            Decimal("20.6"): "FR_OLD_RATES",
        },
        franchise="FR_FRANCHISE",
        exempt="FR_EXEMPT",
        outside="NO_VAT_TAX",
        foreign_charged="FOREIGN_VAT_CHARGED",
        eu_goods="EU_GOODS",
        eu_services="EU_SERVICES",
        other_services="NONEU_SERVICES",
        other_goods="IMPORT_GOODS",
        reverse_charge="FR_AUTOLIQ_OTHER",
        reverse_charge_works="FR_AUTOLIQ_BTP",
        margin="MARGIN_SCHEME",
    ),
    payable="401",
    asset_payable="404",
    asset_prefixes=("2",),
    input_vat=((("2",), "44562"), ((), "44566")),
    pending_vat="4458",
    exchange_loss="656",
    exchange_gain="756",
    deposits="4091",
    sales_treatments=sales_treatments_of(_HERE),
    deposits_received="4191",
    paid_from={"cash": ("530", "CA"), "employee": ("421", "OD"), "owner": ("455", "OD")},
    quotes_books=False,
    # 6588 and 7588 are for trusts since 2025.
    result_classes="67",
    rounding_loss="658",
    rounding_gain="758",
    rounding_limit=Decimal("0.02"),
    goods_prefixes=("2", "601", "602", "606", "607"),
    closing=ClosingAccounts(
        prepaid="486",
        deferred_income="487",
        accrued="4081",
        accrued_vat="44586",
        unrealised_loss="476",
        unrealised_gain="477",
        depreciation=(
            Depreciation("20", "2805", "68111"),
            Depreciation("213", "2813", "68112"),
            Depreciation("215", "2815", "68112"),
            Depreciation("218", "2818", "68112"),
        ),
    ),
    vat_form=VatForm(
        due=("4452", "4457"),
        deducted=(("44562", "19"), ("44566", "20"), ("44567", "22")),
        payable="44551",
        credit="44567",
        collected="44571",
        boxes=boxes_of(_HERE),
        # The form CA3 is filled in with whole euros.
        unit=Decimal(1),
        import_due="44571",
        import_deducted="44566",
        import_pct=Decimal(20),
    ),
    works_prefixes=("604", "605", "611", "615"),
    refinements={
        "6251": ("TOLL", "ND_LODGING_STAFF", "ND_PERSON_TRANSPORT"),
        "60614": ("FUEL100", "PART_FUEL80"),
        "6122": ("ND_PASSENGER_CAR",),
        "6135": ("ND_PASSENGER_CAR",),
        "6155": ("ND_PASSENGER_CAR",),
    },
)
