"""A real mail server that keeps what it is sent, and what tests read out of its letters."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from tests.makers import until

MAIL_FROM = "Netzwerk-Wand <wand@beispiel.invalid>"


@dataclass  # without slots: aiosmtpd asks for all its members, which before Python 3.11.4 fails on them
class Mailbox:
    """Everything that was handed over, in order. `answers` are given before the next letters are taken."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """What a server needs to send its mail here."""
        return {"smtp_url": f"smtp://127.0.0.1:{self.port}", "mail_from": MAIL_FROM}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    async def letter(self, to: str, number: int = 0) -> EmailMessage:
        """The letter to an address, once it has come; `number` counts from the oldest, -1 is the newest."""

        def found() -> list[EmailMessage]:
            return [letter for letter in self.letters if letter["To"] == to]

        await until(lambda: len(found()) > max(number, 0), f"letter {number} to {to}")
        return found()[number]

    async def link(self, to: str, number: int = 0) -> str:
        """Path and query of the first link in a letter."""
        return link_in(await self.letter(to, number))


def link_in(letter: EmailMessage) -> str:
    """Path and query of the first link in a letter."""
    found = re.search(r"https?://\S+", letter.get_content())
    assert found is not None, letter.get_content()
    parts = urlsplit(found[0])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@contextlib.asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None, port: int = 0
) -> AsyncIterator[Mailbox]:
    """A mail server in this loop; with `tls` it offers STARTTLS, with `login` it asks for user and password."""
    box = Mailbox()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == login)

    def answer() -> SMTP:
        loop, required = asyncio.get_running_loop(), login is not None
        return SMTP(
            box,
            hostname="mail.beispiel.invalid",
            tls_context=tls,
            loop=loop,
            auth_required=required,
            authenticator=check,
            timeout=10,
        )

    server = await asyncio.get_running_loop().create_server(answer, "127.0.0.1", port)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
