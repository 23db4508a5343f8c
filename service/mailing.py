"""The conversation with the mail server, by the standard library's smtplib and email.

A message goes to all of its addresses or to none: the server is asked about each before the text is
sent, so that nobody gets an invoice twice because another address was wrong. Encryption is what the
settings say; there is no falling back to none. What is decided on an answer is `domain.emails`.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import urlsplit

from domain.emails import Reply
from domain.webhooks import kept_text
from service.egress import trust
from service.settings import Settings

STARTTLS, TLS, PLAIN = "starttls", "tls", "none"
_LOGIN_CODES = (530, 534, 535, 538)
_MORE_WORDS = "…"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes
    kind: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message with everything that is in it."""

    message_id: str
    sender_name: str
    reply_to: str
    to: Sequence[str]
    cc: Sequence[str]
    subject: str
    text: str
    attachments: Sequence[Attachment] = ()
    by_itself: bool = False
    """Whether the machine wrote it: answering machines should not answer."""


class _Failed(Exception):  # noqa: N818 - the answer of a server, not a fault of ours
    def __init__(self, error: str, code: int | None = None, words: bytes | str = b"") -> None:
        self.error, self.code = error, code
        self.words = words if isinstance(words, bytes) else words.encode("utf-8", "replace")
        super().__init__(error)


def message_of(settings: Settings, mail: Outgoing, now: datetime) -> EmailMessage:
    """The message as it is sent. ValueError where a header would hold a line break."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(mail.sender_name, addr_spec=settings.smtp_sender)
    message["To"] = [Address(addr_spec=one) for one in mail.to]
    if mail.cc:
        message["Cc"] = [Address(addr_spec=one) for one in mail.cc]
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = now
    message["Message-ID"] = mail.message_id
    if mail.by_itself:
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text + "\n", cte="quoted-printable")
    for attached in mail.attachments:
        main, _, sub = attached.kind.partition("/")
        message.add_attachment(attached.content, maintype=main, subtype=sub, filename=attached.name)
    return message


def send(settings: Settings, mail: Outgoing, now: datetime, *, hidden: str = "") -> Reply:
    """One attempt, whatever comes of it. The password and `hidden` are kept out of what we note."""
    began = time.monotonic()
    try:
        content = message_of(settings, mail, now).as_bytes()
    except (ValueError, MessageError):  # an address that is none, a header that would be two
        return Reply(_since(began), error="content")
    accepted, words = False, b""
    code: int | None = None
    error: str | None = None
    try:
        with _connection(settings) as server:
            code, words = _hand_over(server, [*mail.to, *mail.cc], settings.smtp_sender, content)
            accepted = True
    except _Failed as failed:
        code, words, error = failed.code, failed.words, failed.error
    except Exception as raised:  # noqa: BLE001 - whatever it is, it was not accepted
        if not accepted:  # how we part afterwards changes nothing
            error, code, words = _told(raised)
    return Reply(_since(began), code, _noted(settings, words, hidden), error)


def look(settings: Settings) -> Reply:
    """Whether the server greets us and lets us in; no message is sent."""
    began = time.monotonic()
    try:
        with _connection(settings) as server:
            greeted = server.noop()
            return Reply(_since(began), greeted[0], _noted(settings, greeted[1]))
    except Exception as raised:  # noqa: BLE001 - that is the answer
        error, code, words = _told(raised)
        return Reply(_since(began), code, _noted(settings, words), error)


def _hand_over(
    server: smtplib.SMTP, addresses: Sequence[str], sender: str, content: bytes
) -> tuple[int, bytes]:
    for error, (code, words) in _envelope(server, sender, addresses):
        if code // 100 != 2:
            raise _Failed("login" if code in _LOGIN_CODES else error, code, words)
    try:
        code, words = server.data(content)
    except smtplib.SMTPDataError as refused:  # before it saw any of it
        raise _Failed("content", refused.smtp_code, _bytes(refused.smtp_error)) from None
    if code // 100 != 2:
        raise _Failed("content", code, words)
    return code, words


def _envelope(
    server: smtplib.SMTP, sender: str, addresses: Sequence[str]
) -> Iterator[tuple[str, tuple[int, bytes]]]:
    yield "sender", server.mail(sender)
    for address in addresses:
        code, words = server.rcpt(address)
        yield "recipient", (code, address.encode() + b": " + words)


@contextmanager
def _connection(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A server that greeted us, encrypted and signed in as the settings say."""
    ours = urlsplit(settings.public_url).hostname or "localhost"
    if ours.replace(".", "").isdecimal():
        ours = f"[{ours}]"  # as RFC 5321 writes addresses
    timeout, context = float(settings.smtp_timeout_seconds), trust()
    server: smtplib.SMTP
    if settings.smtp_tls not in (STARTTLS, TLS, PLAIN):
        raise _Failed("tls", words="BANNETTE_SMTP_TLS is starttls, tls or none.")
    if settings.smtp_tls == TLS:
        server = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, ours, timeout=timeout, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, ours, timeout=timeout)
    with server:
        server.ehlo_or_helo_if_needed()
        if settings.smtp_tls == STARTTLS:
            if not server.has_extn("starttls"):
                raise _Failed("tls", words="STARTTLS is not offered.")
            code, words = server.starttls(context=context)
            if code != 220:
                raise _Failed("tls", code, words)
            server.ehlo_or_helo_if_needed()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        yield server


def _told(raised: Exception) -> tuple[str, int | None, bytes]:
    """What went wrong: a key of `SEND_ERRORS`, the server's code and words where it said any."""
    if isinstance(raised, _Failed):
        return raised.error, raised.code, raised.words
    if isinstance(raised, TimeoutError) or isinstance(raised.__context__, TimeoutError):
        return "timeout", None, b""
    if isinstance(raised, smtplib.SMTPAuthenticationError):
        return "login", raised.smtp_code, _bytes(raised.smtp_error)
    if isinstance(raised, smtplib.SMTPResponseException):
        return "bad_answer", raised.smtp_code, _bytes(raised.smtp_error)
    if isinstance(raised, (smtplib.SMTPNotSupportedError, UnicodeError)):
        return "login", None, str(raised).encode()  # no such way to sign in, or no ASCII
    if isinstance(raised, ssl.SSLError):
        reason = getattr(raised, "verify_message", "") or raised.reason or ""
        return "tls", None, str(reason).encode()
    if isinstance(raised, smtplib.SMTPException):
        return "bad_answer", None, str(raised).encode()
    if isinstance(raised, OSError):
        return "no_connection", None, b""
    raise raised


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode("utf-8", "replace")


def _noted(settings: Settings, words: bytes, hidden: str = "") -> str:
    """The server's words as we keep them: some repeat what they were told."""
    text = kept_text(words)
    for secret in (settings.smtp_password, hidden):
        if secret:
            text = text.replace(secret, _MORE_WORDS)
    return text


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
