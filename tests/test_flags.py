"""What makes the team look twice: insults, addresses, numbers and links are found, innocent words are not."""

import re
from pathlib import Path

import httpx
import pytest

from tests.makers import Running, card_in, hang, make_settings, make_wall, names, running, words
from wall.model.card import CardContent
from wall.model.flags import Watch, default_watch
from wall.model.roles import GUEST

Browser = httpx.AsyncClient


def content(**more: object) -> CardContent:
    return CardContent.model_validate(words("Runder Tisch Klima") | more)


def codes(**more: object) -> list[str]:
    return [flag.code for flag in default_watch().flags(content(**more))]


@pytest.mark.parametrize(
    "text",
    [
        *("Ihr Arschlöcher", "ihr ARSCHLOECHER!", "so ein Scheißverein", "SCHEISSE", "du Hurensohn.", "Sieg  Heil"),
        *("(Wichser)", "Billig Viagra kaufen", "Kredit ohne Schufa!"),
    ],
)
def test_insults_and_spam_are_found_in_any_spelling(text: str) -> None:
    assert default_watch().word_in(text)
    assert default_watch().holds(content(description=f"Wir treffen uns. {text}"))


@pytest.mark.parametrize(
    "text",
    [
        *("Scunthorpe", "Analphabeten lernen lesen", "Cockermouth", "Bündnis gegen Nazis", "Marschmusik", "Barsch"),
        *("Fickert GmbH", "Wixhausen", "Schwule und Lesben", "Opferhilfe", "Behindertenbeirat", "Hurenkinder und"),
        *("Assessment", "Klassenfahrt", "Dickicht", "Essex", "Pisserie", "Spastikerhilfe", "Mist und Dünger"),
        *("FuckUp Nights", "Idiotenhügel", "Schlampermäppchen", "Nuttenheim", "Bastardschrift"),
    ],
)
def test_innocent_words_that_hold_a_bad_one_pass(text: str) -> None:
    assert not default_watch().word_in(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "mail") for text in ("a@beispiel.invalid", "wir (at) beispiel.invalid", "x[at]a[punkt]invalid")),
        *((text, "phone") for text in ("0341 1234567", "+49 341 123 45 67", "(0341) 12 34 56", "0170/1234567")),
        *((text, "phone") for text in ("Tel.: 0341-123456", "0049 341 1234567", "ruf an:\n0341 – 123 456")),
    ],
)
def test_addresses_and_numbers_are_found(text: str, code: str) -> None:
    assert codes(name=f"Treff {text}"[:120]) == [code]
    assert default_watch().holds(content(description=text))


@pytest.mark.parametrize(
    "text",
    [
        *("am 01.02.2026 um 08:30 Uhr", "2026-11-22", "08-16 Uhr", "04109 Leipzig", "seit 1998/99", "01/02/2026"),
        *("100 000 Menschen", "@netzwerk auf Mastodon", "10.000.000 Euro", "Haus 007", "(0 bis 99 Jahre)", "50+ aktiv"),
        *("DE02 1203 0000 0000 2020 51", "Paragraf 16 (a)", "um 18 Uhr @ Stadtbibliothek", "Nr. 0815"),
    ],
)
def test_dates_hours_and_postal_codes_are_no_numbers_to_call(text: str) -> None:
    assert codes(name=f"Treff {text}"[:120]) == []


def test_links_shouting_and_too_little_are_told() -> None:
    assert codes(description="Mehr: https://bit.ly/abc") == ["short_link"]
    assert codes(description=" ".join(f"https://beispiel.invalid/{n}" for n in range(5))) == ["links"]
    assert codes(name="ALLE KOMMEN JETZT") == ["capitals"]
    assert codes(name="ADFC") == []
    assert codes(name="X") == ["short"]


def test_a_flag_says_where_and_what_and_the_gravest_comes_first() -> None:
    [word, mail] = default_watch().flags(content(description="a@beispiel.invalid", members=["Idioten e. V."]))
    assert (word.code, word.field, word.found) == ("word", "members", "idioten")
    assert (mail.code, mail.field, mail.found) == ("mail", "description", "a@beispiel.invalid")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Ihr \u212aANAKEN",
            "SCHEIẞVEREIN",
            "„Arsch“",
            "–arsch–",
            "öffentlich: Nutten!",
            "É/Idiot",
            "\u00a0IDİOT? IDIOT",
        ),
        *("Über-Chef", "GROẞ-MAUL", "groß-maul", "Groß–Maul", "naïve", "a.b", "Öde  Sache", "die oede Sache\ud800"),
    ],
)
def test_looking_at_bytes_first_loses_no_word(text: str) -> None:
    """What an operator lists in letters that we do not look at so is found all the same."""
    own = ["über*", "groß-maul", "öde sache", "a.b"]
    for lines in ([], own, [*own, "naïve", "@x"]):
        watch = Watch(lines)
        found = watch._words.search(text.lower())
        assert watch.word_in(text) == (found[0] if found else "")


def test_the_words_of_a_hostile_length_are_looked_through_in_one_pass() -> None:
    watch = default_watch()
    assert not watch.holds(content(description="a" * 1499, name="a@" * 50))
    assert not watch.holds(content(description="0" * 1500))


async def test_an_operators_own_words_are_added_and_ours_taken_away(on_sqlite: str, tmp_path: Path) -> None:
    (tmp_path / "hints.txt").write_text("# eigene\nQuatschkopf*\n-idiot\n", "utf-8")
    watch = Watch((tmp_path / "hints.txt").read_text("utf-8").splitlines())
    assert (watch.word_in("Ihr Quatschköpfe"), watch.word_in("Ihr Quatschkopfe")) == ("", "quatschkopfe")
    assert (watch.word_in("Der Idiot"), watch.word_in("Die Idioten")) == ("", "idioten")
    async with running(make_settings(on_sqlite, hints=tmp_path / "hints.txt")) as server:
        await make_wall(server.house.database, moderation="after")
        card = await hang(server, "Quatschkopfbande", by=GUEST)
        assert card.status == "pending"
        assert (await hang(server, "Der Idiot", by=GUEST)).status == "approved"


@pytest.mark.parametrize("name", ["Arschloch", "Ruf mich an 0341 1234567", "wer@beispiel.invalid"])
async def test_what_should_be_looked_at_waits_marked_even_where_pins_hang_at_once(
    server: Running, client: Browser, moderator: Browser, name: str
) -> None:
    """ABUSE 39"""
    await make_wall(server.house.database, "sofort", moderation="after")
    await server.sign_in(moderator, "mod@beispiel.invalid", "sofort")
    form = {"name": name, "kind": "Netzwerk", "section": "s1", "key": "key-000001"}
    assert (await client.post("/w/sofort/pin", data=form)).status_code == 303
    plain = await hang(server, "Runder Tisch", slug="sofort", by=GUEST)
    assert await names(client, "sofort") == ["Runder Tisch"]
    for page in ("", "/projector"):
        assert name not in (await client.get(f"/w/sofort{page}")).text
    queue = (await moderator.get("/w/sofort/queue")).text
    assert name in queue
    assert re.findall('data-flag="([a-z]+)"', queue)[:1] in (["word"], ["phone"], ["mail"])
    # neither do an author's later words come before everybody without a look
    link = f"/mine/{server.house.edit_links.token(plain.id)}"
    await client.post(link, data=plain.content | {"name": name, "base": str(plain.revision)})
    room = await server.house.hub.room("sofort")
    assert await card_in(server.house.database, room.board.wall, plain.id) == plain
    assert "Änderung mit dem Link der Karte" in (await moderator.get("/w/sofort/queue")).text
