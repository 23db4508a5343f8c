"""What an organisation teaches with a handful of documents."""

from __future__ import annotations

import json

import pytest

from domain.text import Box, PageText, Word
from models.category_learning import Example, LearntCategories, learn_categories, words_of
from models.classification import classify
from tests.models.pages import a_page as written

CLAIM = "Déclaration de sinistre dégât des eaux {} police habitation assuré expert franchise"
LEASE = "Quittance loyer {} locataire bailleur charges appartement période trimestre"
TEXTS = (CLAIM, LEASE)


def a_page(text: str) -> PageText:
    words = tuple(
        Word(token, Box(0.1, 0.05 + 0.02 * n, 0.5, 0.06 + 0.02 * n), 0.9, n)
        for n, token in enumerate(text.split())
    )
    return PageText(0, 595, 842, "text", words, ink=0.05)


def taught() -> LearntCategories:
    places = ("Rennes", "Lyon", "Brest")
    return learn_categories(
        Example.of([a_page(text.format(place))], category)
        for text, category in ((CLAIM, "insurance_claim"), (LEASE, "rent"))
        for place in places
    )


def test_a_document_like_the_examples_goes_where_they_went_and_says_why() -> None:
    found = classify([a_page(CLAIM.format("Nantes"))], extra=taught())
    assert found.category == "insurance_claim"
    assert found.sure
    assert set(found.reasons) & set(words_of([a_page(CLAIM)]))


def test_a_document_like_no_example_is_judged_as_if_nothing_had_been_taught() -> None:
    stranger = a_page("FACTURE n° 12 Papeterie Total TTC 120,00 € TVA 20,00 Net à payer 120,00")
    assert classify([stranger], extra=taught()) == classify([stranger])


def a_payslip(month: str) -> PageText:
    return written(0, ["# Bulletin de paie", f"Période : {month} 2026", "Salaire brut 3 000,00",
                       "Indemnité de chantier itinérant", "Panier repas", "Net à payer 2 240,00"])  # fmt: skip


def test_a_category_of_ones_own_is_carved_out_of_one_that_we_know_well() -> None:
    filed = [Example.of([a_payslip(month)], "site_wages") for month in ("mars", "avril", "mai")]
    extra = learn_categories([*filed, *taught().examples])
    assert classify([a_payslip("juin")]).category == "payslip"
    assert classify([a_payslip("juin")], extra=extra).category == "site_wages"


def test_a_document_nearest_to_ones_own_category_but_not_near_is_never_sure() -> None:
    filed = [Example.of([a_payslip(month)], "site_wages") for month in ("mars", "avril", "mai")]
    extra = learn_categories([*filed, *taught().examples])
    office = written(0, ["# Bulletin de paie", "Salaire brut 2 500,00", "Cotisation retraite cadre",
                         "Prévoyance santé complémentaire", "Congés acquis restants", "Emploi comptable",
                         "Convention collective nationale", "Net à payer 1 900,00"])  # fmt: skip
    assert classify([office]).sure
    found = classify([office], extra=extra)
    assert found.category == "payslip"
    assert not found.sure


def test_a_sender_whose_papers_were_refiled_is_known_by_its_address() -> None:
    filed = a_page("FACTURE n° 7 contact@syndic-durand.fr copropriété charges Net à payer 80,00")
    others = [Example.of([a_page(t.format("Metz"))], f"kind_{n}") for n, t in enumerate(TEXTS)]
    extra = learn_categories([Example.of([filed], "co_ownership"), *others])
    again = a_page("FACTURE n° 9 contact@syndic-durand.fr copropriété charges Net à payer 99,00")
    assert classify([again], extra=extra).category == "co_ownership"


def test_what_was_learnt_survives_being_written_down() -> None:
    written = json.loads(json.dumps(taught().to_json()))
    document = words_of([a_page(LEASE.format("Metz"))])
    assert LearntCategories.from_json(written).likeness(document) == taught().likeness(document)
    with pytest.raises(ValueError, match="version"):
        LearntCategories.from_json({**written, "version": 99})


def test_numbers_of_a_document_are_not_kept_in_its_example() -> None:
    kept = Example.of([a_page("Facture 2026-17 du 12/03/2026 1.234,56 Rennes")], "rent").words
    assert kept == {"facture", "rennes"}
