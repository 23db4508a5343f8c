"""One correction of its lines, and the table of a supplier is read wherever it stands next."""

from __future__ import annotations

import pytest

from domain.findings import Finding, LineItem, Reading, VatLine
from domain.rules import ActiveRule, Memory, Rule, Sender, sentence
from domain.suppliers import Identity
from domain.text import PageText
from models.extraction import Own
from models.extraction.rows import sheet_of
from models.memory import Example, Learnt, Paper, learn_list, letterhead_of, with_rules
from tests.models.extraction.paper import page

NO_ONE = Own()
HEAD = """
Ateliers Bonvallet Menuiserie      Dossier suivi par Jeanne
12 rue des Tanneurs Besançon
"""


def goods(*rows: str, lead: int = 0) -> PageText:
    """The paper of a supplier whose columns are called as nobody calls them, after `lead` lines."""
    return page(
        HEAD
        + "\n" * lead
        + "Ouvrage            Mesure    Le pied    Somme due\n"
        + "\n".join(rows)
        + "\nMerci à vous                                 9,99\n"
    )


FIRST = goods(
    "Planche de chêne      4         12,50       50,00",
    "Reprise chantier                             7,00",
    "Tasseau de hêtre      10         1,20       12,00",
)
SECOND = goods(
    "Planche de frêne      3         20,00       60,00",
    "poncée deux faces",
    "Reprise chantier                             9,00",
    "Vis de laiton         100        0,15       15,00",
    "Colle                 2          4,00        8,00",
    lead=5,
)
ITEMS = (
    LineItem("Planche de chêne", "4", "12.50", None, "50.00"),
    LineItem("Tasseau de hêtre", "10", "1.20", None, "12.00"),
)


def example(pages: PageText, name: str, lines: tuple[object, ...], **known: str) -> Example:
    return Example("doc_1", Paper.of(sheet_of([pages])), known, {name: lines})


def read(pages: PageText, rule: Rule, reading: Reading | None = None) -> Reading:
    known = Sender(
        "snd_1",
        Identity("Ateliers Bonvallet"),
        letterhead_of(pages, NO_ONE),
        (ActiveRule("rul_1", rule),),
    )
    return with_rules(reading or Reading({}), [pages], Memory((known,)), own=NO_ONE)


def rule_of(learnt: Learnt | None) -> Rule:
    assert learnt is not None
    assert learnt.refused is None
    return Rule.from_json(learnt.rule.to_json())  # as it comes back from the database


def test_lines_put_right_once_are_right_on_the_next_paper() -> None:
    rule = rule_of(learn_list(example(FIRST, "line_items", ITEMS), "line_items", []))

    found = read(SECOND, rule)

    assert [(i.description, i.quantity, i.unit_price, i.net_amount) for i in found.line_items] == [
        ("Planche de frêne poncée deux faces", "3", "20", "60.00"),
        ("Vis de laiton", "100", "0.15", "15.00"),
        ("Colle", "2", "4", "8.00"),
    ]
    assert found.list_readers == {"line_items": "rule rul_1"}


def test_a_table_says_under_which_words_it_stands() -> None:
    rule = rule_of(learn_list(example(FIRST, "line_items", ITEMS), "line_items", []))

    assert sentence(rule) == "The lines stand under “ouvrage mesure le pied somme due”."


def test_lines_that_add_up_as_they_were_read_stand() -> None:
    rule = rule_of(learn_list(example(FIRST, "line_items", ITEMS), "line_items", []))
    whole = (LineItem("Tout", None, None, None, "92.00"),)
    total = {"net_total": Finding("92.00", 0.9)}

    assert read(SECOND, rule, Reading(total, line_items=whole)).line_items == whole


def test_the_lines_of_an_xml_stand() -> None:
    rule = rule_of(learn_list(example(FIRST, "line_items", ITEMS), "line_items", []))
    xml = Reading({"invoice_number": Finding("12", 0.99, source="xml")}, line_items=ITEMS)

    assert read(SECOND, rule, xml).line_items == ITEMS


def test_lines_that_are_not_printed_teach_nothing() -> None:
    made_up = (LineItem("Rabais", None, None, None, "123.45"),)

    assert learn_list(example(FIRST, "line_items", made_up), "line_items", []) is None


def test_a_table_that_was_another_one_before_is_refused_with_the_paper_that_says_so() -> None:
    past = Example(
        "doc_2",
        Paper.of(sheet_of([SECOND])),
        {},
        {"line_items": (LineItem("Reprise chantier", None, None, None, "9.00"),)},
    )

    learnt = learn_list(example(FIRST, "line_items", ITEMS), "line_items", [past])

    assert learnt is not None
    assert learnt.refused == "contradicts"
    assert learnt.against == {
        "document_id": "doc_2",
        "says": "60.00 · 15.00 · 8.00",
        "confirmed": "9.00",
    }


# --- VAT lines ------------------------------------------------------------------------------------


def taxed(*rows: str) -> PageText:
    return page(HEAD + "\n".join(rows) + "\nAtelier ouvert du mardi au samedi\n")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            (
                "Part    Assise     Redevance",
                "20,00   100,00     20,00",
                "5,50    200,00     11,00",
            ),
            ("Part    Assise     Redevance", "20,00   300,00     60,00", "10,00   50,00      5,00"),
        ),
        (
            ("Redevance 20 %   sur 100,00    20,00", "Redevance 5,5 %  sur 200,00    11,00"),
            ("Redevance 20 %   sur 300,00    60,00", "Redevance 10 %   sur  50,00     5,00"),
        ),
    ],
    ids=["under a heading", "by their first word"],
)
def test_taxes_put_right_once_are_right_on_the_next_paper(
    first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    lines = (VatLine("20.00", "100.00", "20.00"), VatLine("5.50", "200.00", "11.00"))
    rule = rule_of(learn_list(example(taxed(*first), "vat_lines", lines), "vat_lines", []))

    found = read(taxed(*second), rule)

    assert found.vat_lines == (VatLine("20", "300.00", "60.00"), VatLine("10", "50.00", "5.00"))


def test_a_supplier_with_one_rate_has_it_on_the_whole_of_its_totals() -> None:
    totals = {"net_total": "100.00", "vat_total": "20.00", "gross_total": "120.00"}
    lines = (VatLine("20.00", "100.00", "20.00"),)
    bare = taxed("Somme 120,00")
    rule = rule_of(learn_list(example(bare, "vat_lines", lines, **totals), "vat_lines", []))
    assert sentence(rule) == "The only rate is 20 %, on the whole of the net total."

    paid = read(bare, rule, Reading({"gross_total": Finding("60.00", 0.9)}))
    other = read(
        bare,
        rule,
        Reading({"net_total": Finding("100.00", 0.9), "vat_total": Finding("5.50", 0.9)}),
    )

    assert paid.vat_lines == (VatLine("20", "50.00", "10.00"),)
    assert other.vat_lines == ()
