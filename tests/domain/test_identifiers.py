from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum.be import vat as stdnum_be
from stdnum.ch import uid as stdnum_uid
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret
from stdnum.fr import tva as stdnum_tva

from domain import identifiers

RULES = {
    "siren": identifiers.siren_is_valid,
    "siret": identifiers.siret_is_valid,
    "fr_vat": identifiers.french_vat_is_valid,
    "be_enterprise": identifiers.belgian_enterprise_is_valid,
    "be_ogm": identifiers.belgian_reference_is_valid,
    "iban": identifiers.iban_is_valid,
    "ch_uid": identifiers.swiss_uid_is_valid,
    "ch_reference": identifiers.swiss_reference_is_valid,
}


@pytest.mark.parametrize(
    ("kind", "value", "valid"),
    [
        ("siren", "404833048", True),
        ("siren", "732829320", True),
        ("siren", "356000000", True),
        ("siren", "732829321", False),
        ("siren", "000000000", False),
        ("siret", "73282932000074", True),
        ("siret", "73282932000079", False),
        ("siret", "35600000000048", True),
        ("siret", "35600000000051", True),
        ("siret", "35600000000052", False),
        ("fr_vat", "FR44732829320", True),
        ("fr_vat", "FR83404833048", True),
        ("fr_vat", "FRK7399859412", True),
        ("fr_vat", "FR00732829320", False),
        ("fr_vat", "FR84323140391", False),
        ("be_enterprise", "0403019261", True),
        ("be_enterprise", "1000000021", True),
        ("be_enterprise", "403019261", True),
        ("be_enterprise", "0403019262", False),
        ("be_ogm", "+++010/8068/17183+++", True),
        ("be_ogm", "+++010/8068/17184+++", False),
        ("iban", "FR7630006000011234567890189", True),
        ("iban", "FR1420041010050500013M02606", True),
        ("iban", "FR7630006000011234567890188", False),
        ("iban", "BE68539007547034", True),
        ("iban", "BE68539007547035", False),
        ("iban", "CH93 0076 2011 6238 5295 7", True),
        ("iban", "DE8937040044053201300", False),
        ("ch_uid", "CHE-100.155.212", True),
        ("ch_uid", "CHE-100.155.213", False),
        ("ch_reference", "21 00000 00003 13947 14300 09017", True),
        ("ch_reference", "21 00000 00003 13947 14300 09018", False),
        ("ch_reference", "RF18 5390 0754 7034", True),
    ],
)
def test_check_digits_tell_right_from_wrong(kind: str, value: str, valid: bool) -> None:
    assert RULES[kind](value) is valid


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_french_and_swiss_rules_agree_with_a_kept_library(digits: str) -> None:
    if digits != "000000000":
        assert identifiers.siren_is_valid(digits) == stdnum_siren.is_valid(digits)
    assert identifiers.swiss_uid_is_valid("CHE" + digits) == stdnum_uid.is_valid("CHE" + digits)
    assert identifiers.belgian_enterprise_is_valid("0" + digits) == stdnum_be.is_valid("0" + digits)


@given(st.from_regex(r"[0-9]{8}", fullmatch=True), st.from_regex(r"[0-9]{2}", fullmatch=True))
def test_numbers_made_valid_are_accepted_and_their_neighbours_refused(body: str, key: str) -> None:
    siren = body + str(next(d for d in range(10) if identifiers.luhn(body + str(d))))
    if siren == "000000000" or siren.startswith("000"):
        return
    assert stdnum_siren.is_valid(siren)
    made = stdnum_siren.to_tva(siren)
    assert identifiers.french_vat_is_valid("FR" + made)
    assert identifiers.french_vat_is_valid(f"FR{key}{siren}") == stdnum_tva.is_valid(
        f"FR{key}{siren}"
    )


@given(st.from_regex(r"(356000000|732829320)[0-9]{5}", fullmatch=True))
def test_siret_rules_agree_with_a_kept_library(siret: str) -> None:
    assert identifiers.siret_is_valid(siret) == stdnum_siret.is_valid(siret)


@given(st.from_regex(r"FR[0-9]{25}", fullmatch=True))
def test_iban_rules_agree_with_a_kept_library(iban: str) -> None:
    assert identifiers.iban_is_valid(iban) == stdnum_iban.is_valid(iban, check_country=False)
