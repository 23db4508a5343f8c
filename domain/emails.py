"""E-mails that leave: who they go to, what they say, what follows from the server's answer.

Everything here is pure: no clock, no network, no chance. The rows are `storage.emails`, the
conversation with the mail server `service.mailing`; sending is the workers' part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.errors import Invalid
from domain.journal import plain_text
from domain.webhooks import next_attempt_at

SUBJECT_MOST = 200
TEXT_MOST = 10_000
ADDRESSES_MOST = 10
"""To and copies together: an invoice is no newsletter."""
DELAYS = (
    timedelta(0),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long to wait before each attempt, counted from the end of the one before."""
LANGUAGES = ("fr", "en", "de")
PLACEHOLDERS = ("document", "number", "date", "due_date", "total", "company", "customer")
LINK = "{link}"
"""Stands in the text of an invitation where its link will be: the link itself is kept apart."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


class EmailKind(StrEnum):
    INVOICE = "invoice"
    INVITATION = "invitation"
    TEST = "test"


class EmailStatus(StrEnum):
    WAITING = "waiting"  # until next_action_at
    QUEUED = "queued"  # a message was promised
    SENDING = "sending"  # an attempt is under way
    SENT = "sent"  # the server accepted it
    REFUSED = "refused"  # the server refused it for good
    GIVEN_UP = "given_up"  # every attempt of the schedule was used, or it cannot be sent any more
    CANCELLED = "cancelled"


UNDER_WAY = (EmailStatus.WAITING, EmailStatus.QUEUED, EmailStatus.SENDING)
FAILED = (EmailStatus.REFUSED, EmailStatus.GIVEN_UP)

SEND_ERRORS: dict[str, str] = {
    "no_connection": "No connection to the mail server could be made.",
    "timeout": "The mail server did not answer in time.",
    "tls": "The mail server offers no encryption, or its certificate was not accepted.",
    "login": "The mail server refused the user name or the password.",
    "bad_answer": "The mail server broke off, or answered what it should not.",
    "sender": "The mail server refused the address of the sender.",
    "recipient": "The mail server refused an address.",
    "content": "The mail server refused the message.",
    "interrupted": "The attempt was interrupted; whether the message left is not known.",
    "paper_missing": "The PDF of the invoice was not drawn within a day.",
    "paper_changed": "The PDF is not the one that was drawn when the invoice was finalised.",
    "void": "What it invites to is over: the invitation was revoked, used or renewed.",
    "secret_unreadable": "The link cannot be decrypted with the present secret key.",
}
"""What an attempt that was not accepted says."""
_OF_THE_MESSAGE = ("sender", "recipient", "content")
"""Answers to these are about this message; about the rest, about how we are set up."""
_FOR_GOOD = ("paper_missing", "paper_changed", "void", "secret_unreadable")


def checked_address(text: str, name: str = "to") -> str:
    """One address; Invalid unless every mail server takes it. No header can be smuggled in."""
    address = text.strip()
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Invalid(
            "This is no e-mail address.",
            code="email_address",
            advice="Write it as name@example.com, without accents.",
            fields=[name],
            address=plain_text(text, 100),
        )
    return address


def checked_addresses(said: Iterable[str] | str, name: str = "to") -> tuple[str, ...]:
    """Addresses, each once; people part them by commas, semicolons or spaces."""
    parts = re.split(r"[,;\s]+", said) if isinstance(said, str) else said
    return tuple(dict.fromkeys(checked_address(part, name) for part in parts if part.strip()))


def checked_text(text: str) -> str:
    """The body of a message: lines of text without control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    clean = (
        "".join(c if c.isprintable() or c in "\u00a0\u202f" else " " for c in line)
        for line in lines
    )
    return "\n".join(line.rstrip() for line in clean).strip()[:TEXT_MOST]


# --- what an attempt brought back ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """What one attempt brought back: the server's code and words, and a key of `SEND_ERRORS`
    unless it accepted the message.
    """

    took_ms: int
    code: int | None = None
    words: str = ""
    error: str | None = None

    def __post_init__(self) -> None:
        assert self.error is None or self.error in SEND_ERRORS, self.error

    @property
    def accepted(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True)
class Decision:
    status: EmailStatus
    next_action_at: datetime | None = None


def decide(reply: Reply, *, attempts: int, now: datetime, jitter: float) -> Decision:
    """What to do after attempt number `attempts` ended at `now`. `jitter` is within 0 … 1.

    A 5xx about the message is final. One about our login is not: it may be put right, and the
    messages that wait are as good as before.
    """
    if reply.accepted:
        return Decision(EmailStatus.SENT)
    if reply.error in _FOR_GOOD:
        return Decision(EmailStatus.GIVEN_UP)
    if reply.error in _OF_THE_MESSAGE and reply.code is not None and reply.code >= 500:
        return Decision(EmailStatus.REFUSED)
    due = next_attempt_at(attempts, now, jitter, DELAYS)
    return Decision(EmailStatus.GIVEN_UP) if due is None else Decision(EmailStatus.WAITING, due)


# --- what is written -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Texts:
    """A subject and a body with placeholders."""

    subject: str
    text: str


INVOICE_TEXTS: Mapping[str, Texts] = {
    "fr": Texts(
        "{document} {number} – {company}",
        "Bonjour,\n\nVous trouverez ci-joint notre document : {document} {number} du {date}.\n\n"
        "Montant : {total}\nÀ régler pour le : {due_date}\n\nCordialement,\n{company}",
    ),
    "en": Texts(
        "{document} {number} – {company}",
        "Hello,\n\nPlease find attached our document: {document} {number} of {date}.\n\n"
        "Amount: {total}\nDue on: {due_date}\n\nBest regards,\n{company}",
    ),
    "de": Texts(
        "{document} {number} – {company}",
        "Guten Tag\n\nIm Anhang finden Sie: {document} {number} vom {date}.\n\n"
        "Betrag: {total}\nZahlbar bis: {due_date}\n\nFreundliche Grüsse\n{company}",
    ),
}
"""Language → what is sent with an invoice when the company wrote nothing of its own."""

INVITATION_TEXTS: Mapping[str, Texts] = {
    "fr": Texts(
        "Invitation à rejoindre {organisation} sur Bannette",
        "Bonjour,\n\n{inviter} vous invite à rejoindre {organisation} sur Bannette.\n"
        "Ce lien sert une seule fois, pendant 7 jours :\n\n{link}\n\n"
        "Si cette invitation ne vous dit rien, ignorez ce message.",
    ),
    "en": Texts(
        "Invitation to {organisation} on Bannette",
        "Hello,\n\n{inviter} invites you to join {organisation} on Bannette.\n"
        "This link works once, for 7 days:\n\n{link}\n\n"
        "If this invitation means nothing to you, ignore this message.",
    ),
}
TEST_TEXTS: Mapping[str, Texts] = {
    "fr": Texts(
        "Essai d'envoi de Bannette",
        "Bonjour,\n\nCe message a été demandé par {inviter} pour essayer l'envoi d'e-mails. "
        "S'il est arrivé, tout est en ordre.",
    ),
    "en": Texts(
        "A test message of Bannette",
        "Hello,\n\n{inviter} asked for this message to try whether e-mail leaves. "
        "If it arrived, all is well.",
    ),
}


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its values. A line that speaks of something there is not is left out.

    What is not a placeholder we know stays as it is written, and nothing in a value is read as one.
    """
    lines = []
    for line in template.split("\n"):
        named = [name for name in _PLACEHOLDER.findall(line) if name in values]
        if any(not values[name] for name in named):
            continue
        lines.append(_PLACEHOLDER.sub(lambda m: values.get(m[1], m[0]), line))
    return "\n".join(lines)


def subject_of(text: str) -> str:
    """A subject on one line: what follows a line break would be a header of its own."""
    return plain_text(text, SUBJECT_MOST)


# --- how a company writes ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """How a company's e-mails look; empty is what everybody has."""

    sender_name: str = ""
    reply_to: str = ""
    copy_to: str = ""
    """An address of the company's own that gets each of them as well."""
    texts: Mapping[str, Texts] = field(default_factory=dict)
    """Language → what the company writes itself."""

    def texts_for(self, language: str) -> Texts:
        """In the customer's language; English where we have nothing in it."""
        usual = INVOICE_TEXTS.get(language, INVOICE_TEXTS["en"])
        own = self.texts.get(language)
        if own is None:
            return usual
        return Texts(own.subject or usual.subject, own.text or usual.text)


def email_settings_of(kept: Mapping[str, Any] | None) -> EmailSettings:
    kept = kept or {}
    return EmailSettings(
        sender_name=str(kept.get("sender_name") or ""),
        reply_to=str(kept.get("reply_to") or ""),
        copy_to=str(kept.get("copy_to") or ""),
        texts={
            language: Texts(str(said.get("subject") or ""), str(said.get("text") or ""))
            for language, said in (kept.get("texts") or {}).items()
            if language in LANGUAGES
        },
    )


def email_settings_json(settings: EmailSettings) -> dict[str, Any]:
    return {
        "sender_name": settings.sender_name,
        "reply_to": settings.reply_to,
        "copy_to": settings.copy_to,
        "texts": {
            language: asdict(settings.texts.get(language, Texts("", ""))) for language in LANGUAGES
        },
    }


def changed_settings(settings: EmailSettings, values: Mapping[str, Any]) -> EmailSettings:
    """The settings with `values` in place; Invalid names the one that cannot be."""
    given = {k: v for k, v in values.items() if v is not None}
    addresses = {
        name: checked_address(str(given[name]), name) if str(given[name]).strip() else ""
        for name in ("reply_to", "copy_to")
        if name in given
    }
    texts = dict(settings.texts)
    for language, said in (given.get("texts") or {}).items():
        if language not in LANGUAGES:
            raise Invalid(
                f"Languages are {', '.join(LANGUAGES)}.", code="email_language", fields=["texts"]
            )
        before = texts.get(language, Texts("", ""))
        subject, text = said.get("subject"), said.get("text")
        made = Texts(
            before.subject if subject is None else subject_of(str(subject)),
            before.text if text is None else checked_text(str(text)),
        )
        _must_be_known((made.subject, made.text), language)
        texts[language] = made
    return EmailSettings(
        sender_name=plain_text(str(given.get("sender_name", settings.sender_name)), 100),
        reply_to=addresses.get("reply_to", settings.reply_to),
        copy_to=addresses.get("copy_to", settings.copy_to),
        texts={language: one for language, one in texts.items() if one != Texts("", "")},
    )


def _must_be_known(said: Sequence[str], language: str) -> None:
    for text in said:
        for name in _PLACEHOLDER.findall(text):
            if name not in PLACEHOLDERS:
                raise Invalid(
                    "A placeholder is unknown.",
                    code="email_placeholder",
                    advice="Use " + ", ".join(f"{{{one}}}" for one in PLACEHOLDERS) + ".",
                    fields=[f"texts.{language}"],
                    placeholder=plain_text(name, 40),
                )
