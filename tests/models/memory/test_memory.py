"""One correction, and the next paper of the sender is right; a wrong one is refused by the past."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.findings import Finding, Reading
from domain.rules import ActiveRule, Memory, Rule, Sender, must_retire, sentence
from domain.suppliers import Identity
from domain.text import Box, PageText
from models.extraction import Own
from models.extraction.rows import sheet_of
from models.memory import Example, Paper, learn, letterhead_of, recognise, refined, with_rules
from models.memory.shapes import pattern_of, shape_of
from tests.models.extraction.paper import page

NO_ONE = Own()


def invoice(number: str, day: str, total: str, *, lines: int = 1) -> PageText:
    """The paper of a supplier whose labels are in no list."""
    goods = "\n".join(f"Planche de chêne {n}        {n + 1},00" for n in range(lines))
    return page(f"""
Ateliers Bonvallet Menuiserie      Dossier suivi par Jeanne
12 rue des Tanneurs Besançon       Pièce Q7/{number}
RCS Besançon                       Signé ce {day}
Téléphone atelier bonvallet        Votre compte chez nous 884412

Désignation             Somme
{goods}
À nous remettre         {total}
Atelier ouvert du mardi au samedi
""")


def example(pages: PageText, document_id: str = "doc_1", **confirmed: str | None) -> Example:
    return Example(document_id, Paper.of(sheet_of([pages])), confirmed)


def sender(pages: PageText, *rules: Rule, **identity: str) -> Sender:
    active = tuple(ActiveRule(f"rul_{n}", rule) for n, rule in enumerate(rules))
    return Sender(
        "snd_1", Identity("Ateliers Bonvallet", **identity), letterhead_of(pages, NO_ONE), active
    )


FIRST = invoice("0017", "03/02/2026", "340,00")
SECOND = invoice("0023", "11/03/2026", "1 250,40", lines=6)
SAID = {"invoice_number": "Q7/0017", "issue_date": "2026-02-03", "gross_total": "340.00"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invoice_number", "Q7/0023"),
        ("issue_date", "2026-03-11"),
        ("gross_total", "1250.40"),
        ("supplier_name", "Ateliers Bonvallet"),
    ],
)
def test_a_field_put_right_once_is_right_on_the_next_paper(field: str, value: str) -> None:
    said = {**SAID, "supplier_name": "Ateliers Bonvallet"}
    learnt = learn(example(FIRST, **said), field, [])
    assert learnt is not None
    assert learnt.refused is None
    wrong = Reading({field: Finding("1999-09-09" if "date" in field else "999.00", 0.9)})

    read = with_rules(wrong, [SECOND], Memory((sender(FIRST, learnt.rule),)), own=NO_ONE)

    found = read.fields[field]
    assert (found.value, found.source, found.reader) == (value, "rule", "rule rul_0")
    assert found.page == 0
    assert found.box is not None


def test_what_a_rule_says_can_be_read() -> None:
    learnt = learn(example(FIRST, **SAID), "gross_total", [])

    assert learnt is not None
    assert sentence(learnt.rule) == "It stands to the right of “a nous remettre”."


def test_a_rule_stands_back_where_something_better_speaks() -> None:
    learnt = learn(example(FIRST, **SAID), "gross_total", [])
    assert learnt is not None
    memory = Memory((sender(FIRST, learnt.rule),))
    for better in (
        Finding("7.00", 0.9, "proved", "text"),
        Finding("7.00", 0.9, "read", "xml"),
        Finding("7.00", 0.9, "read", "qr"),
    ):
        read = with_rules(Reading({"gross_total": better}), [SECOND], memory, own=NO_ONE)

        assert read.fields["gross_total"] == better


def test_a_rule_that_agrees_with_the_reading_confirms_it() -> None:
    learnt = learn(example(FIRST, **SAID), "gross_total", [])
    assert learnt is not None
    before = Finding("1250.40", 0.4, "read", "text", 0, Box(0.1, 0.1, 0.2, 0.2), "mupdf")

    read = with_rules(
        Reading({"gross_total": before}),
        [SECOND],
        Memory((sender(FIRST, learnt.rule),)),
        own=NO_ONE,
    )

    found = read.fields["gross_total"]
    assert (found.value, found.source, found.state) == ("1250.40", "text", "consistent")
    assert found.confidence > before.confidence


def test_a_rule_learnt_from_a_wrong_correction_is_refused_by_the_past() -> None:
    past = [example(SECOND, "doc_2", invoice_number="Q7/0023")]

    poison = learn(example(FIRST, invoice_number="884412"), "invoice_number", past)

    assert poison is not None
    assert poison.refused == "contradicts"
    assert poison.against == {"document_id": "doc_2", "says": "884412", "confirmed": "Q7/0023"}


def test_only_the_part_of_a_rule_that_was_right_before_is_kept() -> None:
    twice = page("Facture 4711 du jour\n\nRéférence 4711\n\nTotal 12,00")
    past = page("Facture 5000 du jour\n\nRéférence 4800\n\nTotal 13,00")

    learnt = learn(
        example(twice, invoice_number="4711"),
        "invoice_number",
        [example(past, "doc_2", invoice_number="4800")],
    )

    assert learnt is not None
    assert learnt.refused is None
    assert learnt.replayed == 1
    assert {anchor.label for anchor in learnt.rule.anchors if anchor.side == "left"} == {
        "reference"
    }


def test_silence_on_a_past_paper_of_another_layout_is_no_objection() -> None:
    other = example(page("Tout autre papier\nNuméro 55"), "doc_2", invoice_number="55")

    learnt = learn(example(FIRST, **SAID), "invoice_number", [other])

    assert learnt is not None
    assert (learnt.refused, learnt.replayed) == (None, 0)


def test_pointing_at_the_page_tells_which_of_two_equal_values_is_meant() -> None:
    twice = page("Commande 4711\n\nFacture 4711\n\nTotal 12,00")
    line = 0.03 + 2 / 70

    learnt = learn(
        example(twice, invoice_number="4711"),
        "invoice_number",
        [],
        (0, Box(0.0, line, 0.9, line + 0.01)),
    )

    assert learnt is not None
    assert {a.label for a in learnt.rule.anchors if a.side == "left"} == {"facture"}


def test_a_due_date_that_is_not_printed_is_counted_from_the_issue_date() -> None:
    learnt = learn(example(FIRST, **SAID, due_date="2026-03-05"), "due_date", [])
    assert learnt is not None
    assert learnt.rule == Rule("due_date", "days", "30")
    issued = Reading({"issue_date": Finding("2026-03-11", 0.9)})

    read = with_rules(issued, [SECOND], Memory((sender(FIRST, learnt.rule),)), own=NO_ONE)

    assert read.value("due_date") == "2026-04-10"


def test_an_account_is_never_made_up() -> None:
    always = Rule("iban", "constant", "FR7630006000011234567890189")

    read = with_rules(Reading({}), [SECOND], Memory((sender(FIRST, always),)), own=NO_ONE)

    assert read.value("iban") is None


def test_day_and_month_are_read_in_the_order_a_person_showed() -> None:
    learnt = learn(example(FIRST, issue_date="2026-03-02"), "issue_date", [])
    assert learnt is not None
    third = invoice("0031", "04/05/2026", "10,00")

    read = with_rules(Reading({}), [third], Memory((sender(FIRST, learnt.rule),)), own=NO_ONE)

    assert read.value("issue_date") == "2026-04-05"


def test_what_is_ours_is_not_learnt_about_a_sender() -> None:
    assert learn(example(FIRST, customer_name="Jeanne"), "customer_name", []) is None
    assert learn(example(FIRST, invoice_number=None), "invoice_number", []) is None
    assert learn(example(FIRST, invoice_number="not there"), "invoice_number", []) is None


# --- senders --------------------------------------------------------------------------------------


def test_a_sender_is_known_by_its_letterhead_and_a_stranger_is_not() -> None:
    memory = Memory((sender(FIRST),))

    assert recognise([SECOND], memory, NO_ONE) is memory.senders[0]
    assert recognise([page("Garage du Lac\nRoute de Berne 4\nTotal 12,00")], memory, NO_ONE) is None


def test_the_number_of_the_customer_makes_nobody_the_sender() -> None:
    vat_id = "FR44732829320"
    known = Memory((sender(FIRST, vat_id=vat_id),))
    mine = replace(SECOND, words=(*SECOND.words, *page(f"TVA {vat_id}").words))

    other = page(f"Garage du Lac et Associés\nRoute de Berne Fribourg\nTVA client {vat_id}")

    assert recognise([mine], known, NO_ONE) is known.senders[0]
    assert recognise([other], known, NO_ONE) is None


def test_a_paper_that_shows_another_company_is_not_this_senders() -> None:
    known = Memory((sender(FIRST, siren="732829320"),))
    shown = replace(SECOND, words=(*SECOND.words, *page("Siren 356000000").words))

    assert recognise([SECOND], known, NO_ONE) is known.senders[0]
    assert recognise([shown], known, NO_ONE) is None


def test_a_letterhead_keeps_what_its_papers_share() -> None:
    known = ("atelier", "besancon", "bonvallet", "jeanne", "menuiserie", "rue", "tanneurs")

    assert "jeanne" not in refined(known, [word for word in known if word != "jeanne"])
    assert refined(known, ["rue"]) == known


def test_a_rule_that_people_overrule_retires() -> None:
    assert not must_retire(1, 0)
    assert must_retire(0, 1)
    assert not must_retire(4, 1)
    assert must_retire(1, 1)


@pytest.mark.parametrize(
    ("printed", "alike", "other"),
    [
        ("F-2026/0012", "F-2027/0180", "2027/0180"),
        ("a(b)*#_12", "a(b)*#_13", "ab12"),
        ("RE 12", "RE  12345", "RX 12"),
    ],
)
def test_a_shape_fits_what_looks_alike(printed: str, alike: str, other: str) -> None:
    shape = shape_of(printed)

    assert pattern_of(shape).fullmatch(printed)
    assert pattern_of(shape).fullmatch(alike)
    assert not pattern_of(shape).fullmatch(other)


def test_a_hostile_value_has_no_shape_that_takes_long() -> None:
    assert shape_of("a" * 1_000) == ""
    assert not pattern_of(shape_of("1 " * 29)).search("1" * 1_200)
