"""The decision order of VAT on a purchase."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.countries import CODES, country
from domain.suppliers import Identity
from domain.treatments import decide, supplier_country
from domain.words import folded

FR = Identity("x", siren="552081317")
DE = Identity("x", vat_id="DE123456789")
IE = Identity("x", vat_id="IE6388047V")
US = Identity("x", vat_id="US123456789")
CH = Identity("x", uid="CHE116281710")
NOBODY = Identity("x")


@pytest.mark.parametrize(
    ("cc", "account", "rate", "vat", "identity", "words", "text", "key"),
    [
        ("FR", "6064", "20", "20", FR, "", "", "FR_STD20"),
        ("FR", "6064", "5.5", "5.5", FR, "", "", "FR_RED5_5"),
        ("FR", "6063", "8.5", "17", NOBODY, "", "", "FR_DOM8_5"),
        ("FR", "6226", "0", "0", FR, "", "TVA non applicable, art. 293 B du CGI", "FR_FRANCHISE"),
        ("FR", "6226", "20", "20", FR, "", "L. 223-3 du CIBS", "FR_FRANCHISE"),
        ("FR", "611", "0", "0", FR, "", "Autoliquidation", "FR_AUTOLIQ_BTP"),
        ("FR", "6068", "0", "0", FR, "", "Autoliquidation", "FR_AUTOLIQ_OTHER"),
        ("FR", "6161", None, "0", FR, "", "", "FR_EXEMPT"),
        ("FR", "63511", None, "0", FR, "", "", "NO_VAT_TAX"),
        ("FR", "607", "0", "0", DE, "", "", "EU_GOODS"),
        ("FR", "6511", "0", "0", IE, "", "", "EU_SERVICES"),
        ("FR", "2154", None, "0", DE, "", "", "EU_GOODS"),
        ("FR", "6251", "7", "7", DE, "", "", "FOREIGN_VAT_CHARGED"),
        ("FR", "6511", None, "0", US, "", "", "NONEU_SERVICES"),
        ("FR", "607", None, "0", CH, "", "", "IMPORT_GOODS"),
        ("FR", "6251", "20", "2", FR, "péage A6", "", "TOLL"),
        ("FR", "6251", "10", "10", FR, "2 nuitées", "", "ND_LODGING_STAFF"),
        ("FR", "6251", "10", "10", FR, "billet Paris-Lyon", "", "ND_PERSON_TRANSPORT"),
        ("FR", "60614", "20", "20", FR, "SP95", "", "PART_FUEL80"),
        ("FR", "60614", "20", "20", FR, "AdBlue", "", "FUEL100"),
        ("FR", "6155", "20", "20", FR, "vidange", "Genre VP", "ND_PASSENGER_CAR"),
        ("FR", "6155", "20", "20", FR, "vidange", "", "FR_STD20"),
        ("FR", "2182", "20", "20", FR, "", "", "ND_PASSENGER_CAR"),
        ("BE", "6120", "21", "21", NOBODY, "", "", "BE_STD21"),
        ("BE", "616580", "12", "12", NOBODY, "", "", "BE_ND_RESTAURANT"),
        ("BE", "604", None, "0", DE, "", "", "BE_EU_GOODS"),
        ("BE", "611", "0", "0", NOBODY, "", "BTW verlegd", "BE_COCONTRACTANT"),
        ("CH", "6500", "8.1", "8.1", CH, "", "", "CH_STD81"),
        ("CH", "6600", None, "0", IE, "", "", "CH_ACQUISITION"),
        ("CH", "4200", None, "0", DE, "", "", "CH_IMPORT"),
        ("CH", "5820", "19", "19", DE, "", "", "FOREIGN_VAT_CHARGED"),
        ("CH", "6300", None, "0", CH, "", "", "CH_EXEMPT"),
    ],
)
def test_the_treatment_follows_the_decision_order(
    cc: str,
    account: str,
    rate: str | None,
    vat: str,
    identity: Identity,
    words: str,
    text: str,
    key: str,
) -> None:
    decided = decide(
        country(cc),
        account,
        rate=Decimal(rate) if rate is not None else None,
        vat=Decimal(vat),
        identity=identity,
        words=words,
        text=folded(text),
    )
    assert decided.key == key


def test_a_rate_nobody_knows_is_a_guess_that_says_so() -> None:
    decided = decide(country("FR"), "6064", rate=Decimal("12.3"), vat=Decimal(12), identity=FR)
    assert not decided.sure


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (Identity("x", vat_id="CHE116281710TVA"), "CH"),
        (Identity("x", vat_id="EL123456789"), "EL"),
        (Identity("x", iban="MC5810096180790123456789085"), "FR"),
        (Identity("x", iban="LI21088100002324013AA"), "CH"),
        (Identity("x"), None),
    ],
)
def test_where_a_supplier_is(identity: Identity, code: str | None) -> None:
    assert supplier_country(identity) == code


@pytest.mark.parametrize("code", CODES)
def test_every_key_and_account_a_country_speaks_of_exists(code: str) -> None:
    where = country(code)
    keys = where.vat_keys
    named = {getattr(keys, name) for name in keys.__slots__ if name != "by_rate"} | set(
        keys.by_rate.values()
    )
    named.discard(None)
    named |= {key for options in where.refinements.values() for key in options}
    named |= {a.vat for a in where.chart if a.vat and a.vat != "ASSET"}
    assert named <= set(where.treatments)
    posted_to = {where.payable, where.asset_payable, where.rounding_loss, where.rounding_gain}
    posted_to |= {vat for _, vat in where.input_vat} | {where.credit_note_vat or where.payable}
    posted_to |= {where.exchange_loss, where.exchange_gain}
    posted_to |= {where.deposits, *(account for account, _ in where.paid_from.values())}
    posted_to |= {t.due_account for t in where.treatments.values() if t.due_account}
    posted_to |= {n for a in where.chart for n in a.asset_alternative if len(n) > 3}
    assert posted_to <= set(where.chart.accounts)
    for treatment in where.treatments.values():
        assert (treatment.mode == "self_assessed") == bool(treatment.due_account)
        assert not treatment.due_account or treatment.rates
