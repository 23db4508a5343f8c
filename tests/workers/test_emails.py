"""From an invoice to a mail server's answer, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.errors import Conflict, NotFound, Refused
from domain.people import MACHINE, Scope, Who
from service import doctor
from service.house import House
from service.operations import (
    api_keys,
    customers,
    email_settings,
    emails,
    finalising,
    invitations,
    sales_emails,
    sales_invoices,
    sales_papers,
    sales_settings,
)
from storage import tables as t
from tests.certificates import certificate_for
from tests.mailservers import PASSWORD, SENDER, MailServer
from tests.receivers import Clock
from tests.service.bookkeeping import company_of
from tests.service.conftest import app_over
from tests.service.selling import customer, draft, line, seller
from tests.service.test_posting import at_once, rows
from tests.workers.test_webhooks_queued import until, working
from workers import emails as work

TO = "compta@client.example"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def sending(house: House, server: MailServer, clock: Clock) -> House:
    return replace(server.house(house), now=clock)


def issued(house: House, who: Who, *, drawn: bool = True, **buyer: Any) -> str:
    """A finalised invoice of 1 200,00 to a customer who has an address."""
    known = {"email": TO, **buyer}
    there = customers.list_customers(house, who)["items"]
    to = there[0]["id"] if there else customer(house, who, **known)
    one = draft(house, who, to, line("Conseil", "1000"))
    finalising.finalise(house, who, one)
    if drawn:
        draw(house, who, one)
    return one


def draw(house: House, who: Who, invoice_id: str) -> None:
    sales_papers.keep(house, who.organisation_id, invoice_id, lambda *_: [])


def run(house: House) -> int:
    """What the relay and the workers do, once."""
    queued = work.due(house)
    for email_id in queued:
        work.send(house, email_id)
    return len(queued)


def shown(house: House, who: Who, email_id: str) -> dict[str, Any]:
    return emails.get_email(house, who, email_id)


# --- the good day --------------------------------------------------------------------------------


def test_an_invoice_leaves_with_the_paper_that_was_drawn_and_counts_as_sent(
    sending: House, server: MailServer
) -> None:
    who = seller(sending, name="Établissements « Dupont », fils & Cie")
    one = issued(sending, who)
    asked = sales_emails.send_invoice(sending, who, one, {"cc": ["Copie@client.example"]})
    assert (asked["status"], asked["number"]) == ("queued", "F2026-0001")
    assert (run(sending), run(sending)) == (1, 0)

    (got,) = server.received
    assert (got.sender, got.addresses) == (SENDER, (TO, "Copie@client.example"))
    message = got.message
    assert message["From"].addresses[0].display_name == "Établissements « Dupont », fils & Cie"
    assert (message["To"], message["Cc"]) == (TO, "Copie@client.example")
    assert message["Subject"] == "Facture F2026-0001 – Établissements « Dupont », fils & Cie"
    assert "Montant : 1 200,00 €" in got.text.replace("\u202f", " ").replace("\xa0", " ")
    (attached,) = message.iter_attachments()
    paper = sales_papers.paper_of(sending, who, one)
    assert attached.get_payload(decode=True) == paper.content
    assert (attached.get_filename(), attached.get_content_type()) == (
        "F2026-0001.pdf", "application/pdf",
    )  # fmt: skip

    found = shown(sending, who, asked["id"])
    assert (found["status"], message["Message-ID"]) == ("sent", found["message_id"])
    assert [(a["code"], a["words"]) for a in found["attempts"]] == [(250, "OK taken")]
    assert sales_invoices.get_invoice(sending, who, one)["status"] == "sent"
    (told,) = rows(sending, t.event, type="invoice.sent")
    assert (told.made_by, told.data["email_id"]) == (None, asked["id"])
    assert (told.data["manual"], told.data["status"]) == (False, "sent")
    history = [x["type"] for x in sales_invoices.history(sending, who, one)]
    assert history[:2] == ["invoice.sent", "email.asked"]


def test_it_waits_for_its_paper_and_leaves_as_soon_as_that_is_drawn(
    sending: House, server: MailServer, clock: Clock
) -> None:
    who = seller(sending)
    one = issued(sending, who, drawn=False)
    asked = sales_emails.send_invoice(sending, who, one, {})
    run(sending)
    assert server.received == []
    waiting = shown(sending, who, asked["id"])
    assert (waiting["status"], waiting["attempts"]) == ("queued", [])
    draw(sending, who, one)
    assert run(sending) == 1
    assert len(server.received) == 1

    other = issued(sending, who, drawn=False)
    asked = sales_emails.send_invoice(sending, who, other, {})
    clock.go(timedelta(days=1, minutes=1))
    run(sending)
    assert shown(sending, who, asked["id"])["last_answer"]["error"] == "paper_missing"


def test_another_paper_than_the_one_that_was_drawn_is_never_sent(
    sending: House, server: MailServer
) -> None:
    who = seller(sending)
    one = issued(sending, who)
    (row,) = rows(sending, t.sales_invoice, id=one)
    sending.objects.put_bytes(row.pdf_key, b"%PDF another", "application/pdf")
    asked = sales_emails.send_invoice(sending, who, one, {})
    run(sending)
    assert server.received == []
    found = shown(sending, who, asked["id"])
    assert (found["status"], found["last_answer"]["error"]) == ("given_up", "paper_changed")


def test_a_company_writes_as_itself_in_the_customers_language(
    sending: House, server: MailServer
) -> None:
    who = seller(sending)
    texts = {"en": {"subject": "Invoice {number}", "text": "Dear {customer},\nby {due_date} {x}"}}
    with pytest.raises(Refused) as refused:
        email_settings.change_settings(sending, who, company_of(sending, who), {"texts": texts})
    assert refused.value.code == "email_placeholder"
    texts["en"]["text"] = "Dear {customer},\nby {due_date}"
    said = {"sender_name": "Service clients", "reply_to": "moi@dupont.example", "texts": texts}
    email_settings.change_settings(sending, who, company_of(sending, who), said)
    one = issued(sending, who, language="en", name="Client {number}")
    sales_emails.send_invoice(sending, who, one, {})
    run(sending)
    (got,) = server.received
    assert got.message["Reply-To"] == "moi@dupont.example"
    assert got.message["From"] == f"Service clients <{SENDER}>"
    assert got.message["Subject"] == "Invoice F2026-0001"
    assert got.text.startswith("Dear Client {number},\nby ")


# --- what a server may answer --------------------------------------------------------------------


def test_not_now_is_tried_again_later_with_the_same_message_id(
    sending: House, server: MailServer, clock: Clock
) -> None:
    who = seller(sending)
    one = issued(sending, who)
    asked = sales_emails.send_invoice(sending, who, one, {})
    answers = ["451 4.3.0 come back later", None]
    server.at_data = lambda: answers.pop(0)
    run(sending)
    waiting = shown(sending, who, asked["id"])
    assert (waiting["status"], waiting["last_answer"]["code"]) == ("queued", 451)
    assert waiting["last_answer"]["words"] == "4.3.0 come back later"
    assert run(sending) == 0, "not before its time"
    clock.go(timedelta(seconds=70))
    assert run(sending) == 1
    found = shown(sending, who, asked["id"])
    assert (found["status"], len(found["attempts"])) == ("sent", 2)
    assert server.received[0].message["Message-ID"] == asked["message_id"]


def test_never_is_final_told_and_asked_for_again_by_a_person(
    sending: House, server: MailServer
) -> None:
    who = seller(sending)
    one = issued(sending, who)
    server.at_rcpt = lambda address: "550 5.1.1 nobody here" if address == TO else None
    asked = sales_emails.send_invoice(sending, who, one, {"cc": ["copie@client.example"]})
    run(sending)
    assert server.received == [], "to all of its addresses, or to none"
    found = shown(sending, who, asked["id"])
    assert (found["status"], found["next_attempt_at"]) == ("refused", None)
    assert found["last_answer"]["words"] == f"{TO}: 5.1.1 nobody here"
    assert sales_invoices.get_invoice(sending, who, one)["status"] == "draft"
    (told,) = rows(sending, t.event, type="invoice.not_sent")
    assert (told.data["reason"], told.made_by) == ("refused", None)
    assert emails.not_sent(sending, who, [one]) == {one}

    server.at_rcpt = lambda _: None
    assert emails.retry(sending, who, asked["id"])["status"] == "queued"
    run(sending)
    assert server.received[0].message["Message-ID"] == asked["message_id"]
    assert emails.not_sent(sending, who, [one]) == set()
    with pytest.raises(Conflict):
        emails.retry(sending, who, asked["id"])


def test_a_server_that_is_away_is_tried_for_a_day_and_then_given_up(
    sending: House, server: MailServer, clock: Clock
) -> None:
    who = seller(sending)
    away = replace(sending, settings=replace(sending.settings, smtp_port=1))
    asked = sales_emails.send_invoice(away, who, issued(away, who), {})
    for _ in range(20):
        run(away)
        clock.go(timedelta(hours=11))
    found = shown(away, who, asked["id"])
    assert (found["status"], len(found["attempts"])) == ("given_up", 8)
    assert {a["error"] for a in found["attempts"]} == {"no_connection"}


def test_nothing_leaves_unencrypted_or_to_a_server_nobody_vouches_for(
    house: House, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.egress import trust

    certificate = certificate_for("localhost", tmp_path / "mail.pem")
    with MailServer(certificate, PASSWORD) as server, MailServer() as plain:
        sending = replace(server.house(house), now=clock)
        who = seller(sending)
        asked = sales_emails.send_invoice(sending, who, issued(sending, who), {})
        run(sending)
        assert shown(sending, who, asked["id"])["last_answer"]["error"] == "tls"
        bare = replace(plain.house(house, smtp_tls="starttls"), now=clock)
        clock.go(timedelta(hours=1))
        run(bare)
        assert shown(bare, who, asked["id"])["last_answer"]["error"] == "tls"
        assert plain.received == server.received == []

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trust.cache_clear()
        wrong = replace(sending, settings=replace(sending.settings, smtp_password="faux-mot"))
        clock.go(timedelta(hours=1))
        run(wrong)
        last = shown(wrong, who, asked["id"])["last_answer"]
        assert (last["error"], last["code"]) == ("login", 535), "which is no fault of the message"
        clock.go(timedelta(hours=3))
        run(sending)
        (got,) = server.received
        assert got.encrypted
    trust.cache_clear()


def test_no_password_and_no_link_is_in_logs_answers_or_rows(
    sending: House, server: MailServer, capfd: pytest.CaptureFixture[str]
) -> None:
    who = seller(sending)
    house = replace(
        sending,
        settings=replace(sending.settings, smtp_password=PASSWORD, smtp_tls="none"),
    )
    made = invitations.invite(house, who, email="lea@dupont.example")
    assert (made["url"], made["email_id"] is None) == (None, False)
    server.at_data = lambda: f"554 {PASSWORD} is no good"
    work.due(house)
    work.send(house, made["email_id"])
    found = shown(house, who, made["email_id"])
    assert found["status"] == "refused"
    assert "{link}" in found["text"]
    server.at_data = lambda: None
    emails.retry(house, who, made["email_id"])
    run(house)
    (got,) = server.received
    link = next(x for x in got.text.split() if x.startswith("https://bannette.example/invitation/"))
    token = link.rpartition("/")[2]
    assert invitations.look(house, token)["email"] == "lea@dupont.example"
    seen = [json.dumps(shown(house, who, made["email_id"])), repr(house.settings)]
    seen.append("".join(capfd.readouterr()))
    with house.store.reading() as connection:
        for table in (t.email, t.email_attempt, t.event, t.outbox, t.invitation):
            seen += [str(tuple(row)) for row in connection.execute(select(table))]
    assert not [text for text in seen if token in text or PASSWORD in text]


# --- who dies, who presses twice -----------------------------------------------------------------


def test_a_sender_that_dies_leaves_it_to_another_and_a_sent_one_is_never_sent_again(
    sending: House, server: MailServer, clock: Clock
) -> None:
    who = seller(sending)
    asked = sales_emails.send_invoice(sending, who, issued(sending, who), {})
    (email_id,) = work.due(sending)
    lease = timedelta(minutes=5)
    with sending.store.transaction() as connection:
        claimed = work.emails.claim(connection, clock(), email_id, lease=lease)
    assert claimed is not None
    work.send(sending, email_id)
    assert server.received == [], "it is somebody else's"
    clock.go(timedelta(minutes=6))
    assert run(sending) == 1
    assert len(server.received) == 1
    found = shown(sending, who, asked["id"])
    assert [a["error"] for a in found["attempts"]] == ["interrupted", None]
    for _ in range(2):
        work.send(sending, email_id)
    assert len(server.received) == 1
    assert [x.type for x in rows(sending, t.event, type="invoice.sent")] == ["invoice.sent"]


def test_many_workers_and_many_presses_send_it_once(any_house: House, server: MailServer) -> None:
    house = server.house(any_house)
    who = seller(house)
    one = issued(house, who)

    def press(_: int) -> str:
        try:
            return str(sales_emails.send_invoice(house, who, one, {})["status"])
        except Conflict as refused:
            return refused.code

    assert sorted(at_once(4, press)) == [*["email_under_way"] * 3, "queued"]
    (email_id,) = work.due(house)
    at_once(4, lambda _: work.send(house, email_id))
    assert len(server.received) == 1
    assert len(rows(house, t.event, type="invoice.sent")) == 1


def test_what_has_not_left_is_cancelled_and_what_was_paid_stays_paid(
    sending: House, server: MailServer
) -> None:
    who = seller(sending)
    one = issued(sending, who)
    asked = sales_emails.send_invoice(sending, who, one, {})
    work.due(sending)
    assert emails.cancel(sending, who, asked["id"])["status"] == "cancelled"
    work.send(sending, asked["id"])
    assert server.received == []
    sales_invoices.mark(sending, who, one, "paid")
    sales_emails.send_invoice(sending, who, one, {})
    run(sending)
    assert len(server.received) == 1
    assert sales_invoices.get_invoice(sending, who, one)["status"] == "paid"
    assert sales_invoices.mark(sending, who, one, "unpaid")["status"] == "sent"


def test_invitations_leave_by_the_same_way_and_a_dead_link_does_not(
    sending: House, server: MailServer
) -> None:
    who = seller(sending)
    first = invitations.invite(sending, who, email="lea@dupont.example", language="en")
    again = invitations.renew(sending, who, first["id"])
    assert emails.get_email(sending, who, first["email_id"])["status"] == "cancelled"
    shown_once = invitations.invite(sending, who, email="ines@dupont.example", by_email=False)
    assert (shown_once["email_id"], "/invitation/" in shown_once["url"]) == (None, True)
    with sending.store.transaction() as connection:  # between the claim and the message
        connection.execute(update(t.invitation).values(revoked_at=sending.now()))
    run(sending)
    assert server.received == []
    found = shown(sending, who, again["email_id"])
    assert (found["status"], found["last_answer"]["error"]) == ("given_up", "void")


def test_of_many_those_without_an_address_are_named_and_the_rest_leaves(
    sending: House, server: MailServer
) -> None:
    who = seller(sending)
    one = issued(sending, who)
    nobody = customer(sending, who, 1)
    other = draft(sending, who, nobody)
    finalising.finalise(sending, who, other)
    draw(sending, who, other)
    answer = sales_emails.send_many(
        sending, who, [{"invoice_id": one}, {"invoice_id": other}, {"invoice_id": one}]
    )
    assert [x["invoice_id"] for x in answer["queued"]] == [one]
    assert [(x["invoice_id"], x["code"]) for x in answer["refused"]] == [
        (other, "email_address_missing")
    ]
    said = {"invoice_id": other, "to": ["neu@client.example"], "remember": True}
    assert sales_emails.send_many(sending, who, [said])["refused"] == []
    assert customers.get_customer(sending, who, nobody)["email"] == "neu@client.example"
    run(sending)
    assert sorted(got.addresses[0] for got in server.received) == [TO, "neu@client.example"]


def test_no_header_is_smuggled_in_by_what_people_write(sending: House, server: MailServer) -> None:
    who = seller(sending)
    evil = "Bonjour\r\nBcc: x@evil.example\r\n\r\nfaux"
    said = {"sender_name": evil}
    email_settings.change_settings(sending, who, company_of(sending, who), said)
    one = issued(sending, who)
    asked = sales_emails.send_invoice(
        sending, who, one, {"subject": evil, "text": f".\r\n{evil}\x00"}
    )
    run(sending)
    (got,) = server.received
    assert got.addresses == (TO,)
    assert set(got.message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert got.message["Subject"] == "Bonjour Bcc: x@evil.example faux"
    assert got.text == ".\nBonjour\nBcc: x@evil.example\n\nfaux\n"
    assert shown(sending, who, asked["id"])["status"] == "sent"


def test_without_a_mail_server_it_is_said_and_nothing_is_lost(house: House) -> None:
    who = seller(house)
    one = issued(house, who)
    with pytest.raises(Conflict) as refused:
        sales_emails.send_invoice(house, who, one, {})
    assert refused.value.code == "smtp_missing"
    assert not sales_emails.preview(house, who, one)["set_up"]
    with MailServer() as server:
        asked = sales_emails.send_invoice(server.house(house), who, one, {})
        assert work.due(house) == []
        assert shown(house, who, asked["id"])["status"] == "queued"
        run(server.house(house))
        assert len(server.received) == 1


def test_tenants_and_companies_see_their_own_alone(sending: House) -> None:
    who, other = seller(sending), seller(sending)
    one = issued(sending, who)
    asked = sales_emails.send_invoice(sending, who, one, {})
    for act in (emails.get_email, emails.retry, emails.cancel):
        with pytest.raises(NotFound):
            act(sending, other, asked["id"])
    with pytest.raises(NotFound):
        sales_emails.send_invoice(sending, other, one, {})
    assert emails.list_emails(sending, other)["items"] == []
    elsewhere = replace(who, companies=frozenset({"cmp_other"}))
    assert emails.list_emails(sending, elsewhere)["items"] == []
    invited = invitations.invite(sending, who, email="lea@dupont.example")
    books = replace(who, scopes=frozenset(s for s in who.scopes if s != "admin"))
    assert [x["id"] for x in emails.list_emails(sending, books)["items"]] == [asked["id"]]
    with pytest.raises(NotFound):
        emails.get_email(sending, books, invited["email_id"])
    assert who.id != MACHINE


def test_a_test_message_goes_the_same_way_and_the_server_is_asked_at_once(
    sending: House, server: MailServer
) -> None:
    who = seller(sending)
    assert emails.try_server(sending, who)["answered"]
    made = emails.send_test(sending, who, "moi@dupont.example")
    run(sending)
    (got,) = server.received
    assert got.message["Auto-Submitted"] == "auto-generated"
    assert shown(sending, who, made["id"])["status"] == "sent"
    assert "password" not in json.dumps(emails.settings_seen(sending, who))


def test_a_wrong_sender_or_a_printed_address_that_is_none_breaks_nothing(
    sending: House, server: MailServer, clock: Clock
) -> None:
    who = seller(sending)
    said = {"email": "compta@dupont.example ou 01 23 45 67 89"}
    sales_settings.change_settings(sending, who, company_of(sending, who), said)
    wrong = replace(sending, settings=replace(sending.settings, smtp_sender="a@@b"))
    asked = sales_emails.send_invoice(wrong, who, issued(wrong, who), {})
    run(wrong)
    assert shown(wrong, who, asked["id"])["last_answer"]["error"] == "content"
    clock.go(timedelta(minutes=2))
    run(sending)
    assert "Reply-To" not in server.received[0].message


def test_it_leaves_through_relay_broker_and_worker(house: House, server: MailServer) -> None:
    house = server.house(house)
    who = seller(house)
    one = issued(house, who)
    with working(house):
        sales_emails.send_invoice(house, who, one, {})
        until(lambda: sales_invoices.get_invoice(house, who, one)["status"] == "sent")
    assert [got.addresses for got in server.received] == [(TO,)]


def test_doctor_says_what_the_mail_server_says(house: House, server: MailServer) -> None:
    well = doctor.mail(server.house(house).settings)
    assert (well.failed, well.says) == (False, f"localhost:{server.port} lets us in")
    no_tls = doctor.mail(server.house(house, smtp_tls="starttls", smtp_password=PASSWORD).settings)
    assert no_tls.failed
    assert "no encryption" in no_tls.says
    assert PASSWORD not in repr(no_tls)
    assert doctor.mail(server.house(house, smtp_sender="nobody").settings).failed
    assert server.received == []


def test_the_api_asks_once_and_shows_what_became_of_it(sending: House, server: MailServer) -> None:
    who = seller(sending)
    one = issued(sending, who)
    key = api_keys.add_key(sending, who, name="mail", scopes=list(Scope))["key"]
    with TestClient(app_over(sending), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.get(f"/api/v1/invoices/{one}/email").json()["to"] == [TO]
        made = [
            client.post(
                f"/api/v1/invoices/{one}/emails",
                json={"cc": ["copie@client.example"]},
                headers={"Idempotency-Key": "once"},
            ).json()
            for _ in range(2)
        ]
        assert made[0] == made[1]
        again = client.post("/api/v1/invoices/emails", json={"invoices": [{"invoice_id": one}]})
        assert [x["code"] for x in again.json()["refused"]] == ["email_under_way"]
        run(sending)
        shown = client.get(f"/api/v1/emails/{made[0]['id']}").json()
        assert (shown["status"], shown["attempts"][0]["code"]) == ("sent", 250)
        listed = client.get("/api/v1/emails", params={"invoice_id": one, "status": "sent"}).json()
        assert [x["id"] for x in listed["items"]] == [shown["id"]]
        late = client.post(f"/api/v1/emails/{shown['id']}/cancel")
        assert (late.status_code, late.json()["code"]) == (409, "email_left")
    assert len(server.received) == 1
