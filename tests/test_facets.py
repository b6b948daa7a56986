"""Filters and views of a wall as addresses: what they find, what each choice would give, how lists are sorted."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from starlette.datastructures import QueryParams

from tests.makers import Running, hang
from wall.find.facets import find
from wall.find.filters import Query
from wall.model.types import altered, now

CARDS = {
    "Amt": {"topics": ["Umwelt"], "districts": ["Connewitz"], "offers": "Räume"},
    "Bund": {"topics": ["Jugend", "Umwelt"], "kind": "Forum", "section": "s2", "newcomers": "yes"},
    "Chor": {"topics": ["Jugend"], "districts": ["Grünau-Mitte", "Connewitz"], "newcomers": "ask", "seeks": "Töne"},
    "Dach": {"topics": [], "kind": "Forum", "members": ["Beispielverein e. V."], "newcomers": "no"},
}


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is found comes from the board in memory, whichever database it was read from."""
    return on_sqlite


@pytest.fixture
async def client(server: Running, client: httpx.AsyncClient) -> httpx.AsyncClient:
    for name, more in CARDS.items():
        await hang(server, name, **more)
    return client


async def found(client: httpx.AsyncClient, *pairs: tuple[str, str], view: str = "list") -> list[str]:
    page = await client.get(f"/w/probe?{urlencode([*pairs, ('view', view)])}")
    assert page.status_code == 200
    return re.findall(r'id="name-[^>]+><a[^>]+>([^<]+)<', re.sub("</?mark>", "", page.text))


COMBINED: list[tuple[list[tuple[str, str]], list[str]]] = [
    ([("topic", "umwelt")], ["Amt", "Bund"]),
    ([("topic", "Umwelt"), ("topic", "Jugend")], ["Amt", "Chor", "Bund"]),  # any of them, in the wall's order
    ([("topic", "Jugend"), ("kind", "Forum")], ["Bund"]),  # all of these
    ([("district", "Connewitz")], ["Amt", "Chor"]),
    ([("district", "Connewitz"), ("district", "*")], ["Amt", "Chor", "Dach", "Bund"]),  # and those for all
    ([("section", "s2")], ["Bund"]),
    ([("open", "1")], ["Chor", "Bund"]),
    ([("offers", "1")], ["Amt"]),
    ([("seeks", "1"), ("q", "chor")], ["Chor"]),
    ([("member", "beispielverein e. v.")], ["Dach"]),
    ([("confirmed", "1"), ("offers", "1")], ["Amt"]),  # whoever puts a card up confirms it
    ([("kind", "Gibtesnicht")], []),
    ([("when", "mon")], []),
]


async def test_filters_combine(client: httpx.AsyncClient) -> None:
    for pairs, names in COMBINED:
        assert await found(client, *pairs) == names, pairs
        assert await found(client, *pairs, view="wall") == names, pairs


async def test_every_count_is_what_that_choice_would_give(client: httpx.AsyncClient) -> None:
    for pairs in ([], [("topic", "Umwelt")], [("topic", "Umwelt"), ("district", "Connewitz")], [("q", "a")]):
        text = (await client.get(f"/w/probe?{urlencode(pairs)}")).text
        links = re.findall(r'id="f-([a-z]+)(?:-[^"]*)?" href="([^"]+)"([^>]*)>.*?facet__count">(\d+)<', text)
        assert len(links) > 2
        for name, url, attributes, count in links:
            asked = Query.read(QueryParams(url.replace("&amp;", "&").partition("?")[2]))
            if "aria-current" in attributes:  # it takes the choice back
                continue
            only = [value for value in asked.of(name) if not Query.read(QueryParams(pairs)).has(name, value)]
            alone = Query(asked.q, {**asked.chosen, name: tuple(only)})
            assert len(await found(client, *alone.pairs())) == int(count), (pairs, url)


async def test_spellings_of_one_value_are_one_choice(server: Running, client: httpx.AsyncClient) -> None:
    for number, topic in enumerate(("Straßenfest", "STRASSENFEST", "Straßenfest")):
        await hang(server, f"Fest {number}", topics=[topic])
    text = (await client.get("/w/probe?topic=strassenfest")).text
    assert len(re.findall(r'id="f-topic-Stra[^"]*"[^>]*aria-current="true".*?facet__count">3<', text)) == 1
    assert "STRASSENFEST</span><span" not in text


async def test_what_is_chosen_can_be_taken_back_one_by_one(client: httpx.AsyncClient) -> None:
    text = (await client.get("/w/probe?q=a&topic=Umwelt&district=Connewitz&open=1&view=table")).text
    chosen = text[text.index('class="chosen"') : text.index("</ul>", text.index('class="chosen"'))]
    assert re.findall(r'href="([^"]+)"', chosen.replace("&amp;", "&")) == [
        "/w/probe?topic=Umwelt&district=Connewitz&open=1&view=table",
        "/w/probe?q=a&district=Connewitz&open=1&view=table",
        "/w/probe?q=a&topic=Umwelt&open=1&view=table",
        "/w/probe?q=a&topic=Umwelt&district=Connewitz&view=table",
    ]


async def test_a_card_confirmed_within_a_year_counts_as_recently_confirmed(server: Running) -> None:
    card = await hang(server, "Frisch")
    board = (await server.house.hub.room("probe")).board
    for days, there in ((300, True), (400, False)):
        board.cards[card.id] = altered(card, confirmed_at=now() - timedelta(days=days))
        board._columns = board._visible = None
        assert [c.name for c in find(board, Query(chosen={"confirmed": ("1",)})).cards] == ["Frisch"] * there


SORTED: list[tuple[str, list[str]]] = [
    ("name", ["Amt", "Bund", "Chor", "Dach"]),
    ("-name", ["Dach", "Chor", "Bund", "Amt"]),
    ("newest", ["Dach", "Chor", "Bund", "Amt"]),
    ("kind", ["Bund", "Dach", "Amt", "Chor"]),
    ("-kind", ["Amt", "Chor", "Bund", "Dach"]),
    ("district", ["Amt", "Chor", "Bund", "Dach"]),  # who has none stands last,
    ("-district", ["Chor", "Amt", "Bund", "Dach"]),  # both ways
    ("nonsense", ["Amt", "Bund", "Chor", "Dach"]),
]


async def test_the_table_sorts_by_its_heads(client: httpx.AsyncClient) -> None:
    for sort, names in SORTED:
        text = (await client.get(f"/w/probe?view=table&sort={sort}")).text.replace("&amp;", "&")
        assert re.findall(r'scope="row"><a[^>]+>([^<]+)<', text) == names, sort
        head = sort.removeprefix("-") if sort != "nonsense" else "name"
        state = re.search(rf'<th scope="col" aria-sort="(\w+)"><a[^>]+ id="sort-{head}" href="([^"]+)"', text)
        assert state is not None, sort
        assert text.count("aria-sort") == 1
        assert (state[1] == "descending") == (sort.startswith("-") != (head == "newest"))
        turned = head if sort.startswith("-") else f"-{head}"
        assert state[2].endswith(f"sort={turned}")


async def test_a_table_of_what_was_searched_for_has_the_best_first_until_a_head_sorts_it(
    server: Running, client: httpx.AsyncClient
) -> None:
    await hang(server, "Abend", description="Wir lesen zusammen.")
    await hang(server, "Zirkel Lesen")
    assert await found(client, ("q", "lesen")) == ["Zirkel Lesen", "Abend"], "as the list has them"
    for chosen, names, state in (
        ("", ["Zirkel Lesen", "Abend"], []),
        ("&sort=name", ["Abend", "Zirkel Lesen"], ["ascending"]),
        ("&sort=-name", ["Zirkel Lesen", "Abend"], ["descending"]),
    ):
        text = (await client.get(f"/w/probe?q=lesen&view=table{chosen}")).text
        assert re.findall(r'scope="row"><a[^>]+>([^<]+)<', text) == names
        assert re.findall(r'aria-sort="(\w+)"', text) == state
        rank = re.search(r'id="sort-none" href="([^"]+)"( aria-current="true")?', text)
        assert rank is not None, "the way back to the best first"
        assert (rank[1].replace("&amp;", "&"), bool(rank[2])) == ("/w/probe?q=lesen&view=table", not chosen)
    assert 'id="sort-none"' not in (await client.get("/w/probe?view=table")).text


async def test_equal_queries_have_one_address() -> None:
    asked = Query.read(QueryParams("sort=name&kind=Forum&view=list&topic=b&topic=a&topic=a&q=+x+&lang=de&view=x"))
    assert asked.address("/w/probe") == "/w/probe?q=x&topic=b&topic=a&kind=Forum&sort=name"
    assert Query.read(QueryParams("view=wall&topic=&q=")).address("/w/probe") == "/w/probe"
    assert Query.read({"topic": "a", "view": "list"}).address("/x", view="wall", q="b") == "/x?topic=a&q=b"


async def test_a_page_that_is_open_asks_for_the_counts_alone(server: Running, client: httpx.AsyncClient) -> None:
    part = await client.get("/w/probe?part=facets")
    assert 'id="f-kind-Forum"' in part.text
    assert "data-card" not in part.text
    again = await client.get("/w/probe?part=facets", headers={"if-none-match": part.headers["etag"]})
    assert again.status_code == 304
    await hang(server, "Eins mehr", kind="Forum")
    later = await client.get("/w/probe?part=facets", headers={"if-none-match": part.headers["etag"]})
    assert re.search(r'id="f-kind-Forum".*?facet__count">3<', later.text)
