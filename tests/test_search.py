"""Searching a wall: German as people type it, always as fresh as the wall, and nothing that is not for them (W8)."""

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from structlog.testing import capture_logs

from tests.makers import Running, hang, make_wall
from wall.find import shelf
from wall.find.missed import Missed
from wall.model.roles import GUEST
from wall.words import words

Browser = httpx.AsyncClient
T = words("de")
NAME = re.compile(r'class="card__name"[^>]*><a [^>]*>(.*?)</a>')
Ask = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def ask(client: Browser) -> Ask:
    """The names that a question finds, best first."""

    async def found(q: str, by: Browser = client, **more: str) -> list[str]:
        answer = await by.get("/w/probe", params={"q": q} | more)
        assert answer.status_code == 200
        return [re.sub(r"</?mark>|\u00ad", "", name) for name in NAME.findall(answer.text)]

    return found


MEANT = [
    ("grünau", "Bürgerverein Grünau"),
    ("Gruenau", "Bürgerverein Grünau"),
    ("GRUNAU", "Bürgerverein Grünau"),
    ("grossstadt", "Großstadt-Forum"),
    ("großstadt", "Grossstadt-Forum"),
    ("cafe", "Café international"),
    ("Garten", "Leipziger Gärten"),
    ("gemeinschaftlicher Gärten", "Gemeinschaftlicher Garten"),
    ("family", "Families and Friends"),
    ("meetings", "Weekly Meeting"),
    ("hilfe", "Nachbarschaftshilfe"),
    ("nachbarschaft", "Nachbarschaftshilfe"),
    ("Nachbarschaftshilfe", "Hilfe in der Nachbarschaft"),
    ("Klimabündnis", "Klima-Bündnis"),
    ("Tehater", "Theater der Jungen"),
    ("Nachbarschaftsgartn", "Nachbarschaftsgarten"),
    ("Gefl", "Netzwerk Geflüchtete"),
    ("Flüchtlinge", "Netzwerk Geflüchtete"),
    ("refugees", "Netzwerk Geflüchtete"),
    ("wer macht was mit Geflüchteten", "Netzwerk Geflüchtete"),
    ("bürgerinnen", "Treff der Bürger:innen"),
    ("ev. frauen", "Frauen e.V."),
    ("OKLab", "OK Lab"),
    ("ok lab", "OKLab"),
]


async def test_people_find_what_they_mean(server: Running, ask: Ask) -> None:
    for name in dict.fromkeys(name for _, name in MEANT):
        await hang(server, name)
    for asked, name in MEANT:
        found = await ask(asked)
        assert name in found, (asked, found)
        assert len(found) <= 4, (asked, found)


async def test_a_phrase_in_quotes_must_stand_as_it_is_and_a_minus_shuts_out(server: Running, ask: Ask) -> None:
    await hang(server, "Runder Tisch Klima")
    await hang(server, "Tisch und runder Stuhl")
    assert len(await ask("runder tisch")) == 2
    for phrase in ('"runder tisch"', "„Runden Tisch“"):
        assert await ask(phrase) == ["Runder Tisch Klima"]
    assert await ask("tisch -klima") == ["Tisch und runder Stuhl"]
    assert await ask('tisch -"runder tisch"') == ["Tisch und runder Stuhl"]
    assert await ask("-klima") == ["Tisch und runder Stuhl"]


async def test_a_name_counts_more_than_topics_and_topics_more_than_the_text(server: Running, ask: Ask) -> None:
    await hang(server, "Beispiel Eins", description="Wir singen auch Jazz.")
    await hang(server, "Beispiel Zwei", topics=["Jazz"])
    await hang(server, "Jazz-Beispiel Drei")
    await hang(server, "Beispiel Vier", members=["Jazz e. V."])
    assert await ask("jazz") == ["Jazz-Beispiel Drei", "Beispiel Zwei", "Beispiel Vier", "Beispiel Eins"]


async def test_where_no_card_has_all_words_the_nearest_are_shown_and_it_is_said(
    server: Running, client: Browser, ask: Ask
) -> None:
    await hang(server, "Imkerei Connewitz")
    await hang(server, "Chor")
    assert await ask("imkerei grünau") == ["Imkerei Connewitz"]
    assert T("search.nearly") in (await client.get("/w/probe?q=imkerei+grünau")).text
    assert T("search.nearly") not in (await client.get("/w/probe?q=imkerei+connewitz")).text


async def test_a_typo_is_found_and_the_right_spelling_offered(server: Running, client: Browser) -> None:
    await hang(server, "Fahrrad-Werkstatt")
    page = (await client.get("/w/probe?q=Fahrad+werkstatt")).text
    assert 'href="/w/probe?q=Fahrrad+werkstatt"' in page
    assert T("search.meant") in page
    assert T("search.meant") not in (await client.get("/w/probe?q=fahrrad")).text


@pytest.mark.parametrize("many", [0, shelf.MANY], ids=["in a thread", "at once"])
async def test_a_search_right_after_a_change_knows_of_it(
    server: Running, moderator: Browser, ask: Ask, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(shelf, "MANY", many)
    first = await hang(server, "Imkerei")
    assert await ask("imker") == ["Imkerei"]
    second = await hang(server, "Imkerverein")
    assert sorted(await ask("imker")) == ["Imkerei", "Imkerverein"]
    await moderator.post(f"/w/probe/c/{first.id}/hide")
    assert await ask("imker") == ["Imkerverein"]
    form = {"name": "Chor", "kind": "Netzwerk", "section": "s1", "revision": str(second.revision)}
    await moderator.post(f"/w/probe/c/{second.id}/edit", data=form)
    assert (await ask("imker"), await ask("chor")) == ([], ["Chor"])


async def test_what_waits_or_is_hidden_shows_in_no_result_count_or_suggestion(
    server: Running, client: Browser, moderator: Browser, ask: Ask
) -> None:
    """W8"""
    await hang(server, "Imkerei Connewitz")
    await hang(server, "Waschbärenfreunde", topics=["Umwelt"], by=GUEST)
    hidden = await hang(server, "Schildkrötenfreunde", topics=["Jugend"])
    await moderator.post(f"/w/probe/c/{hidden.id}/hide")

    async def page(q: str) -> str:
        text = (await client.get("/w/probe", params={"q": q})).text
        return text.replace(quote(q), "").replace(q, "")

    nothing = await page("gibtesnicht")
    for q in ("Waschbärenfreunde", "Waschbärenfreumde", "Schildkrötenfreunde", "Schildkrötenfreumde", "schildkr"):
        assert await page(q) == nothing
    assert await ask("Schildkrötenfreunde", moderator) == ["Schildkrötenfreunde"]
    assert await ask("Waschbärenfreunde", moderator) == []


async def test_facets_count_what_was_found(server: Running, client: Browser) -> None:
    await hang(server, "Imkerei", topics=["Umwelt"])
    await hang(server, "Imkerverein", topics=["Umwelt", "Jugend"])
    await hang(server, "Chor", topics=["Umwelt"])
    page = (await client.get("/w/probe?q=imker")).text
    counts = re.findall(r'topic=(\w+)[^>]*>.*?facet__count">(\d+)<', page, re.DOTALL)
    assert counts[:2] == [("Umwelt", "2"), ("Jugend", "1")]


async def test_the_words_found_are_marked_and_what_the_card_does_not_show_is_quoted(
    server: Running, client: Browser
) -> None:
    """ABUSE 16"""
    await hang(server, "Umwelt & <b>Bildung</b>", members=["Freunde der <i>Wildbiene</i>"])
    page = (await client.get("/w/probe?q=umwelt")).text
    assert "<mark>Umwelt</mark> &amp; &lt;b&gt;Bildung&lt;/b&gt;" in page
    assert "card__hit" not in page
    page = (await client.get("/w/probe?q=wildbiene")).text
    assert re.search(r'card__hit">[^<]*<mark>Wildbiene</mark>', page)
    for q in ("amp", "lt", "b", "article", "class"):
        assert "<mark></mark>" not in (page := (await client.get(f"/w/probe?q={q}")).text)
        assert "&<mark>" not in page


OPERATORS = [
    *(
        "'; DROP TABLE card; --",
        "a* OR name:b NEAR/3",
        "%",
        "_",
        '"',
        '""',
        '-""',
        "-",
        "()",
        "\\",
        "^",
        "AND",
        "\u0000",
    ),
    *("*", "[a-z]+", "<script>alert(1)</script>", "😀", "ﷺ", "e.V.", "x" * 10_000, "die der das", "n" + "s" * 150),
]


async def test_operators_are_words_like_others(server: Running, client: Browser) -> None:
    """ABUSE 36"""
    await hang(server, "Imkerei")
    for q in OPERATORS:
        answer = await client.get("/w/probe", params={"q": q})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


async def test_the_start_page_searches_all_public_walls_by_city(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """W8"""
    await make_wall(server.house.database, "zwei", title="Zweite Wand", place="Halle", phase="open")
    await make_wall(server.house.database, "entwurf", title="Entwurf", place="Jena", phase="draft")
    await make_wall(server.house.database, "privat", title="Privat", place="Ulm", listed=False)
    for slug in ("probe", "zwei", "entwurf", "privat"):
        await hang(server, f"Imkerei {slug}", slug)
    hidden = await hang(server, "Imkerei verborgen")
    await moderator.post(f"/w/probe/c/{hidden.id}/hide")
    await hang(server, "Imkerei wartend", by=GUEST)
    page = (await client.get("/?q=imker")).text
    assert set(re.findall(r'<h2[^>]*id="city-\d+">([^<]+)<', page)) == {"Probewand", "Halle"}
    assert {re.sub("</?mark>", "", name) for name in NAME.findall(page)} == {"Imkerei probe", "Imkerei zwei"}
    assert T.n("count.found", 2) in page
    assert "<mark>Imkerei</mark> zwei" in page
    await hang(server, "Imkerverein", "zwei")
    assert T.n("count.found", 3) in (await client.get("/?q=imker")).text
    assert T("search.nowhere_title") in (await client.get("/?q=gibtesnicht")).text


def test_a_missed_word_is_told_once_a_day_when_three_networks_missed_it_and_never_who() -> None:
    missed, today = Missed(), date(2026, 5, 1)
    with capture_logs() as log:
        for who in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"):
            missed.note("probe", ["Beispielname", "Imkerei"], who, today)
        missed.note("probe", ["Imkerei", "0341123456", "x@beispiel.invalid"], "192.0.2.3", today)
        for last in range(9):
            missed.note("probe", ["imkerei", "0341123456"], f"192.0.2.{last}", today)
        missed.note("probe", ["Beispielname"], "192.0.2.3", date(2026, 5, 2))
    assert log == [{"event": "search.missed", "log_level": "info", "wall": "probe", "word": "imkerei"}]


async def test_what_nobody_has_is_counted_as_missed(
    server: Running, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hang(server, "Imkerei")
    noted: list[Any] = []
    monkeypatch.setattr(server.house.finder.missed, "note", lambda *about: noted.append(about[:2]))
    for q in ("imkerei", "Schach imkerei", "Imkerrei"):
        await client.get("/w/probe", params={"q": q})
    assert noted == [("probe", ("Schach",)), ("probe", ("Imkerrei",))]
