"""Pages for everybody: their language, the operator's legal texts, and errors as people and programs see them."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.makers import Running, hang, make_settings, make_wall, running
from wall.words import words

Browser = httpx.AsyncClient


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("en", "en"),
        ("en-GB,de;q=0.5", "en"),
        ("fr,de;q=0.3,en;q=0.9", "en"),
        ("en;q=0,de", "de"),
        ("fr", "en"),
        ("", "en"),
        (";;;q=x,,", "en"),
    ],
)
async def test_a_page_speaks_the_browsers_language_else_the_walls(
    server: Running, client: Browser, accepted: str, language: str
) -> None:
    await make_wall(server.house.database, "english", language="en")
    page = await client.get("/w/english", headers={"accept-language": accepted})
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}"' in page.text
    assert words(language)("wall.pin") in page.text


async def test_the_switch_changes_the_language_and_comes_back(client: Browser) -> None:
    answer = await client.post("/language", data={"to": "en", "back": "/w/probe?q=garten"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/w/probe?q=garten")
    assert (await client.get("/w/probe")).headers["content-language"] == "en"
    elsewhere = await client.post("/language", data={"to": "xx", "back": "https://beispiel.invalid/"})
    assert elsewhere.headers["location"] == "/"
    assert (await client.get("/w/probe")).headers["content-language"] == "en"


async def test_a_wall_may_say_ihr(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "ihr", address="ihr")
    assert "Euer Netzwerk an die Wand" in (await client.get("/w/ihr/pin")).text
    assert "Ihr Netzwerk an die Wand" in (await client.get("/w/probe/pin")).text


LEGAL = {"impressum": "Impressum", "datenschutz": "Datenschutz", "barrierefreiheit": "Erklärung zur Barrierefreiheit"}


@pytest.mark.parametrize("kind", ["impressum", "datenschutz"])
async def test_a_legal_text_nobody_wrote_yet_has_a_page_that_says_so(client: Browser, kind: str) -> None:
    for address in (f"/{kind}", f"/w/probe/{kind}"):
        page = await client.get(address)
        assert page.status_code == 200
        assert f"<h1>{LEGAL[kind]}</h1>" in page.text
        assert "Dieser Text fehlt noch." in page.text


async def test_until_the_operator_writes_one_the_accessibility_statement_is_a_draft_that_says_so(
    server: Running, client: Browser
) -> None:
    await make_wall(server.house.database, "eigen", contact="wand@beispiel.invalid")
    page = (await client.get("/barrierefreiheit")).text
    assert "hat sie noch nicht ergänzt" in page
    assert 'id="melden"' in page
    assert 'href="mailto:wand@beispiel.invalid' in (await client.get("/w/eigen/barrierefreiheit")).text


async def test_legal_texts_come_from_the_operators_folder_unless_the_wall_has_its_own(
    on_sqlite: str, tmp_path: Path
) -> None:
    for kind in LEGAL:
        (tmp_path / f"{kind}.md").write_text(f"Text **{kind}** <script>alert(1)</script>", "utf-8")
    async with running(make_settings(on_sqlite, legal_dir=tmp_path)) as server, server.browser() as client:
        await make_wall(server.house.database, "eigen", imprint="Eigenes *Impressum*", privacy="Eigener Datenschutz")
        for kind in LEGAL:
            page = (await client.get(f"/{kind}")).text
            assert f"<strong>{kind}</strong>" in page
            assert "<script>alert" not in page
        assert "Eigenes <em>Impressum</em>" in (await client.get("/w/eigen/impressum")).text
        assert "Eigener Datenschutz" in (await client.get("/w/eigen/datenschutz")).text
        assert "<strong>barrierefreiheit</strong>" in (await client.get("/w/eigen/barrierefreiheit")).text


async def test_every_page_of_a_wall_leads_to_the_walls_own_legal_texts(client: Browser) -> None:
    for page in ("/w/probe", "/w/probe/pin", "/w/probe/info"):
        text = (await client.get(page)).text
        for kind in LEGAL:
            assert f'href="/w/probe/{kind}"' in text
    assert 'href="/impressum"' in (await client.get("/")).text


@pytest.fixture
async def troubled(server: Running) -> AsyncIterator[dict[str, httpx.Request]]:
    """A request for each thing that can go wrong without anybody's fault."""
    card = await hang(server)
    async with server.browser() as client:
        await client.post(f"/mine/{server.house.edit_links.token(card.id)}/withdraw")
        broken = {"content-type": "multipart/form-data; boundary=x"}
        yield {
            "bad_request": client.build_request("POST", "/w/probe/pin", headers=broken, content=b"no parts"),
            "bad_host": client.build_request("GET", "/", headers={"host": "beispiel.invalid"}),
            "signed_out": client.build_request("GET", "/account"),
            "forbidden": client.build_request("POST", f"/w/probe/c/{card.id}/hide"),
            "cross_site": client.build_request("POST", "/sign-out", headers={"sec-fetch-site": "cross-site"}),
            "not_found": client.build_request("GET", "/w/nirgends"),
            "method": client.build_request("DELETE", "/w/probe"),
            "gone": client.build_request("GET", f"/w/probe/c/{card.id}"),
            "too_large": client.build_request("POST", "/w/probe/pin", data={"name": "x" * 300_000}),
        }


STATUS = {"bad_request": 400, "bad_host": 400, "signed_out": 401, "forbidden": 403, "cross_site": 403}
STATUS |= {"not_found": 404, "method": 405, "gone": 410, "too_large": 413}


@pytest.mark.parametrize("code", STATUS)
async def test_trouble_has_a_page_in_both_languages_and_details_for_programs(
    client: Browser, troubled: dict[str, httpx.Request], code: str
) -> None:
    request = troubled[code]
    for language in ("de", "en"):
        request.headers["accept-language"] = language
        request.headers["accept"] = "text/html"
        page = await client.send(request)
        said = words(language)
        assert page.status_code == STATUS[code]
        assert f"<h1>{said(f'error.{code}.title')}</h1>" in page.text
        assert said(f"error.{code}.message") in page.text
        assert page.headers["cache-control"] == "no-store"
        wall = '<a class="button" href="/w/probe">' in page.text
        assert wall is request.url.path.startswith("/w/probe/"), "the way on leads to the wall it happened on"
        request.headers["accept"] = "application/json"
        details = await client.send(request)
        assert details.headers["content-type"] == "application/problem+json"
        assert details.json() == {
            "type": f"about:blank#{code}",
            "title": said(f"error.{code}.title"),
            "status": STATUS[code],
            "detail": said(f"error.{code}.message"),
            "code": code,
        }


@pytest.mark.parametrize("language", ["de", "en"])
async def test_words_that_cannot_be_taken_come_back_with_a_sentence_each(client: Browser, language: str) -> None:
    form = {"name": "", "kind": "Unbekanntes", "section": "s1", "website": "kein Link", "description": "x" * 1501}
    page = await client.post("/w/probe/pin", data=form, headers={"accept-language": language})
    said = words(language)
    assert page.status_code == 422
    for sentence in ("missing", "not_a_choice", "not_a_link"):
        assert said(f"complaint.{sentence}") in page.text
    assert said("complaint.too_long", max=1500, length=1501) in page.text
    assert 'value="kein Link"' in page.text
    assert "x" * 1501 in page.text


@pytest.mark.parametrize("language", ["de", "en"])
async def test_without_its_database_the_server_says_so_and_when_to_come_back(on_postgres: str, language: str) -> None:
    async with running(make_settings(on_postgres)) as server, server.browser() as client:
        connection = await asyncpg.connect(on_postgres.rpartition("/")[0] + "/postgres")
        try:
            name = on_postgres.rpartition("/")[2]
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        finally:
            await connection.close()
        page = await client.get("/?q=garten", headers={"accept-language": language})
        assert page.status_code == 503
        assert 'href="/?q=garten">' in page.text, "one can try once more"
        assert int(page.headers["retry-after"]) > 0
        assert words(language)("error.unavailable.title") in page.text
        details = await client.get("/api/walls", headers={"accept-language": language})
        assert details.json()["status"] == 503
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).json()["database"] is False
