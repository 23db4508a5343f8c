"""E-mails before they leave: addresses, texts with their values, what an answer leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.emails import (
    DELAYS,
    INVITATION_TEXTS,
    INVOICE_TEXTS,
    PLACEHOLDERS,
    EmailSettings,
    EmailStatus,
    Reply,
    changed_settings,
    checked_addresses,
    checked_text,
    decide,
    filled,
    subject_of,
)
from domain.errors import Invalid

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: x@evil.example",
        "a@b.example\nRCPT TO:<x@evil.example>",
        "a@b",
        "é@b.example",
        "a@bé.example",
        "<a@b.example>",
        "a@b.example\0",
        "a.@b.example",
        "a@-b.example",
        '"a b"@c.example',
        "x" * 250 + "@b.example",
    ],
)
def test_what_no_mail_server_takes_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        checked_addresses([address])


def test_people_part_addresses_as_they_like_and_each_counts_once() -> None:
    assert checked_addresses(" a@b.example;c+d@e-f.example, a@b.example\n") == (
        "a@b.example",
        "c+d@e-f.example",
    )
    assert checked_addresses("  ") == ()


def test_a_line_about_what_there_is_not_is_left_out_and_values_are_not_read_again() -> None:
    template = "{number} {date}\nDue: {due_date}\n{unknown} {customer}"
    values = {"number": "F-1", "date": "d", "due_date": "", "customer": "{number}"}

    assert filled(template, values) == "F-1 d\n{unknown} {number}"


def test_every_text_of_ours_uses_only_what_is_filled_in() -> None:
    values = dict.fromkeys(PLACEHOLDERS, "x")
    for texts in INVOICE_TEXTS.values():
        assert "{" not in filled(texts.subject + texts.text, values)
    invited = {"organisation": "x", "inviter": "x", "link": "x"}
    for texts in INVITATION_TEXTS.values():
        assert "{link}" in texts.text
        assert "{" not in filled(texts.subject + texts.text, invited)


def test_a_subject_is_one_line_and_a_text_has_no_control_characters() -> None:
    assert subject_of("a\r\nBcc: b\u202e\x00") == "a Bcc: b"
    assert checked_text(" a\r\nb\x1b[31m\x00\u202e\r c \n\n") == "a\nb [31m\n c"


def test_a_company_changes_what_it_says_and_nothing_else() -> None:
    first = changed_settings(EmailSettings(), {"sender_name": "A\nB", "reply_to": "a@b.example"})
    second = changed_settings(first, {"texts": {"de": {"subject": "Rechnung {number}"}}})

    assert (second.sender_name, second.reply_to) == ("A B", "a@b.example")
    assert second.texts_for("de").subject == "Rechnung {number}"
    assert second.texts_for("de").text == INVOICE_TEXTS["de"].text
    assert second.texts_for("it") == INVOICE_TEXTS["en"]
    assert changed_settings(second, {"texts": {"de": {"subject": ""}}}).texts == {}
    with pytest.raises(Invalid):
        changed_settings(first, {"reply_to": "nobody"})


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(1, 250, "ok"), EmailStatus.SENT),
        (Reply(1, 550, "no", "recipient"), EmailStatus.REFUSED),
        (Reply(1, 554, "no", "content"), EmailStatus.REFUSED),
        (Reply(1, 451, "later", "recipient"), EmailStatus.WAITING),
        (Reply(1, 535, "who?", "login"), EmailStatus.WAITING),
        (Reply(1, 554, "busy", "bad_answer"), EmailStatus.WAITING),
        (Reply(1, None, "", "no_connection"), EmailStatus.WAITING),
        (Reply(0, None, "", "paper_changed"), EmailStatus.GIVEN_UP),
        (Reply(0, None, "", "void"), EmailStatus.GIVEN_UP),
    ],
)
def test_an_answer_leads_to_its_state(reply: Reply, status: EmailStatus) -> None:
    assert decide(reply, attempts=1, now=NOW, jitter=0).status is status


def test_attempts_are_further_and_further_apart_and_come_to_an_end() -> None:
    away = Reply(1, error="timeout")
    waits = [
        decide(away, attempts=n, now=NOW, jitter=0).next_action_at for n in range(1, len(DELAYS))
    ]

    assert waits == [NOW + delay for delay in DELAYS[1:]]
    late = decide(away, attempts=1, now=NOW, jitter=1).next_action_at
    assert late == NOW + timedelta(seconds=66)
    assert decide(away, attempts=len(DELAYS), now=NOW, jitter=0).status is EmailStatus.GIVEN_UP
