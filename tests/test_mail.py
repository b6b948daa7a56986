"""The mail room: letters reach a real mail server, wait for it while it is away, and are never lost in silence."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from tests.letters import MAIL_FROM, Mailbox, link_in, mail_server
from tests.makers import make_settings, until
from tests.services import free_port
from wall import mail
from wall.errors import Misconfigured, NoMail, Undeliverable
from wall.logs import configure_logs
from wall.mail import Mail

TO, LINK = "vorname@beispiel.invalid", "http://localhost:8000/sign-in/streng-geheim"


def room(**more: Any) -> Mail:
    return Mail(make_settings("sqlite:///unused.db", **more))


async def test_a_letter_arrives_in_its_language_with_its_umlauts_and_says_that_a_machine_wrote_it(
    mailbox: Mailbox,
) -> None:
    async with room(**mailbox.settings).running() as post:
        assert await post.send(TO, "sign_in", "de", link=LINK)
        assert await post.send(TO, "sign_in", "en", link=LINK)
    german, english = mailbox.letters
    assert (german["Subject"], english["Subject"]) == ("Ihr Anmelde-Link", "Your sign-in link")
    assert "löschen" in german.get_content()
    assert link_in(german) == "/sign-in/streng-geheim"
    assert german["From"] == MAIL_FROM
    assert german["Auto-Submitted"] == "auto-generated"
    assert german["Date"]
    assert german["Message-ID"].endswith("@beispiel.invalid>")
    assert german.get_content_type() == "text/plain"
    assert mailbox.envelopes[0] == ("wand@beispiel.invalid", [TO])


async def test_what_somebody_wrote_becomes_no_header_and_no_second_recipient(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 20: CR and LF in every place that ends up in a header"""
    hostile = "Wand\r\nBcc: opfer@beispiel.invalid\r\n\r\nKauft\u2028mehr\x00"
    asked = {"mail.probe.subject": "Zu {title}", "mail.probe.body": "Hier: {title}"}
    real = mail.words("de")
    monkeypatch.setattr(mail, "words", lambda *_: lambda key, **p: asked.get(key, "").format(**p) or real(key, **p))
    async with room(**mailbox.settings).running() as post:
        assert await post.send(TO, "probe", "de", title=hostile, unsubscribe=f"{LINK}\r\nX: y", reply_to="a@b.de\nX: y")
        for wrong in (
            f"{TO}\r\nBcc: a@beispiel.invalid",
            f"{TO},a@beispiel.invalid",
            "<a@beispiel.invalid>",
            "a b@c.de",
        ):
            with pytest.raises(Undeliverable):
                await post.send(wrong, "sign_in", "de", link=LINK)
    (letter,) = mailbox.letters
    assert letter["Bcc"] is None
    assert letter["X"] is None
    assert letter["Reply-To"] is None
    assert letter["Subject"].startswith("Zu Wand Bcc: opfer")
    assert "\n" not in letter["List-Unsubscribe"]
    assert mailbox.envelopes == [("wand@beispiel.invalid", [TO])]


async def test_a_letter_that_the_server_cannot_take_now_is_sent_again_and_the_sender_is_told(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "AGAIN", (0.01, 0.01))
    mailbox.answers = ["451 later", "450 later"]
    async with room(**mailbox.settings).running() as post:
        assert await post.send(TO, "sign_in", "de", link=LINK) is False
        await mailbox.letter(TO)
    assert len(mailbox.letters) == 1


async def test_a_server_that_is_away_for_a_while_gets_every_letter_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "AGAIN", (0.05,) * 100)
    port = free_port()
    async with room(smtp_url=f"smtp://127.0.0.1:{port}", mail_from=MAIL_FROM).running() as post:
        for n in range(3):
            assert await post.send(f"n{n}@beispiel.invalid", "sign_in", "de", link=LINK) is False
        async with mail_server(port=port) as box:
            for n in range(3):
                await box.letter(f"n{n}@beispiel.invalid")
            assert await post.send(TO, "sign_in", "de", link=LINK)
        assert len(box.letters) == 4


async def test_an_address_that_the_server_refuses_is_told_to_who_asked_and_logged_without_it(mailbox: Mailbox) -> None:
    mailbox.answers = ["550 unknown"]
    with capture_logs() as events:
        async with room(**mailbox.settings).running() as post:
            with pytest.raises(Undeliverable):
                await post.send(TO, "sign_in", "de", link=LINK)
    assert [event["event"] for event in events] == ["mail.lost"]
    assert "vorname" not in str(events)
    assert "geheim" not in str(events)


async def test_what_still_waits_when_the_server_ends_is_logged_and_never_what_it_said() -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    with capture_logs() as events, pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "LEAVE", 0.05)
        async with room(smtp_url=f"smtp://127.0.0.1:{port}", mail_from=MAIL_FROM).running() as post:
            for _ in range(3):
                post.post(TO, "sign_in", "de", link=LINK)
            await came.wait()
    silent.close()
    await gone.wait()
    assert [event["event"] for event in events] == ["mail.lost"] * 3
    assert "geheim" not in str(events)


async def test_posting_waits_for_nobody(mailbox: Mailbox) -> None:
    async with room(**mailbox.settings).running() as post:
        for n in range(50):
            post.post(f"n{n}@beispiel.invalid", "sign_in", "de", link=LINK)
        post.post("keine Adresse", "sign_in", "de", link=LINK)
        assert mailbox.letters == []
        await until(lambda: len(mailbox.letters) == 50)


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody signed."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    day, now = timedelta(days=1), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    signed, file = made.sign(key, SHA256()).public_bytes(Encoding.PEM), folder / "both.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_mail_goes_encrypted_and_signed_in_where_the_server_offers_it(tmp_path: Path) -> None:
    async with mail_server(tls=certificate(tmp_path), login=("wand", "ge:heim@")) as box:
        url = f"smtp://wand:ge%3Aheim%40@127.0.0.1:{box.port}"
        async with room(smtp_url=url, mail_from=MAIL_FROM).running() as post:
            assert await post.send(TO, "sign_in", "de", link=LINK)
    assert box.encrypted == [True]


async def test_a_password_is_never_told_to_a_server_elsewhere_that_offers_no_encryption(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "NEAR", ())
    async with mail_server(login=("wand", "geheim")) as box:
        with capture_logs() as events:
            async with room(smtp_url=f"smtp://wand:geheim@127.0.0.1:{box.port}", mail_from=MAIL_FROM).running() as post:
                assert await post.send(TO, "sign_in", "de", link=LINK) is False
    assert box.letters == []
    assert {event["event"] for event in events} == {"mail.delayed", "mail.lost"}


async def test_without_a_mail_server_a_demo_prints_the_link_in_the_log_and_production_refuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = make_settings("sqlite:///unused.db")
    configure_logs(settings)
    try:
        assert await Mail(settings).send(TO, "sign_in", "de", link=f"{settings.base_url}/sign-in/probe")
        with pytest.raises(NoMail):
            await room(mode="production").send(TO, "sign_in", "de", link=LINK)
    finally:
        structlog.reset_defaults()
    assert f"{settings.base_url}/sign-in/probe" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given", [{"smtp_url": "http://mail"}, {"smtp_url": "smtp://mail"}, {"smtp_url": "smtp://m", "mail_from": "Wand"}]
)
def test_mail_settings_that_cannot_work_are_refused_at_the_start(given: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match=r"SMTP_URL|MAIL_FROM"):
        make_settings("sqlite:///unused.db", **given).check()
