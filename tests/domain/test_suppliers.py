"""Who sent this: recognised by numbers before names, coded for the auxiliary ledger."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.findings import Finding, Reading
from domain.suppliers import Identity, Supplier, auxiliary_code, identity_of, matching


def known(**identities: Identity) -> list[Supplier]:
    return [Supplier(i, identity, i.upper()) for i, identity in identities.items()]


EDF = Identity("EDF", siren="552081317", vat_id="FR03552081317", iban="FR1")


@pytest.mark.parametrize(
    ("identity", "found"),
    [
        (Identity("Électricité de France", siren="552081317"), "edf"),
        (Identity("x", vat_id="FR03552081317"), "edf"),
        (Identity("autre", iban="FR1"), "edf"),
        (Identity("E.D.F. SA"), None),
        (Identity("EDF SA"), "edf"),
        (Identity("edf"), "edf"),
        (Identity("EDF", siren="732829320"), None),  # a name never beats another SIREN
        (Identity("EDF", siren="732829320", iban="FR1"), None),
        (Identity(""), None),
    ],
)
def test_identifiers_decide_before_names(identity: Identity, found: str | None) -> None:
    match = matching(identity, known(other=Identity("Autre"), edf=EDF))
    assert (match.id if match else None) == found


def test_a_french_vat_id_or_a_siret_tells_the_siren() -> None:
    def read(**fields: str) -> Identity:
        return identity_of(Reading({k: Finding(v, 1.0) for k, v in fields.items()}))

    assert read(supplier_vat_id="FR 03 552 081 317").siren == "552081317"
    assert read(supplier_siret="552 081 317 00013").siren == "552081317"
    assert read(supplier_vat_id="CHE-116.281.710 TVA").uid == "CHE116281710"
    assert read(supplier_vat_id="DE123456789").siren is None
    assert read(iban="x" * 100).iban is None


def test_auxiliary_codes_are_unique_and_say_the_name() -> None:
    assert auxiliary_code("Électricité & Gaz SARL", set()) == "FELECTRICITEG"
    assert auxiliary_code("EDF", {"FEDF", "FEDF2"}) == "FEDF3"
    assert auxiliary_code("日本", set()) == "FSANSNOM"


@given(st.text(max_size=300))
def test_any_name_has_a_code_the_journal_takes(name: str) -> None:
    assert re.fullmatch(r"F[0-9A-Z]{1,16}", auxiliary_code(name, set()))
