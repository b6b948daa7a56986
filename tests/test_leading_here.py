"""What programs, other sites and search engines are given: the public view of a wall, well-formed, and nothing else."""

import json
import re
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import httpx
import pytest

from tests.makers import Running, hang, make_settings, make_wall, running
from wall.actions.alive import archive
from wall.actions.contact import give
from wall.actions.edit import edit
from wall.actions.erase import erase
from wall.actions.merge import merge
from wall.actions.moderate import hide, reject, withdraw
from wall.exchange import sitemap
from wall.model.contact import CONSENTS, ContactDetails
from wall.model.roles import GUEST, SYSTEM
from wall.settings import Settings

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
STATES = ("pending", "hidden", "rejected", "withdrawn", "merged", "archived", "erased")
KINDS = ("xlsx", "csv", "md", "json")
HOSTILE = "</script><script>alert(1)</script>]]><!-- &amp; \"'\r\nBcc: x@beispiel.invalid"


@pytest.fixture
def settings(on_sqlite: str) -> Settings:
    return make_settings(on_sqlite, rate_limits=100)


def words_of(answer: httpx.Response) -> str:
    """Whatever a file says: of an archive, of all that is in it."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(BytesIO(answer.content)) as archive_:
        return "\n".join(archive_.read(name).decode("utf-8", "replace") for name in archive_.namelist())


@dataclass
class Wall:
    """A wall with one card that hangs, and one in each other state whose words are its canary."""

    server: Running
    shown: str
    states: dict[str, str]


@pytest.fixture
async def wall(server: Running) -> Wall:
    house, room = server.house, await server.house.hub.room("probe")
    shown = await hang(server, "Hängt", topics=["Umwelt"])
    said = {name: f"Kanarie {name}" for name in ("description", "meeting", "offers", "seeks")}
    cards = {}
    for state in STATES:
        more = {name: f"{text} {state}" for name, text in said.items()} | {"topics": [f"Thema {state}"]}
        by = GUEST if state in ("pending", "rejected") else SYSTEM
        cards[state] = (await hang(server, f"Kanarie {state}", by=by, **more)).id
    board, at = room.board, house.ledger
    await hide(at, board.wall, cards["hidden"], SYSTEM)
    await reject(at, board.wall, cards["rejected"], "advert", SYSTEM)
    await withdraw(at, board.wall, cards["withdrawn"], SYSTEM)
    kept, gone = board.cards[shown.id], board.cards[cards["merged"]]
    await merge(at, board.wall, (kept.id, kept.revision), (gone.id, gone.revision), kept.content, SYSTEM)
    await archive(at, board.wall, cards["archived"], SYSTEM)
    await erase(at, board.wall, cards["erased"], SYSTEM)
    details = ContactDetails.take({"name": "Geheim", "email": "geheim@beispiel.invalid", "email_for": "public"})
    await give(at, board.wall, shown.id, details, GUEST, other=False, version=CONSENTS[0])
    await make_wall(house.database, "entwurf", phase="draft", title="Kanarie draft")
    await make_wall(house.database, "unlisted", listed=False, title="Ungelistet")
    await hang(server, "Nicht gelistet", slug="unlisted")
    return Wall(server, shown.id, cards)


FILES = [f"take/{kind}" for kind in KINDS]
PLACES = [*FILES, "feed.atom", "embed", "take", ""]


def seen_in(text: str) -> set[str]:
    """The states of the cards whose canary is in a text, and `contact` if that is."""
    found = {state for state in (*STATES, "draft") if f"Kanarie {state}" in text or f"Thema {state}" in text}
    return found | ({"contact"} if "geheim" in text.lower() else set())


async def test_no_file_holds_more_than_its_audience_may_see(wall: Wall, client: httpx.AsyncClient) -> None:
    """W8: every format × visitor, moderators, owner × card in every state, contact, draft: 0 hits where none may be"""
    server = wall.server
    browsers = {
        "visitor": client,
        **{name: server.browser() for name in ("moderator", "of s2", "owner")},
    }
    await server.sign_in(browsers["moderator"], "mod@beispiel.invalid", "probe")
    await server.sign_in(browsers["of s2"], "teil@beispiel.invalid", "probe", sections=["s2"])
    await server.sign_in(browsers["owner"], "leitung@beispiel.invalid", "probe", "owner")
    team, everything = {"pending", "hidden"}, set(STATES) - {"erased"}
    due: dict[tuple[str, str], set[str] | int] = {}
    for name in browsers:
        # what is addressed without more is the same public file for all; pages show moderators what they moderate
        due |= {(name, place): set() for place in (*FILES, "feed.atom", "embed", "take")}
        due |= {(name, f"{file}?of=team"): team if name in ("moderator", "owner") else set() for file in FILES}
        due |= {(name, f"take/{kind}?of=copy"): everything if name == "owner" else 403 for kind in ("json", "zip")}
    due |= {("visitor", f"{file}?of=team"): 401 for file in FILES}
    due |= {("visitor", f"take/{kind}?of=copy"): 401 for kind in ("json", "zip")}
    due |= {("visitor", f"c/{wall.shown}"): {"contact"}, ("visitor", ""): set()}
    wrong = []
    for (name, place), expected in due.items():
        answer = await browsers[name].get(f"/w/probe/{place}" if place else "/w/probe")
        found: set[str] | int = seen_in(words_of(answer)) if answer.status_code == 200 else answer.status_code
        if found != expected:
            wrong.append(f"{place} for {name}: {found} instead of {expected}")
        if answer.status_code == 200 and place != "take":
            assert "Hängt" in words_of(answer), (name, place)
    for place in ("/sitemap.xml", "/robots.txt", f"/oembed?url={server.url}/w/probe", "/"):
        answer = await client.get(place)
        assert not seen_in(answer.text), place
        assert not any(card in answer.text for card in wall.states.values()), place
        assert "unlisted" not in answer.text, place
    for browser in browsers.values():
        await browser.aclose()
    assert not wrong, "\n".join(["", *wrong])


async def test_json_ld_and_the_head_of_a_card_say_nothing_of_its_contact(wall: Wall, client: httpx.AsyncClient) -> None:
    head = (await client.get(f"/w/probe/c/{wall.shown}")).text.partition("</head>")[0]
    assert "application/ld+json" in head
    assert not seen_in(head)


async def test_a_draft_and_cards_that_nobody_sees_have_no_address_for_programs(
    wall: Wall, client: httpx.AsyncClient
) -> None:
    """ABUSE 7"""
    for place in (*PLACES, "poster.png"):
        draft, none = [await client.get(f"/w/{slug}/{place}".rstrip("/")) for slug in ("entwurf", "gibtesnicht")]
        assert (draft.status_code, none.status_code) == (404, 404), place
    for state, card in wall.states.items():
        answer = await client.get(f"/w/probe/c/{card}/poster.png")
        assert answer.status_code in (404, 410), state
        answer = await client.get(f"/oembed?url={wall.server.url}/w/probe/c/{card}")
        assert answer.status_code in (404, 410), state


async def test_a_filter_is_carried_over_to_every_file(server: Running, client: httpx.AsyncClient) -> None:
    await hang(server, "Mit Thema", topics=["Umwelt"])
    await hang(server, "Ohne Thema")
    page = (await client.get("/w/probe?topic=Umwelt")).text
    assert 'href="/w/probe/take?topic=Umwelt"' in page
    take = (await client.get("/w/probe/take?topic=Umwelt&view=table&sort=name")).text
    assert "Nur diese Auswahl: 1 Netzwerk" in take
    for kind in KINDS:
        assert f'href="/w/probe/take/{kind}?topic=Umwelt"' in take
    for place in (*FILES, "feed.atom", "embed"):
        text = words_of(await client.get(f"/w/probe/{place}?topic=Umwelt"))
        assert ("Mit Thema" in text, "Ohne Thema" in text) == (True, False), place
    disposition = (await client.get("/w/probe/take/csv?topic=Umwelt")).headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="netzwerk-wand-probe-auswahl-\d{4}-\d\d-\d\d\.csv"', disposition)


async def test_a_file_of_the_team_says_so_in_its_name_and_everybodys_holds_no_more_for_it(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    hidden = await hang(server, "Chor Kanarienvogel")
    await hang(server, "Chor Beispiel")
    wall = (await server.house.hub.room("probe")).board.wall
    await hide(server.house.ledger, wall, hidden.id, SYSTEM)
    query = "?q=Chor+Kanarienvogel"  # the hidden one has every word, the other is what everybody finds instead
    team = await moderator.get(f"/w/probe/take/csv{query}&of=team")
    assert "netzwerk-wand-probe-team-auswahl-" in team.headers["content-disposition"]
    assert ("Chor Kanarienvogel" in team.text, "Chor Beispiel" in team.text) == (True, False)
    for browser in (client, moderator):
        everybodys = await browser.get(f"/w/probe/take/csv{query}")
        assert "netzwerk-wand-probe-auswahl-" in everybodys.headers["content-disposition"]
        assert ("Chor Kanarienvogel" in everybodys.text, "Chor Beispiel" in everybodys.text) == (False, True)


async def test_a_file_that_is_known_is_not_made_again(server: Running, client: httpx.AsyncClient) -> None:
    await hang(server)
    for place in ("take/csv", "take/xlsx", "feed.atom", "embed", "poster.png"):
        first = await client.get(f"/w/probe/{place}")
        again = await client.get(f"/w/probe/{place}", headers={"if-none-match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), place
        release, server.house.assets.release = server.house.assets.release, "anders"
        upgraded = await client.get(f"/w/probe/{place}", headers={"if-none-match": first.headers["etag"]})
        server.house.assets.release = release
        assert upgraded.status_code == 200, place
        await hang(server, f"Neu vor {place}", kind="Forum")
        anew = await client.get(f"/w/probe/{place}", headers={"if-none-match": first.headers["etag"]})
        assert anew.status_code == 200, place


async def test_who_takes_too_much_is_asked_to_wait(on_sqlite: str) -> None:
    async with running(make_settings(on_sqlite, rate_limits=0.04)) as server, server.browser() as client:
        await make_wall(server.house.database)
        statuses = [(await client.get("/w/probe/take/csv")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert int((await client.get("/w/probe/take/json")).headers["retry-after"]) > 0


# Atom


async def feed(client: httpx.AsyncClient, query: str = "") -> ElementTree.Element:
    answer = await client.get(f"/w/probe/feed.atom{query}")
    assert answer.headers["content-type"] == "application/atom+xml"
    return ElementTree.fromstring(answer.content)


async def test_a_feed_is_valid_atom_whatever_the_cards_say(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 20; the elements that RFC 4287 asks for"""
    hostile = await hang(server, HOSTILE[:100], description=HOSTILE, topics=["<b>"], offers="*Räume* & <i>mehr</i>")
    await hang(server, "Zweite")
    root = await feed(client, "?kind=Netzwerk")
    assert root.tag == f"{ATOM}feed"
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
    for part in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
        assert re.fullmatch(r"tag:localhost,\d{4}-\d\d-\d\d:\S+", part.findtext(f"{ATOM}id") or "")
        assert moment.fullmatch(part.findtext(f"{ATOM}updated") or "")
        links = {link.get("rel"): link.get("href") for link in part.findall(f"{ATOM}link")}
        assert (links["alternate"] or "").startswith(server.url)
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Probewand"
    own = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert own["self"] == f"{server.url}/w/probe/feed.atom?kind=Netzwerk"
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Zweite", hostile.name]
    content = entries[1].find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    assert "<script" not in (content.text or "")
    assert "<em>Räume</em> &amp;" in (content.text or "")


async def test_an_entry_keeps_its_id_and_comes_to_the_top_when_it_changes(
    server: Running, client: httpx.AsyncClient
) -> None:
    card = await hang(server, "Erste")
    await hang(server, "Zweite")
    before = {entry.findtext(f"{ATOM}title"): entry for entry in (await feed(client)).findall(f"{ATOM}entry")}
    room = await server.house.hub.room("probe")
    changed = card.content | {"name": "Erste, neu"}
    await edit(server.house.ledger, room.board.wall, card.id, changed, card.revision, SYSTEM)
    first = (await feed(client)).findall(f"{ATOM}entry")[0]
    assert first.findtext(f"{ATOM}title") == "Erste, neu"
    assert first.findtext(f"{ATOM}id") == before["Erste"].findtext(f"{ATOM}id")
    assert str(first.findtext(f"{ATOM}updated")) > str(before["Erste"].findtext(f"{ATOM}updated"))


async def test_the_feed_of_an_empty_wall_is_valid_and_every_wall_names_its_feed(client: httpx.AsyncClient) -> None:
    root = await feed(client)
    assert root.findtext(f"{ATOM}updated")
    assert not root.findall(f"{ATOM}entry")
    page = (await client.get("/w/probe?kind=Forum")).text
    assert Head(page).links["application/atom+xml"] == "/w/probe/feed.atom?kind=Forum"


# In the head of pages


class Head(HTMLParser):
    """The meta properties and data scripts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.data: list[str] = []
        self.scripts = 0
        self._in_data = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.meta[given.get("property") or given.get("name", "")] = given.get("content", "")
        if tag == "link":
            self.links[given.get("type") or given.get("rel", "")] = given.get("href", "")
        self.scripts += tag == "script"
        self._in_data = tag == "script" and given.get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False


async def test_a_card_is_described_in_json_ld_and_its_words_cannot_leave_the_script(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 16, 20"""
    more = {
        "members": ["Verein </script>"],
        "offers": "Räume",
        "seeks": "Menschen",
        "website": "https://beispiel.invalid",
    }
    card = await hang(server, HOSTILE[:100], description=HOSTILE, districts=["Connewitz"], **more)
    plain = Head((await client.get(f"/w/probe/c/{(await hang(server, 'Schlicht')).id}")).text)
    head = Head((await client.get(f"/w/probe/c/{card.id}")).text)
    assert head.scripts == plain.scripts
    (said,) = head.data
    page, about = json.loads(said)["@graph"]
    assert json.loads(said)["@context"] == "https://schema.org"
    assert (page["@type"], page["url"]) == ("WebPage", f"{server.url}/w/probe/c/{card.id}")
    assert page["mainEntity"]["@id"] == about["@id"]
    assert (about["@type"], about["name"], about["url"]) == ("Organization", card.name, "https://beispiel.invalid")
    assert about["areaServed"] == [{"@type": "Place", "name": "Connewitz"}]
    assert (about["makesOffer"]["@type"], about["seeks"]["@type"]) == ("Offer", "Demand")
    assert about["member"][0]["name"] == "Verein </script>"
    event = await hang(server, "Sommerfest", kind="Veranstaltung")
    (said,) = Head((await client.get(f"/w/probe/c/{event.id}")).text).data
    assert json.loads(said)["@graph"][1]["@type"] == "Event"


async def test_links_to_walls_and_cards_come_with_a_picture_and_words(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 20"""
    card = await hang(server, HOSTILE[:100], description="Wir *singen*.")
    for path, title in (("/w/probe", "Probewand"), (f"/w/probe/c/{card.id}", card.name)):
        head = Head((await client.get(path)).text)
        assert head.meta["og:title"] == title
        assert head.meta["og:url"] == head.links["canonical"] == f"{server.url}{path}"
        assert head.meta["og:image"] == f"{server.url}{path}/poster.png"
        assert head.meta["twitter:card"] == "summary_large_image"
        assert head.meta["og:image:alt"]
        assert head.links["application/json+oembed"].startswith(f"{server.url}/oembed?url=")
        drawn = await client.get(f"{path}/poster.png")
        assert drawn.headers["content-type"] == "image/png"
        assert drawn.content[:8] == b"\x89PNG\r\n\x1a\n"
        assert (int.from_bytes(drawn.content[16:20]), int.from_bytes(drawn.content[20:24])) == (1200, 630)
        assert len(drawn.content) < 300_000
    assert "robots" not in Head((await client.get("/w/probe")).text).meta
    await make_wall(server.house.database, "still", listed=False)
    assert Head((await client.get("/w/still")).text).meta["robots"] == "noindex"


async def test_what_somebody_wrote_is_never_typesetting(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 20: a poster's words are data to the typesetter"""
    for name in (
        '#panic("x")',
        '#read("/etc/passwd")',
        "$ x^2",
        "\\u{0}",
        '"; #let x',
        "@label <label>",
        "🎉 سلام 你好",
    ):
        card = await hang(server, name, kind="Forum", meeting=name)
        assert (await client.get(f"/w/probe/c/{card.id}/poster.png")).status_code == 200, name


async def test_a_poster_is_drawn_once_and_forgotten_with_its_card(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 45"""
    card = await hang(server)
    posters, room = server.house.posters, await server.house.hub.room("probe")
    path = f"/w/probe/c/{card.id}/poster.png"
    first = await client.get(path)
    assert card.id in posters._kept
    assert (await client.get(path)).content == first.content
    changed = card.content | {"name": "Ganz anders"}
    await edit(server.house.ledger, room.board.wall, card.id, changed, card.revision, SYSTEM)
    assert (await client.get(path)).content != first.content
    await erase(server.house.ledger, room.board.wall, card.id, SYSTEM)
    assert card.id not in posters._kept
    assert (await client.get(path)).status_code == 410
    assert (await client.get(path, headers={"if-none-match": first.headers["etag"]})).status_code == 410


# Sitemap, robots.txt, oEmbed, frames


async def located(client: httpx.AsyncClient, path: str) -> tuple[str, list[str]]:
    answer = await client.get(path)
    root = ElementTree.fromstring(answer.content)
    assert root.tag in (f"{MAP}urlset", f"{MAP}sitemapindex")
    for entry in root:
        assert {child.tag for child in entry} <= {f"{MAP}loc", f"{MAP}lastmod"}
        changed = entry.findtext(f"{MAP}lastmod")
        assert changed is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", changed)
    return root.tag.removeprefix(MAP), [str(entry.findtext(f"{MAP}loc")) for entry in root]


async def test_the_sitemap_names_the_public_walls_and_cards(wall: Wall, client: httpx.AsyncClient) -> None:
    kind, found = await located(client, "/sitemap.xml")
    base = wall.server.url
    assert (kind, found) == ("urlset", [f"{base}/", f"{base}/w/probe", f"{base}/w/probe/c/{wall.shown}"])
    robots = (await client.get("/robots.txt")).text
    assert f"\nSitemap: {base}/sitemap.xml\n" in robots
    assert "Disallow: /mine/\n" in robots


async def test_a_large_sitemap_comes_in_parts(
    server: Running, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = {(await hang(server, f"Karte {number}")).id for number in range(5)}
    monkeypatch.setattr(sitemap, "PART", 2)
    kind, parts = await located(client, "/sitemap.xml")
    assert (kind, len(parts)) == ("sitemapindex", 4)
    found = [address for part in parts for address in (await located(client, part.removeprefix(server.url)))[1]]
    assert len(found) == len(set(found)) == 7
    assert {address.rpartition("/")[2] for address in found if "/c/" in address} == cards
    assert (await client.get("/sitemap-9.xml")).status_code == 404


@pytest.fixture
async def open_wall(server: Running) -> str:
    """The address of a wall that another site may show."""
    await make_wall(server.house.database, "offen", title='Wand "<b>"', embed_origins=["https://www.beispiel.invalid"])
    await hang(server, "Hängt", slug="offen", topics=["Umwelt"])
    return f"{server.url}/w/offen"


async def test_oembed_gives_a_frame_where_one_may_be_and_a_link_with_a_picture_elsewhere(
    server: Running, client: httpx.AsyncClient, open_wall: str
) -> None:
    """ABUSE 20"""
    rich = (await client.get("/oembed", params={"url": f"{open_wall}?topic=Umwelt", "maxheight": "400"})).json()
    assert (rich["type"], rich["version"], rich["height"], rich["width"]) == ("rich", "1.0", 400, 1000)
    assert rich["html"].count("<") == 2
    assert f'src="{open_wall}/embed?topic=Umwelt"' in rich["html"]
    assert "&lt;b&gt;" in rich["html"]
    card = await hang(server)
    for path in ("/w/probe", f"/w/probe/c/{card.id}"):
        link = (await client.get("/oembed", params={"url": server.url + path})).json()
        assert (link["type"], link["thumbnail_width"]) == ("link", 1200)
        assert "html" not in link
    assert (await client.get("/oembed", params={"url": open_wall, "format": "xml"})).status_code == 501
    for url in (
        "",
        "https://anders.beispiel.invalid/w/probe",
        f"{server.url}/account",
        "//",
        f"{server.url}/w/probe/pin",
    ):
        assert (await client.get("/oembed", params={"url": url})).status_code == 422, url
    assert (await client.get("/oembed", params={"url": f"{server.url}/w/nirgends"})).status_code == 404


async def test_only_the_sites_a_wall_names_may_frame_its_quiet_view(
    server: Running, client: httpx.AsyncClient, open_wall: str
) -> None:
    """ABUSE 29: for moderators, too, it is the public view"""
    shown = await client.get("/w/offen/embed")
    assert "frame-ancestors https://www.beispiel.invalid;" in shown.headers["content-security-policy"]
    assert "x-frame-options" not in shown.headers
    assert '<base target="_blank">' in shown.text
    assert "Hängt" in shown.text
    again = await client.get("/w/offen/embed", headers={"if-none-match": shown.headers["etag"]})
    assert again.headers["content-security-policy"] == shown.headers["content-security-policy"]
    closed = await client.get("/w/probe/embed")
    assert "frame-ancestors 'none'" in closed.headers["content-security-policy"]
    card = (await server.house.hub.room("offen")).board.visible()[0]
    async with server.browser() as moderator:
        await server.sign_in(moderator, "mod@beispiel.invalid", "offen")
        page = (await moderator.get("/w/offen/embed")).text
    assert f"/c/{card.id}/hide" not in page
    assert "<wall-live" not in page, "a moderator's socket would bring their buttons"


async def test_the_page_says_what_to_paste_and_who_may_show_the_wall(
    client: httpx.AsyncClient, owner: httpx.AsyncClient, open_wall: str
) -> None:
    page = (await client.get("/w/offen/take")).text
    assert f"&lt;iframe src=&#34;{open_wall}/embed&#34;" in page
    assert "www.beispiel.invalid" in page
    assert "Noch darf keine Website" in (await client.get("/w/probe/take")).text
    assert "Websites freigeben" in (await owner.get("/w/probe/take")).text
    assert "of=copy" not in (await client.get("/w/probe/take")).text
