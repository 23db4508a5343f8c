"""What people put right is known the next time, can be taken back, and stays in the organisation."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from domain.errors import Conflict, NotFound
from domain.findings import Finding, Reading
from domain.groups import Classification, Cut, ProposedGroup
from domain.text import PageText
from models.classification import classify
from models.proposing import Proposal
from service.house import House
from service.operations import artefacts, corrections, rules, training
from storage import tables as t
from tests.models.extraction.paper import page
from tests.service.conftest import Tenant, make_tenant
from tests.workers.mail import arrive, file_away, work_off
from workers import grouping, learning, teaching
from workers.jobs import perform


def invoice(number: str, day: str, total: str) -> PageText:
    return page(f"""
Ateliers Bonvallet Menuiserie      Dossier suivi par Jeanne
12 rue des Tanneurs Besançon       Pièce Q7/{number}
Artisans depuis toujours           Signé ce {day}
Téléphone atelier bonvallet        Votre compte chez nous 884412

Désignation             Somme
Planche de chêne        {total}
À nous remettre         {total}
""")


FIRST, SECOND, THIRD = (
    invoice("0017", "03/02/2026", "340,00"),
    invoice("0023", "11/03/2026", "1 250,40"),
    invoice("0031", "12/03/2026", "77,00"),
)


@pytest.fixture
def ours(house: House) -> Tenant:
    return make_tenant(house, "dupont")


def correct(house: House, tenant: Tenant, document_id: str, **fields: str) -> dict[str, Any]:
    return corrections.correct_document(house, tenant.who, document_id, {"fields": fields}, None)


def learn(house: House) -> int:
    return work_off(house, learn=learning.learn)


def teach(house: House, tenant: Tenant, text: PageText, **fields: str) -> str:
    """A document that was filed and put right, and what it taught."""
    document_id = file_away(house, tenant, text)
    correct(house, tenant, document_id, **fields)
    learn(house)
    return document_id


def read(house: House, tenant: Tenant, text: PageText) -> Reading:
    import_id = arrive(house, tenant, text)
    with house.store.reading() as connection:
        found: Any = connection.scalar(
            select(t.group.c.reading).where(t.group.c.import_id == import_id)
        )
    return Reading.from_json(found)


def learnt(house: House, tenant: Tenant) -> list[dict[str, Any]]:
    return rules.list_rules(house, tenant.who)["items"]


def test_the_next_paper_is_read_as_the_last_one_was_corrected(house: House, ours: Tenant) -> None:
    before = read(house, ours, SECOND)
    teach(house, ours, FIRST, invoice_number="Q7/0017", supplier_name="Ateliers Bonvallet")

    after = read(house, ours, SECOND)

    assert before.value("invoice_number") != "Q7/0023"
    assert (after.value("invoice_number"), after.fields["invoice_number"].source) == (
        "Q7/0023",
        "rule",
    )
    assert after.value("supplier_name") == "Ateliers Bonvallet"
    assert {(rule["field"], rule["status"]) for rule in learnt(house, ours)} == {
        ("invoice_number", "active"),
        ("supplier_name", "active"),
    }


def test_learning_the_same_twice_leaves_one_rule(house: House, ours: Tenant) -> None:
    document_id = teach(house, ours, FIRST, invoice_number="Q7/0017")
    correct(house, ours, document_id, due_date="2026-03-05")

    assert learn(house) == 1

    versions = [(rule["field"], rule["version"]) for rule in learnt(house, ours)]
    assert sorted(versions) == [("due_date", 1), ("invoice_number", 1)]


def test_another_organisation_never_sees_or_uses_a_rule(house: House, ours: Tenant) -> None:
    theirs = make_tenant(house, "martin")
    teach(house, ours, FIRST, invoice_number="Q7/0017", supplier_name="Ateliers Bonvallet")
    rule_id = learnt(house, ours)[0]["id"]

    assert "rule" not in {f.source for f in read(house, theirs, SECOND).fields.values()}
    assert learnt(house, theirs) == []
    with pytest.raises(NotFound):
        rules.switch(house, theirs.who, rule_id, active=False)


def test_a_wrong_correction_is_refused_by_what_was_confirmed_before(
    house: House, ours: Tenant
) -> None:
    teach(house, ours, FIRST, invoice_number="Q7/0017", supplier_name="Ateliers Bonvallet")
    teach(house, ours, SECOND, invoice_number="884412")

    newest = next(r for r in learnt(house, ours) if r["version"] == 2)
    assert newest["status"] == "refused"
    assert newest["reason"]["code"] == "contradicts"
    assert newest["reason"]["confirmed"] == "Q7/0017"


def test_a_rule_that_was_overruled_retires_by_itself(house: House, ours: Tenant) -> None:
    teach(house, ours, FIRST, invoice_number="884412", supplier_name="Ateliers Bonvallet")
    assert read(house, ours, SECOND).value("invoice_number") == "884412"

    teach(house, ours, SECOND, invoice_number="Q7/0023")

    states = {
        r["version"]: r["status"] for r in learnt(house, ours) if r["field"] == "invoice_number"
    }
    assert states == {1: "retired", 2: "refused"}
    assert read(house, ours, THIRD).value("invoice_number") != "884412"


def test_a_correction_that_makes_a_check_fail_teaches_nothing_and_says_why(
    house: House, ours: Tenant
) -> None:
    teach(house, ours, FIRST, iban="FR7630006000011234567890188", supplier_siren="732829321")

    reasons = {r["field"]: (r["status"], r["reason"]) for r in learnt(house, ours)}

    assert {status for status, _ in reasons.values()} == {"refused"}
    assert reasons["iban"][1]["problem"]["code"] == "iban_invalid"
    assert reasons["supplier_siren"][1]["problem"]["code"] == "siren_invalid"


def test_a_rule_that_spoilt_what_was_read_goes_the_first_time_somebody_says_so(
    house: House, ours: Tenant
) -> None:
    alone = read(house, ours, SECOND).value("supplier_name")
    assert alone
    teach(house, ours, FIRST, supplier_name="Menuiserie Valbonnet")
    rule_id = learnt(house, ours)[0]["id"]
    for text in (THIRD, FIRST):
        teach(house, ours, text, supplier_name="Menuiserie Valbonnet")
    assert read(house, ours, SECOND).value("supplier_name") == "Menuiserie Valbonnet"

    teach(house, ours, SECOND, supplier_name=alone)

    rule = rules.get_rule(house, ours.who, rule_id)
    assert (rule["confirmed"], rule["overruled"]) == (2, 1)
    assert (rule["status"], rule["reason"]) == ("retired", {"code": "put_back"})


def test_undoing_a_correction_undoes_what_it_taught(house: House, ours: Tenant) -> None:
    before = read(house, ours, FIRST).value("supplier_name")
    document_id = teach(house, ours, FIRST, supplier_name="Menuiserie Valbonnet")

    correct(house, ours, document_id, supplier_name=str(before))
    learn(house)

    (rule,) = learnt(house, ours)
    assert (rule["status"], rule["reason"]) == ("retired", {"code": "taken_back"})
    assert read(house, ours, SECOND).fields["supplier_name"].source != "rule"


def test_a_rule_is_switched_off_and_brought_back(house: House, ours: Tenant) -> None:
    teach(house, ours, FIRST, invoice_number="Q7/0017")
    rule_id = learnt(house, ours)[0]["id"]

    off = rules.switch(house, ours.who, rule_id, active=False)
    without = read(house, ours, SECOND).value("invoice_number")
    on = rules.switch(house, ours.who, rule_id, active=True)

    assert (off["status"], on["status"]) == ("off", "active")
    assert without != "Q7/0023"
    assert read(house, ours, SECOND).value("invoice_number") == "Q7/0023"


def test_an_earlier_version_takes_the_place_of_the_later_one(house: House, ours: Tenant) -> None:
    teach(house, ours, FIRST, invoice_number="Q7/0017", supplier_name="Ateliers Bonvallet")
    teach(house, ours, SECOND, supplier_name="Bonvallet et Fils")
    first, second = sorted(
        (r for r in learnt(house, ours) if r["field"] == "supplier_name"),
        key=lambda r: r["version"],
    )

    rules.switch(house, ours.who, second["id"], active=True)
    back = rules.switch(house, ours.who, first["id"], active=True)

    assert back["status"] == "active"
    assert rules.get_rule(house, ours.who, second["id"])["status"] == "replaced"


def test_lines_that_were_put_right_are_right_on_the_next_paper_until_switched_off(
    house: House, ours: Tenant
) -> None:
    first, second = (
        page(
            f"""
Ateliers Bonvallet Menuiserie      Dossier suivi par Jeanne
12 rue des Tanneurs Besançon

Ouvrage            Mesure    Le pied    Geste    Somme due
Planche de chêne   {count}         12,50      5,00     {amount}
Reprise chantier                                 7,00
"""
        )
        for count, amount in (("4", "45,00"), ("3", "32,50"))
    )
    line = {"description": "Planche", "quantity": "4", "unit_price": "12.50", "net_amount": "45"}
    document_id = file_away(house, ours, first)
    corrections.correct_document(house, ours.who, document_id, {"line_items": [line]}, None)
    learn(house)

    (rule,) = learnt(house, ours)
    acting = read(house, ours, second)
    rules.switch(house, ours.who, rule["id"], active=False)
    without = read(house, ours, second)

    assert rule["says"] == "The lines stand under “ouvrage mesure le pied geste somme due”."
    assert [item.net_amount for item in acting.line_items] == ["32.50"]
    assert acting.list_readers == {"line_items": f"rule {rule['id']}"}
    assert [item.net_amount for item in without.line_items] != ["32.50"]


def test_two_corrections_learnt_at_once_make_one_sender(any_house: House) -> None:
    house, ours = any_house, make_tenant(any_house, "dupont")
    for text, number in ((FIRST, "Q7/0017"), (SECOND, "Q7/0023")):
        document_id = file_away(house, ours, text)
        correct(house, ours, document_id, invoice_number=number, supplier_name="Ateliers Bonvallet")
    with house.store.transaction() as connection:
        asked = connection.scalars(
            update(t.task)
            .where(t.task.c.step == "learn", t.task.c.subject.is_not(None))
            .values(status="queued")
            .returning(t.task.c.id)
        ).all()
    threads = [
        threading.Thread(target=perform, args=(house, task_id, learning.learn)) for task_id in asked
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    learn(house)

    with house.store.reading() as connection:
        assert len(connection.execute(select(t.sender)).all()) == 1
    acting = [r["field"] for r in learnt(house, ours) if r["status"] == "active"]
    assert sorted(acting) == ["invoice_number", "supplier_name"]


def test_what_xml_says_of_a_paper_is_learnt_for_the_papers_without(
    house: House, ours: Tenant
) -> None:
    xml = Reading(
        {
            "invoice_number": Finding("Q7/0017", 0.99, "read", "xml"),
            "gross_total": Finding("340.00", 0.99, "read", "xml"),
        }
    )
    import_id = arrive(house, ours, FIRST, einvoice=xml)

    document_id = file_away(house, ours, FIRST, einvoice=xml)
    learn(house)

    with house.store.reading() as connection:
        scores = {
            row.field: (row.source, row.agreed, row.differed + row.missed)
            for row in connection.execute(
                select(t.reader_score).where(t.reader_score.c.import_id == import_id)
            )
        }
    assert scores["invoice_number"] == ("xml", 0, 1)
    lessons = [(r["field"], r["taught_by"], r["document_id"]) for r in learnt(house, ours)]
    assert ("invoice_number", "xml", document_id) in lessons
    assert read(house, ours, SECOND).value("invoice_number") == "Q7/0023"


def letter(place: str) -> PageText:
    return page(f"""
Régie du Parc Immobilier            Service locataires
14 quai Perrache Lyon               Dossier {place}
Madame, Monsieur, vous trouverez ci-joint votre exemplaire signé
Veuillez agréer nos salutations distinguées
""")


def sorted_as(house: House, tenant: Tenant, text: PageText, looks_like: str) -> Classification:
    """What a paper is taken for that looks like `looks_like` to everybody."""
    cut = ProposedGroup((0,), Cut(1.0))
    proposal = Proposal(((cut, Classification(looks_like, 0.9)),), {})
    file = SimpleNamespace(
        import_id=arrive(house, tenant, text), organisation_id=tenant.organisation_id, einvoice=None
    )
    found: Any = grouping.as_sorted_before(house, cast(Any, file), proposal, [text], [0])
    return found.groups[0][1]


def test_what_looks_like_a_letter_of_one_sender_is_sorted_as_the_last_was(
    house: House, ours: Tenant
) -> None:
    file_away(house, ours, letter("A12"), category="contract", guess="letter")
    learn(house)

    (rule,) = learnt(house, ours)
    kind = sorted_as(house, ours, letter("B77"), "letter")

    assert rule["says"] == "What looks like letter is contract."
    assert (kind.category, kind.runner_up, kind.rule_id) == ("contract", "letter", rule["id"])
    assert sorted_as(house, ours, letter("B77"), "quote").category == "quote"
    assert sorted_as(house, ours, FIRST, "letter").category == "letter"


def test_a_category_that_others_of_the_sender_had_not_is_not_learnt(
    house: House, ours: Tenant
) -> None:
    for place in ("A12", "B13"):
        file_away(house, ours, letter(place), category="contract", guess="letter")
    learn(house)
    file_away(house, ours, letter("C14"), category="quote", guess="letter")
    learn(house)

    newest = max(learnt(house, ours), key=lambda rule: rule["version"])
    assert (newest["status"], newest["reason"]["confirmed"]) == ("refused", "contract")


# --- categories and the daily training ------------------------------------------------------------


def claim(place: str) -> PageText:
    return page(f"""
Mutuelle du Rhône                     Service des sinistres
Déclaration de sinistre habitation    {place}
Nous accusons réception de votre déclaration et mandatons un expert
dégât des eaux cuisine plafond assuré franchise expert contrat habitation
""")


def test_papers_sorted_alike_twice_are_sorted_so_the_third_time(house: House, ours: Tenant) -> None:
    with house.store.transaction() as connection:
        connection.execute(
            update(t.organisation).values(
                settings={"categories": [{"code": "claim", "name": "Sinistre"}]}
            )
        )
    file_away(house, ours, FIRST)
    for place in ("Lyon", "Vienne"):
        file_away(house, ours, claim(place), category="claim", guess="letter")

    learn(house)
    work_off(house, train=learning.train)

    extra = teaching.live_categories(house, ours.organisation_id)
    assert extra is not None
    assert classify([claim("Givors")], extra=extra).category == "claim"
    assert classify([SECOND], extra=extra).category != "claim"
    (version,) = artefacts.list_artefacts(house, ours.who)["items"]
    assert version["status"] == "live"
    assert version["scores"]["right"] > version["scores"]["live_right"]

    artefacts.switch(house, ours.who, version["id"], live=False)
    assert teaching.live_categories(house, ours.organisation_id) is None


def test_a_version_that_is_no_better_is_not_used_and_not_tried_again(
    house: House, ours: Tenant
) -> None:
    for text in (FIRST, SECOND, THIRD):
        file_away(house, ours, text, category=classify([text]).category)

    first, second = (teaching.teach(house, ours.organisation_id) for _ in range(2))

    assert first is not None
    assert (first["promoted"], second) == (False, None)
    (version,) = artefacts.list_artefacts(house, ours.who)["items"]
    assert version["status"] == "rejected"
    with pytest.raises(Conflict):
        artefacts.switch(house, ours.who, version["id"], live=True)


def test_each_organisation_is_trained_once_a_day_and_whenever_a_person_asks(
    house: House, ours: Tenant
) -> None:
    early = replace(house, settings=replace(house.settings, learn_hour=0))
    file_away(house, ours, FIRST)

    assert [training.due(early) for _ in range(2)] == [1, 0]
    assert work_off(house, train=learning.train) == 1
    assert training.due(early) == 0
    assert [learning.train_now(house, each) for each in training.organisations(house)] == [""]


def test_rules_are_confirmed_by_what_people_posted(house: House, ours: Tenant) -> None:
    teach(house, ours, FIRST, invoice_number="Q7/0017")
    document_id = file_away(house, ours, SECOND)
    learn(house)
    with house.store.transaction() as connection:
        connection.execute(
            update(t.document).where(t.document.c.id == document_id).values(status="posted")
        )
    training.due(replace(house, settings=replace(house.settings, learn_hour=0)))

    work_off(house, train=learning.train)

    (rule,) = learnt(house, ours)
    assert (rule["confirmed"], rule["overruled"], rule["status"]) == (1, 0, "active")
