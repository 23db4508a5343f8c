"""Suppliers that may be one are proposed; those a person told apart, or numbers do, are not."""

from __future__ import annotations

import time

import pytest

from domain.ibans import KnownIban
from domain.suppliers import SUNDRY, Identity, Supplier, matching
from domain.twins import twins


def two(a: Identity, b: Identity, **more: object) -> list[Supplier]:
    return [Supplier("sup_1", a, "A"), Supplier("sup_2", b, "B", **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        (Identity("EDF", siren="552081317"), Identity("Électricité", siren="552081317"), "siren"),
        (Identity("Lyreco France"), Identity("LYRECO FRANCE SAS"), "name"),
        (Identity("Lyreco"), Identity("Lyreco France"), "similar_name"),
        (Identity("Boulangerie Martin"), Identity("Boulangerie Martine"), "similar_name"),
        (Identity("Orange"), Identity("Orangina"), None),
        (Identity("Durand", siren="552081317"), Identity("Durand", siren="732829320"), None),
    ],
)
def test_what_makes_two_suppliers_twins(a: Identity, b: Identity, alike: str | None) -> None:
    found = [t.alike[0] for t in twins(two(a, b))]
    assert found == ([alike] if alike else [])


def test_a_shared_account_makes_twins_whatever_their_names() -> None:
    suppliers = two(Identity("A", iban="FR1"), Identity("B"), ibans=(KnownIban("FR1"),))
    assert [t.alike for t in twins(suppliers)] == [("iban",)]


def test_those_a_person_told_apart_and_sundry_suppliers_are_left_alone() -> None:
    pair = two(Identity("Lyreco"), Identity("Lyreco"))
    assert twins(pair, frozenset({frozenset({"sup_1", "sup_2"})})) == ()
    assert twins([pair[0], Supplier("s", Identity("Lyreco"), SUNDRY)]) == ()


def test_a_paper_that_names_an_alias_finds_the_one_kept() -> None:
    kept = Supplier("s", Identity("EDF"), "F", aliases=(Identity("Gaz", siren="552081317"),))
    assert matching(Identity("x", siren="552081317"), [kept]) is kept
    assert matching(Identity("GAZ SA"), [kept]) is kept


def test_thousands_of_like_names_are_compared_in_seconds() -> None:
    many = [Supplier(f"s{n}", Identity(f"Atelier {n * 7919:09}"), f"F{n}") for n in range(2_000)]
    begun = time.process_time()
    twins(many)
    assert time.process_time() - begun < 20
