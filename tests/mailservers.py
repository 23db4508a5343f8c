"""Mail servers on this machine: real ones, so that what is tested is what leaves."""

from __future__ import annotations

import email
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from service.house import House
from tests.certificates import server_context
from workers import emails

SENDER = "factures@bannette.example"
PASSWORD = "un-mot-de-passe-secret"


@dataclass(frozen=True, slots=True)
class Received:
    sender: str
    addresses: tuple[str, ...]
    encrypted: bool
    content: bytes

    @property
    def message(self) -> EmailMessage:
        found = email.message_from_bytes(self.content, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class MailServer:
    """Keeps what it accepts. `at_rcpt` and `at_data` answer; None takes what there is."""

    certificate: Path | None = None
    password: str = ""
    """Asked for, under encryption, unless it is empty."""
    at_rcpt: Callable[[str], str | None] = lambda _: None
    at_data: Callable[[], str | None] = lambda: None
    received: list[Received] = field(default_factory=list)
    talks: int = 0

    def __enter__(self) -> Self:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        more: dict[str, Any] = {}
        if self.certificate is not None:
            more = {"tls_context": server_context(self.certificate)}
        if self.password:
            more |= {"auth_required": True, "authenticator": self._known}
            more |= {"auth_require_tls": self.certificate is not None}
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self.controller.start()
        self.talks = 0
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop()

    def _known(self, _server: Any, _session: Any, _envelope: Any, _how: str, said: Any) -> Any:
        right = (said.login, said.password) == (b"bannette", self.password.encode())
        return AuthResult(success=right, handled=False)

    async def handle_EHLO(  # noqa: N802 - as the library wants it
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.talks += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        refusal = self.at_rcpt(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: Any, session: Any, envelope: Any
    ) -> str:
        refusal = self.at_data()
        if refusal is None:
            self.received.append(
                Received(
                    envelope.mail_from,
                    tuple(envelope.rcpt_tos),
                    session.ssl is not None,
                    envelope.original_content,
                )
            )
        return refusal or "250 OK taken"

    def take(self, house: House, address: str) -> Received:
        """Do what relay and workers do until this server has something for `address`."""
        sending = self.house(house, public_url=house.settings.public_url)
        for email_id in emails.due(sending):
            emails.send(sending, email_id)
        return next(got for got in self.received if address in got.addresses)

    def house(self, house: House, **settings: Any) -> House:
        """A house whose e-mails go to this server."""
        known = {
            "smtp_host": "localhost",
            "smtp_port": self.port,
            "smtp_tls": "starttls" if self.certificate else "none",
            "smtp_user": "bannette" if self.password else "",
            "smtp_password": self.password,
            "smtp_sender": SENDER,
            "smtp_timeout_seconds": 2,
            "smtp_concurrency": 100,
            "public_url": "https://bannette.example",
        }
        return replace(house, settings=replace(house.settings, **(known | settings)))
