"""The versions of a card's text: the page's language decides, people may choose, and what is missing is said."""

import httpx
import pytest

from tests.makers import Running, hang, make_settings, make_wall
from wall.settings import Settings

Browser = httpx.AsyncClient
GERMAN, ENGLISH = {"accept-language": "de"}, {"accept-language": "en"}
TEXTS = {"description": "Wir lesen *vor*.", "english": "We read *aloud*.", "easy": "Wir lesen vor. Kommen Sie!"}


@pytest.fixture
def settings(on_sqlite: str) -> Settings:
    """What is shown of a board in memory: one database is enough."""
    return make_settings(on_sqlite)


async def test_whoever_reads_in_english_gets_the_english_text_on_wall_and_card(
    server: Running, client: Browser
) -> None:
    card = await hang(server, "Lesepaten", **TEXTS)
    for path in ("/w/probe", f"/w/probe/c/{card.id}"):
        german = (await client.get(path, headers=GERMAN)).text
        english = (await client.get(path, headers=ENGLISH)).text
        assert "Wir lesen" in german
        assert "We read" not in german
        assert "We read" in english
        assert 'lang="de">Wir lesen' not in english


async def test_every_version_has_an_address_and_says_its_language(server: Running, client: Browser) -> None:
    card = await hang(server, "Lesepaten", **TEXTS)
    address = f"/w/probe/c/{card.id}"
    expected = {
        "original": '<div class="prose"><p>Wir lesen <em>vor</em>.</p>',
        "english": '<div class="prose" lang="en"><p>We read <em>aloud</em>.</p>',
        "easy": '<div class="prose prose--easy"><p>Wir lesen vor. Kommen Sie!</p>',
    }
    for version, text in expected.items():
        page = (await client.get(address, params={"text": version}, headers=GERMAN)).text
        assert text in page
        assert f'href="?text={version}" aria-current="true"' in page
    assert expected["original"] in (await client.get(address, params={"text": "<x>"}, headers=GERMAN)).text
    assert 'href="?text=easy" lang="de">Leichte Sprache' in (await client.get(address, headers=ENGLISH)).text


async def test_a_card_says_which_versions_are_missing(server: Running, client: Browser) -> None:
    bare = await hang(server, "Chor", description="Wir singen.")
    page = (await client.get(f"/w/probe/c/{bare.id}", headers=GERMAN)).text
    assert "noch nicht auf Englisch und nicht in Leichter Sprache" in page
    assert f'href="/w/probe/c/{bare.id}/suggest#english"' in page
    assert 'class="versions"' not in page
    english = await hang(server, "Tanz", description="Wir tanzen.", english="We dance.")
    page = (await client.get(f"/w/probe/c/{english.id}", headers=ENGLISH)).text
    assert "not there yet in Leichte Sprache" in page
    whole = await hang(server, "Lesepaten", **TEXTS)
    assert "versions__missing" not in (await client.get(f"/w/probe/c/{whole.id}", headers=GERMAN)).text


async def test_versions_are_pinned_edited_and_looked_at_like_every_text(
    server: Running, client: Browser, moderator: Browser
) -> None:
    form = (await client.get("/w/probe/pin", headers=GERMAN)).text
    assert "Text in Leichter Sprache" in form
    data = {"name": "Lesepaten", "kind": "Netzwerk", "section": "s1", "easy": "Rufen Sie an: 0341 1234567"}
    assert (await client.post("/w/probe/pin", data=data)).status_code == 303
    queue = (await moderator.get("/w/probe/queue", headers=GERMAN)).text
    assert "0341 1234567" in queue
    assert 'data-flag="phone"' in queue or "Telefonnummer" in queue


async def test_an_english_wall_asks_for_no_english_version(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "english", language="en")
    assert 'name="english"' not in (await client.get("/w/english/pin")).text
