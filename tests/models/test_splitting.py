"""Where documents begin, and what they are, on pages written by hand and on drawn stacks."""

from __future__ import annotations

from collections.abc import Sequence

import pymupdf
import pytest

from domain.documents import SetAside
from domain.text import Box, PageText, Word
from models.classification import classify
from models.lines import Spot, into_lines
from models.sketches import sketch
from models.splitting import best_cuts, split
from models.synthetic.stacks import draw_stack


def a_page(
    number: int, lines: Sequence[str], *, width: float = 595, height: float = 842
) -> PageText:
    """Lines spread down a page; one that begins with `#` is set in larger letters."""
    words = []
    for row, line in enumerate(lines):
        size = 0.03 if line.startswith("#") else 0.012
        top = 0.04 + row * 0.9 / max(len(lines), 30)
        at = 0.08
        for token in line.lstrip("# ").split():
            end = min(at + 0.009 * len(token), 1.0)
            words.append(Word(token, Box.clipped(at, top, end, top + size), 0.95, row))
            at = min(end + 0.01, 0.99)
    return PageText(number, width, height, "text", tuple(words), ink=0.05, blank=not words)


def an_invoice(number: int, name: str, siret: str, reference: str) -> PageText:
    return a_page(
        number,
        [
            name,
            f"SIRET {siret} – 12 rue de la Gare, 35000 Rennes – Tél. 02 99 00 00 00",
            f"# FACTURE n° {reference}",
            "Désignation Quantité Prix Total",
            "Papier 2 10,00 20,00",
            "Encre 1 30,00 30,00",
            "Total HT 50,00",
            "TVA 20 % 10,00",
            "Total TTC 60,00",
        ],
    )


def groups(pages: Sequence[PageText]) -> list[tuple[int, ...]]:
    return [group.pages for group in split(pages).groups]


def test_invoices_of_two_companies_are_two_documents_with_reasons_in_words() -> None:
    found = split(
        [
            an_invoice(0, "Papeterie Durand", "404 833 048 00022", "2026-17"),
            an_invoice(1, "Garage Martin", "732 829 320 00074", "FA-881"),
        ]
    )
    assert [g.pages for g in found.groups] == [(0,), (1,)]
    cut = found.groups[1].cut
    assert cut.probability > 0.9
    assert "another document number" in cut.reasons or "another company's identifier" in cut.reasons


def test_two_invoices_of_one_company_are_told_apart_by_their_numbers() -> None:
    first = an_invoice(0, "Papeterie Durand", "404 833 048 00022", "2026-17")
    second = an_invoice(1, "Papeterie Durand", "404 833 048 00022", "2026-18")
    assert groups([first, second]) == [(0,), (1,)]


def test_page_two_of_two_belongs_to_page_one_of_two_whatever_else_changes() -> None:
    first = a_page(
        0, ["Papeterie Durand", "# FACTURE n° 2026-17", "Papier 2 10,00 20,00", "Page 1/2"]
    )
    second = a_page(1, ["Page 2/2", "Report 20,00", "Encre 1 30,00 30,00", "Total TTC 60,00"])
    third = an_invoice(2, "Garage Martin", "732 829 320 00074", "FA-881")
    assert groups([first, second, third]) == [(0, 1), (2,)]


def test_general_conditions_follow_the_invoice_they_are_printed_behind() -> None:
    invoice = an_invoice(0, "Papeterie Durand", "404 833 048 00022", "2026-17")
    sentence = (
        "le vendeur conserve la propriété des biens vendus jusqu'au paiement effectif du prix"
    )
    terms = a_page(1, ["Conditions générales de vente", *[sentence] * 25])
    assert groups([invoice, terms]) == [(0, 1)]


def test_blank_pages_are_set_aside_and_speak_for_a_cut() -> None:
    letter = a_page(0, ["Madame, Monsieur,", "nous vous confirmons notre accord.", "Cordialement"])
    blank = PageText(1, 595, 842, "ocr", (), blank=True)
    other = a_page(2, ["Cher Monsieur,", "voici votre dossier.", "Salutations distinguées"])
    found = split([letter, blank, other])
    assert found.set_aside == {1: SetAside.BLANK}
    assert [g.pages for g in found.groups] == [(0,), (2,)]


def test_a_file_of_blank_pages_has_no_document() -> None:
    found = split([PageText(n, 595, 842, "ocr", (), blank=True) for n in range(3)])
    assert found.groups == ()
    assert set(found.set_aside) == {0, 1, 2}


def test_every_page_is_in_one_group_or_set_aside_and_groups_are_consecutive() -> None:
    pages = [an_invoice(n, f"Société {n}", "404 833 048 00022", f"2026-{n}") for n in range(30)]
    pages[7] = PageText(7, 595, 842, "ocr", (), blank=True)
    found = split(pages)
    seen = sorted([p for g in found.groups for p in g.pages] + list(found.set_aside))
    assert seen == list(range(30))


def test_the_best_segmentation_joins_where_joins_are_likelier() -> None:
    sketches = [sketch(a_page(n, ["mots sans importance"])) for n in range(4)]
    assert best_cuts(sketches, [3.0, -3.0, 3.0]) == [1, 3]
    assert best_cuts(sketches, [-1.0, -1.0, -1.0]) == []


@pytest.mark.parametrize(
    ("lines", "category"),
    [
        (["# FACTURE n° 12", "Total TTC 120,00 €", "TVA 20,00", "Net à payer 120,00"], "purchase_invoice"),
        (["# AVOIR n° 3", "Facture n° 12 du 01/02/2026", "Total TTC 120,00 €"], "credit_note"),
        (["# Devis n° 7", "Numéro de facture :", "Total TTC 120,00 €"], "quote"),
        (["# BON DE COMMANDE", "Numéro de facture :", "Quantité Total", "2 40,00"], "purchase_order"),
        (["# Bon de livraison", "Colis 3", "Transporteur Dupont"], "delivery_note"),
        (["# Bulletin de paie", "Salaire brut 3 000,00", "Net à payer 2 240,00"], "payslip"),
        (["# Kontoauszug", "Alter Saldo 100,00", "Neuer Saldo 80,00"], "bank_statement"),
        (["Sehr geehrte Damen und Herren,", "wir danken Ihnen.", "Mit freundlichen Grüßen"], "letter"),
        (["# R E C H N U N G", "Rechnungsbetrag 119,00"], "purchase_invoice"),
    ],
)  # fmt: skip
def test_a_document_is_what_it_calls_itself(lines: list[str], category: str) -> None:
    found = classify([a_page(0, lines)])
    assert found.category == category
    assert found.reasons


def test_a_page_that_says_nothing_is_not_sorted_with_confidence() -> None:
    found = classify([a_page(0, ["lorem ipsum dolor", "sit amet"])])
    assert not found.sure


def test_drawn_stacks_are_split_and_sorted_far_better_than_page_by_page() -> None:
    right = documents = pages_right = sorted_right = 0
    for seed in (1, 2, 3):
        stack = draw_stack(seed, documents=14)
        pages = read_text_layer(stack.pdf)
        wanted = {tuple(g["pages"]): g for g in stack.truth["groups"]}
        found = {g.pages for g in split(pages).groups}
        documents += len(wanted)
        right += len(found & set(wanted))
        pages_right += sum(len(w) == 1 for w in wanted)
        for place in found & set(wanted):
            truth = wanted[place]
            said = classify([pages[n] for n in place]).category
            sorted_right += said in {truth["category"], *truth["accept_categories"]}
    assert right / documents > 0.85
    assert right > pages_right
    assert sorted_right / right > 0.85


def read_text_layer(pdf: bytes) -> list[PageText]:
    """The words of drawn pages, whose text layer needs no judging."""
    pages = []
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        for page in document:
            wide, high = page.rect.width, page.rect.height
            spots = [Spot(w[4], *w[:4], 1.0) for w in page.get_text("words")]
            words = [
                Word(
                    s.text, Box.clipped(s.x0 / wide, s.y0 / high, s.x1 / wide, s.y1 / high), 1.0, n
                )
                for n, line in enumerate(into_lines(spots))
                for s in line
            ]
            pages.append(PageText(page.number, wide, high, "text", tuple(words), ink=0.1))
    return pages
