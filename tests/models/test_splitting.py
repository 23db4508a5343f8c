"""Where documents begin, and what they are, on pages written by hand and on drawn stacks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
import pymupdf
import pytest

from domain.covers import Separator
from domain.documents import SetAside
from domain.groups import Reordering, Split
from domain.text import PageText
from models import segmentation
from models.classification import classify
from models.evidence import compare_identifiers
from models.ordering import MOVED, TURNED
from models.page_lines import lines_of
from models.page_numbers import page_number
from models.proposing import propose
from models.sketches import sketch
from models.splitting import split
from models.synthetic.stacks import draw_stack
from models.training.mail import read_drawn
from tests.models.pages import a_page, an_invoice, blank, of_two


def split_pages(pages: Sequence[PageText]) -> Split:
    return split([sketch(page) for page in pages])


def groups(pages: Sequence[PageText]) -> list[tuple[int, ...]]:
    return [group.pages for group in split_pages(pages).groups]


def test_invoices_of_two_companies_are_two_documents_with_reasons_in_words() -> None:
    found = split_pages(
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
    other = a_page(2, ["Cher Monsieur,", "voici votre dossier.", "Salutations distinguées"])
    found = split_pages([letter, blank(1), other])
    assert found.set_aside == {1: SetAside.BLANK}
    assert [g.pages for g in found.groups] == [(0,), (2,)]


def test_a_file_of_blank_pages_has_no_document() -> None:
    found = split_pages([blank(number) for number in range(3)])
    assert found.groups == ()
    assert set(found.set_aside) == {0, 1, 2}


def test_a_cover_sheet_is_set_aside_forces_a_cut_and_names_the_category() -> None:
    sheet = a_page(1, [], code=Separator(category="contract").to_code())
    pages = [
        of_two(0, "Papeterie Durand", "2026-17", 1),
        sheet,
        of_two(2, "Papeterie Durand", "2026-17", 2),
    ]
    found = propose(pages, is_einvoice=False)
    assert found.set_aside == {1: SetAside.SEPARATOR}
    assert [(group.pages, kind.category) for group, kind in found.groups] == [
        ((0,), "purchase_invoice"),
        ((2,), "contract"),
    ]


def test_a_cover_sheet_with_a_category_that_does_not_exist_is_only_a_separator() -> None:
    sheet = a_page(0, [], code=Separator(category="../etc").to_code())
    invoice = an_invoice(1, "Papeterie Durand", "404 833 048 00022", "2026-17")
    found = propose([sheet, invoice], is_einvoice=False)
    assert [(g.pages, k.category) for g, k in found.groups] == [((1,), "purchase_invoice")]


def test_every_page_is_in_one_group_or_set_aside() -> None:
    pages = [an_invoice(n, f"Société {n}", "404 833 048 00022", f"2026-{n}") for n in range(30)]
    pages[7] = blank(7)
    found = split_pages(pages)
    seen = sorted([p for g in found.groups for p in g.pages] + list(found.set_aside))
    assert seen == list(range(30))


def test_two_invoices_shuffled_into_one_pile_are_put_back_together() -> None:
    pages = [
        of_two(0, "Papeterie Durand", "2026-17", 1),
        of_two(1, "Garage Martin", "FA-881", 1),
        of_two(2, "Papeterie Durand", "2026-17", 2),
        of_two(3, "Garage Martin", "FA-881", 2),
    ]
    found = split_pages(pages).groups
    assert [group.pages for group in found] == [(0, 2), (1, 3)]
    assert all(MOVED in group.cut.reasons for group in found)


def test_pages_that_a_feeder_turned_round_are_put_in_the_order_of_their_numbers() -> None:
    last = of_two(0, "Papeterie Durand", "2026-17", 2)
    first = of_two(1, "Papeterie Durand", "2026-17", 1)
    found = split_pages([last, first]).groups
    assert [group.pages for group in found] == [(1, 0)]
    assert TURNED in found[0].cut.reasons


def test_pages_of_another_document_are_never_brought_together_by_their_numbers_alone() -> None:
    pages = [
        of_two(0, "Papeterie Durand", "2026-17", 1),
        an_invoice(1, "Garage Martin", "732 829 320 00074", "FA-881"),
        of_two(2, "Imprimerie Leroy", "77-03", 2),
    ]
    assert groups(pages) == [(0,), (1,), (2,)]


def test_a_page_between_those_of_another_document_is_cut_as_if_they_had_never_lain_there() -> None:
    pages = [
        of_two(0, "Papeterie Durand", "2026-17", 1),
        an_invoice(1, "Garage Martin", "732 829 320 00074", "FA-881"),
        of_two(2, "Papeterie Durand", "2026-17", 2),
    ]
    assert groups(pages) == [(0, 2), (1,)]


def test_what_is_only_likely_to_be_out_of_order_is_left_there_and_proposed() -> None:
    pages = [
        of_two(0, "Papeterie Durand", "2026-17", 1),
        an_invoice(1, "Garage Martin", "732 829 320 00074", "FA-881"),
        a_page(2, ["Total TTC 60,00", "Page 2/2"]),
    ]
    found = split_pages(pages)
    assert [group.pages for group in found.groups] == [(0,), (1, 2)]
    assert found.reorderings == (Reordering((0, 2), made=False),)


def test_pages_of_two_documents_that_cannot_be_told_apart_stay_where_they_lie() -> None:
    pages = [of_two(n, "Papeterie Durand", "2026-17", 1 + n // 2) for n in range(4)]
    assert all(group == tuple(sorted(group)) for group in groups(pages))
    assert (0, 2) not in groups(pages)
    assert (0, 3) not in groups(pages)


def test_drawn_documents_whose_sheets_were_mixed_up_are_put_together_and_no_others() -> None:
    apart = right = wrong = 0
    for seed in (861_003, 861_007, 861_010):
        stack = draw_stack(seed, documents=16, feeding="shuffled")
        with pymupdf.open(stream=stack.pdf, filetype="pdf") as drawn:
            found = set(groups([read_drawn(page) for page in drawn]))
        wanted = {tuple(group["pages"]) for group in stack.truth["groups"]}
        mixed = {one for one in wanted if one != tuple(range(one[0], one[0] + len(one)))}
        apart += len(mixed)
        right += len(mixed & found)
        wrong += sum(list(one) != sorted(one) for one in found - wanted)
    assert apart >= 4
    assert right >= apart / 3
    assert wrong == 0


def test_a_sender_who_writes_again_begins_a_new_document() -> None:
    pages = [
        a_page(n, ["Établissements Kessler", "SIRET 404 833 048 00022", "# BULLETIN DE PAIE",
                   f"Période : {month} 2026", "Salaire brut 3 000,00", "Net payé 2 240,00"])
        for n, month in enumerate(("avril", "mai"))
    ]  # fmt: skip
    assert groups(pages) == [(0,), (1,)]


def test_the_customers_number_does_not_make_two_suppliers_one() -> None:
    pages = [
        a_page(0, ["Tessier SCOP", "N° TVA client : FR86 964 556 708", "# FACTURE N° 1522",
                   "Date 01/03/2026", "Total TTC 60,00"]),
        a_page(1, ["Groupe Valois", "N° TVA client : FR86 964 556 708", "# FACTURE N° 876",
                   "Date 08/06/2026", "Total TTC 80,00"]),
    ]  # fmt: skip
    assert groups(pages) == [(0,), (1,)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"fr7630006000011234567890189"}, {"fr40303265045"}, None),  # an IBAN and a VAT number
        ({"fr40303265045"}, {"30326504500017"}, None),
        ({"303265045"}, {"fr40303265045"}, True),
        ({"fr40303265045"}, {"fr40303265O45".lower()}, True),
        ({"fr40303265045"}, {"fr83404833048"}, False),
    ],
)
def test_identifiers_are_compared_kind_by_kind_and_bear_a_misread_letter(
    one: set[str], other: set[str], same: bool | None
) -> None:
    assert compare_identifiers(frozenset(one), frozenset(other)) is same


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Page 2 sur 3", (2, 3)),
        ("Page 10f5 03/02/2022", (1, 5)),
        ("Blz. 2/2", (2, 2)),
        ("Pagina 1 di2", (1, 2)),
        ("Page 1 234,00", (None, None)),
    ],
)
def test_page_numbers_are_read_as_scans_give_them(
    line: str, number: tuple[int | None, int | None]
) -> None:
    assert page_number(lines_of(a_page(0, [line])).lines) == number


def test_the_next_best_ways_to_cut_are_kept_with_the_doubtful_cut_first() -> None:
    pages = [
        an_invoice(0, "Papeterie Durand", "404 833 048 00022", "2026-17"),
        a_page(1, ["Liste des articles", "Encre 1 30,00"]),
        an_invoice(2, "Garage Martin", "732 829 320 00074", "FA-881"),
    ]
    found = split_pages(pages)
    best = tuple(group.pages[0] for group in found.groups)
    others = [other.starts for other in found.alternatives]
    assert best not in others
    assert set(best) ^ set(others[0]) == {1}
    assert [a.probability for a in found.alternatives] == sorted(
        (a.probability for a in found.alternatives), reverse=True
    )


def every_segmentation(pages: int) -> list[tuple[int, ...]]:
    return [
        (0, *(n for n, cut in enumerate(cuts, 1) if cut))
        for cuts in product((False, True), repeat=pages - 1)
    ]


def test_the_best_segmentations_and_their_probabilities_are_those_of_trying_them_all() -> None:
    random = np.random.default_rng(3)
    cuts, table = random.normal(size=5), random.normal(size=(7, 7))

    def wholes(first: int, end: int) -> segmentation.Array:
        return table[first:end, end]

    def worth(starts: tuple[int, ...]) -> float:
        runs = pairwise((*starts, 6))
        return float(sum(cuts[s - 1] for s in starts if s) + sum(table[a, b] for a, b in runs))

    tried = sorted(every_segmentation(6), key=worth, reverse=True)
    found = segmentation.best(cuts, wholes, most=5)
    assert [one.starts for one in found] == tried[:5]
    everything = sum(math.exp(worth(starts)) for starts in tried)
    chances = [
        sum(math.exp(worth(starts)) for starts in tried if place in starts) / everything
        for place in range(1, 6)
    ]
    assert segmentation.marginals(cuts, wholes).cuts == pytest.approx(chances)


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
        (["# RECHNUNGSKORREKTUR Nr. 9", "Rechnung Nr. 12", "Rechnungsbetrag 119,00", "USt-IdNr."], "credit_note"),
        (["Banque Atlantis", "# Bankafschrift", "Rechnung Nr. 12 120,00", "Factuur 3 80,00"], "bank_statement"),
        (["# Delivery docket", "Bill to:", "Packing slip no. 12", "Invoice date 01/02/2026"], "delivery_note"),
        (["# R E C H N U N G", "Rechnungsbetrag 119,00"], "purchase_invoice"),
        (["Beraterin"] * 16 + ["# Angebot zur Gründungsberatung", "Sehr geehrter Herr Ott!"], "quote"),
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
        with pymupdf.open(stream=stack.pdf, filetype="pdf") as drawn:
            pages = [read_drawn(page) for page in drawn]
        wanted = {tuple(g["pages"]): g for g in stack.truth["groups"]}
        found = {g.pages for g in split_pages(pages).groups}
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
