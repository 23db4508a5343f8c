"""Posting rules: which lines a sentence speaks of, and which of several sentences acts."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest

from domain.countries import country
from domain.posting_rules import PostingRule, rule_for, suggested
from domain.purchases import Part
from domain.suggestions import Buyer
from domain.suppliers import Identity


def part(
    text: str, net: str = "100", kind: Literal["item", "rate", "total"] = "item", rate: str = "20"
) -> Part:
    vat = (Decimal(net) * Decimal(rate) / 100).quantize(Decimal("0.01"))
    return Part(0, kind, text, Decimal(net), vat, Decimal(rate))


@pytest.mark.parametrize(
    ("words", "text", "fits"),
    [
        ("leasing", "Leasing véhicule", True),
        ("LEASING", "leasing", True),
        ("crédit bail", "Bail et CREDIT du mois", True),  # in any order, without accents
        ("crédit bail", "Crédit du mois", False),
        ("leasing, LLD", "Loyer LLD mars", True),  # a comma: one of them
        ("loyer", "Loyers de mars", True),
        ("bail", "Travail", False),  # whole words
        ("", "anything", True),
        ("%_", "anything", True),  # no word in it: nothing is asked
    ],
)
def test_words_are_looked_for_whole_in_any_order_without_case_or_accents(
    words: str, text: str, fits: bool
) -> None:
    rule = PostingRule("pru_1", "Leasing", "6122", supplier_id="sup_1", words=words)
    assert rule.fits(part(text), "sup_1") is fits
    assert not rule.fits(part(text), "sup_2")
    assert not rule.fits(part(text), None)


def test_the_amounts_of_a_rule_are_within_it() -> None:
    rule = PostingRule(
        "pru_1", "Petit", "6063", words="outil", at_least=Decimal(50), at_most=Decimal(500)
    )
    fitting = [
        net for net in ("49.99", "50.00", "500.00", "500.01") if rule.fits(part("outil", net), None)
    ]
    assert fitting == ["50.00", "500.00"]


def test_the_words_of_the_page_count_for_a_whole_document_and_not_for_one_line_of_it() -> None:
    rule = PostingRule("pru_1", "Leasing", "6122", words="leasing")
    assert rule.fits(part("", kind="total"), None, "contrat leasing arval")
    assert not rule.fits(part("Frais de dossier"), None, "contrat leasing arval")


def test_a_rule_of_the_supplier_acts_before_others_and_else_the_first() -> None:
    general = PostingRule("pru_1", "Loyers", "6132", words="loyer")
    second = PostingRule("pru_2", "Loyers bis", "6135", words="loyer")
    own = PostingRule("pru_3", "Arval", "6122", supplier_id="sup_1")
    found = rule_for([general, second, own], part("Loyer"), "sup_1")
    assert found is own
    assert rule_for([general, second, own], part("Loyer"), None) is general
    assert rule_for([general], part("Gazole"), None) is None


def test_the_treatment_of_a_rule_never_goes_against_the_paper() -> None:
    france = country("FR")
    buyer = Buyer("cmp_1", france, "EUR", accounts={"6135": ""})
    rule = PostingRule("pru_1", "Arval", "6135", "ND_PASSENGER_CAR", supplier_id="sup_1")
    said = suggested(rule, part("Loyer"), Identity("Arval"), buyer)
    assert (said.account, said.treatment, said.treatment_sure) == ("6135", "ND_PASSENGER_CAR", True)
    assert said.reason.values["rule"] == "Arval"
    without = suggested(rule, part("Loyer", rate="0"), Identity("Arval"), buyer)
    assert france.treatments[str(without.treatment)].mode == "none"
    assert not without.treatment_sure
