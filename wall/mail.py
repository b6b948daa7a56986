"""The mail room: letters made of words, an outbox that tries again, and what happens where no mail server is set.

await mail.send(to, "invitation", language, link=…)   # waits a moment; tells whoever pressed the button
mail.post(to, "sign_in", language, link=…)            # waits for nothing; what cannot be sent is logged
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, formataddr, localtime, make_msgid, parseaddr
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from wall.errors import NoMail, Unavailable, Undeliverable
from wall.logs import Shown
from wall.settings import Settings
from wall.text import address_of, clean
from wall.words import words

TIMEOUT = 10.0  # seconds for each answer of the mail server
PATIENCE = 4.0  # seconds that `send` waits to see whether it works
AGAIN = (5.0, 30.0, 120.0, 600.0, 1800.0)  # seconds until the next try
MOST = 2000  # letters the outbox holds
NEAR = ("localhost", "127.0.0.1", "::1")
LEAVE = 3.0  # seconds an ending process gives what still waits
log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Letter:
    """A message on its way; `told` becomes True when it is handed over, False when it has to wait."""

    to: str
    what: str
    message: EmailMessage
    tries: int = 0
    told: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Mail:
    """Writes letters and hands them to the mail server of SMTP_URL, one connection for all that wait."""

    def __init__(self, settings: Settings) -> None:
        self._url: SplitResult | None = urlsplit(settings.smtp_url) if settings.smtp_url else None
        self._prints = not settings.smtp_url and settings.mode == "demo"
        self._from, self._origin = settings.mail_from, settings.base_url.rstrip("/")
        self._waiting: asyncio.Queue[Letter] = asyncio.Queue()
        self._later: dict[Letter, asyncio.TimerHandle] = {}
        self._under_way: Letter | None = None

    @property
    def ready(self) -> bool:
        """Whether letters can go out at all: pages offer what needs them only then."""
        return self._url is not None or self._prints

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Mail"]:
        """Deliver until the block ends; what waits then gets a last moment, and what is lost is logged."""
        worker = asyncio.create_task(self._deliver())
        try:
            yield self
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEAVE):
                    await self._waiting.join()
            while not worker.done():  # more than once: before Python 3.12 wait_for may swallow a cancellation
                worker.cancel()
                await asyncio.wait((worker,), timeout=0.5)
            if self._under_way is not None:
                _lost(self._under_way, "the server was stopped")
            for letter, timer in self._later.items():
                timer.cancel()
                self._waiting.put_nowait(letter)
            while not self._waiting.empty():
                _lost(self._waiting.get_nowait(), "the server was stopped")

    async def send(self, to: str, what: str, language: str, **params: Any) -> bool:
        """Write `mail.<what>` to somebody; True once the mail server has it, False while it is still being tried.

        Params fill the sentences; see `write` for those with a meaning of their own.

        Raises:
            NoMail: no mail server is set.
            Undeliverable: `to` is no address, or the mail server refuses it.
            Unavailable: too much waits already.
        """
        letter = self._put(to, what, language, params)
        if letter is None:
            return True
        await asyncio.wait((letter.told,), timeout=PATIENCE)
        return letter.told.result() if letter.told.done() else False

    def post(self, to: str, what: str, language: str, **params: Any) -> None:
        """As `send`, but nobody waits for the outcome: what cannot be sent is logged, without its content."""
        try:
            self._put(to, what, language, params)
        except (NoMail, Undeliverable, Unavailable) as error:
            log.error("mail.refused", what=what, why=str(error))
            return

    def _put(self, to: str, what: str, language: str, params: dict[str, Any]) -> Letter | None:
        if not self.ready:
            raise NoMail("SMTP_URL is not set")
        address = address_of(to)
        if not address:
            raise Undeliverable("this is no e-mail address")
        message = self.write(address, what, language, **params)
        if self._prints:
            links = [Shown(value) for value in params.values() if str(value).startswith(self._origin)]
            log.warning("mail.printed", to=address, what=what, link=Shown(" ".join(links)))
            return None
        if self._waiting.qsize() + len(self._later) >= MOST:
            raise Unavailable(f"{MOST} letters wait already")
        letter = Letter(address, what, message)
        letter.told.add_done_callback(lambda told: told.exception())  # logged where it was found, asked for or not
        self._waiting.put_nowait(letter)
        return letter

    def write(
        self,
        to: str,
        what: str,
        language: str,
        *,
        address: str = "sie",
        reply_to: str = "",
        unsubscribe: str = "",
        **params: Any,
    ) -> EmailMessage:
        """The message `mail.<what>`; nothing that stands in the params becomes a header of its own (ABUSE 20).

        `address` is the wall's form of address, `unsubscribe` a link that takes a POST (RFC 8058).
        """
        t = words(language, address)
        lines = {name: clean(str(value), lines=True) for name, value in params.items()}
        line = {name: clean(str(value)) for name, value in params.items()}
        message = EmailMessage(WIRE)
        message["From"] = formataddr(parseaddr(self._from)) or "wall@localhost"
        message["To"] = to
        message["Subject"] = t(f"mail.{what}.subject", **line)
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = make_msgid(domain=parseaddr(self._from)[1].rpartition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = language
        answer_to = address_of(reply_to)
        if answer_to:
            message["Reply-To"] = answer_to
        if unsubscribe:
            message["List-Unsubscribe"] = f"<{clean(unsubscribe)}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        foot = t("mail.foot", name=t("name"), address=self._origin)
        message.set_content(f"{t(f'mail.{what}.body', **lines).strip()}\n\n-- \n{foot}\n", charset="utf-8")
        return message

    async def _deliver(self) -> None:
        """Take letters as they come; while the server takes them, they share a connection."""
        while True:
            self._under_way = await self._waiting.get()
            try:
                async with self._connected() as server:
                    while self._under_way is not None:
                        await self._hand_over(server, self._under_way)
                        self._under_way = None if self._waiting.empty() else self._waiting.get_nowait()
            except Exception as error:
                letter, self._under_way = self._under_way, None
                if not isinstance(error, SMTPException | OSError):
                    log.exception("mail.broken")
                if letter is not None:
                    self._try_again(letter, error)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        url = self._url
        assert url is not None, "letters are queued only where there is a mail server"
        host, secure = url.hostname or "", url.scheme == "smtps"
        near = host in NEAR
        context = ssl.create_default_context()
        if near:  # a server on this machine rarely has a certificate that anybody signed
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        server = SMTP(
            hostname=host,
            port=url.port or (465 if secure else 587),
            use_tls=secure,
            start_tls=False if secure else None,  # None: where the server offers it
            tls_context=context,
            timeout=TIMEOUT,
        )
        await server.connect()
        try:
            if url.username:
                if server.get_transport_info("sslcontext") is None and not near:
                    raise SMTPException("the mail server offers no encryption for the password")
                await server.login(unquote(url.username), unquote(url.password or ""))
            yield server
            with contextlib.suppress(SMTPException, OSError, TimeoutError):
                await server.quit()
        finally:
            server.close()

    async def _hand_over(self, server: SMTP, letter: Letter) -> None:
        try:
            await server.send_message(letter.message, sender=parseaddr(self._from)[1], recipients=[letter.to])
        except SMTPRecipientsRefused as error:
            first = error.recipients[0]
            if first.code < 500:
                self._try_again(letter, first)
            else:
                self._settle(letter, Undeliverable(f"refused with {first.code}"))
        except SMTPResponseException as error:
            if error.code < 500 or error.code == 421:
                raise
            self._settle(letter, Undeliverable(f"refused with {error.code}"))
        else:
            self._settle(letter, None)

    def _settle(self, letter: Letter, refusal: Undeliverable | None) -> None:
        """This letter needs no more care: it was handed over, or will never be."""
        self._waiting.task_done()
        if refusal is not None:
            _lost(letter, str(refusal))
        if letter.told.done():
            return
        if refusal is None:
            letter.told.set_result(True)
        else:
            letter.told.set_exception(refusal)

    def _try_again(self, letter: Letter, error: Exception) -> None:
        self._waiting.task_done()
        why = f"{type(error).__name__} {getattr(error, 'code', '')}".strip()
        if letter.tries == len(AGAIN):
            _lost(letter, why)
            return
        log.warning("mail.delayed", what=letter.what, why=why, tries=letter.tries + 1)
        if not letter.told.done():
            letter.told.set_result(False)
        wait, letter.tries = AGAIN[letter.tries], letter.tries + 1
        self._later[letter] = asyncio.get_running_loop().call_later(wait, self._take_up, letter)

    def _take_up(self, letter: Letter) -> None:
        self._later.pop(letter, None)
        self._waiting.put_nowait(letter)


def _lost(letter: Letter, why: str) -> None:
    """Nothing is lost silently; who it was for and what it said is nobody's business in a log."""
    log.error("mail.lost", what=letter.what, domain=letter.to.rpartition("@")[2], tries=letter.tries + 1, why=why)
