"""Who is in what, drawn: organisations in several networks connect them, and a table says the same."""

import re
from itertools import pairwise

import httpx
import pytest

from tests.makers import Running, hang
from wall.find.net import MOST, Group, net_of
from wall.model.card import BLANK, Card
from wall.model.types import now


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is drawn comes from the board in memory, whichever database it was read from."""
    return on_sqlite


def card(name: str, *members: str) -> Card:
    moments = {"created_at": now(), "changed_at": now()}
    given = {"id": name, "name": name, "kind": "Forum", "section": "s1", "members": list(members), "status": "approved"}
    return Card.model_construct(**(BLANK | given | moments))


def names(group: Group) -> list[str]:
    return [node.of.name for node in group.networks]


def crossings(group: Group) -> int:
    lines = [(node.y, other) for node in group.networks for other in node.others]
    return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for n, a in enumerate(lines) for b in lines[:n])


def test_the_best_connected_group_stands_first_and_every_connection_is_drawn_once() -> None:
    net = net_of([card("Z", "x"), card("A", "One", "Two"), card("B", "one", "Three"), card("C", "THREE"), card("D")])
    assert [sorted(names(group)) for group in net.groups] == [["A", "B", "C"], ["Z"]]
    assert [(one.name, len(one.cards)) for one in net.organisations] == [
        ("One", 2),
        ("Three", 2),
        ("Two", 1),
        ("x", 1),
    ]
    first = net.groups[0]
    assert (
        sum(len(node.others) for node in first.networks) == sum(len(node.others) for node in first.organisations) == 5
    )
    assert crossings(first) == 0, "a chain can be drawn without any"
    for column in (first.networks, first.organisations):
        assert all(b.y - a.y >= 44 for a, b in pairwise(column))
        assert all(0 < node.y < first.height for node in column)


def test_the_same_cards_give_the_same_picture_in_whatever_order_they_come() -> None:
    cards = [card(f"N{n}", *(f"o{n * k % 7}" for k in range(1, 4))) for n in range(12)]
    assert net_of(cards).groups == net_of(cards).groups
    assert [names(g) for g in net_of(cards[::-1]).groups] == [names(g) for g in net_of(cards).groups]


def test_of_very_many_the_connected_ones_are_drawn_and_the_rest_is_in_the_table() -> None:
    together = [card(f"Zusammen {n}", "Alle", *(f"nur {n} {m}" for m in range(5))) for n in range(40)]
    alone = [card(f"Allein {n}", f"einzeln {n}") for n in range(660)]
    net = net_of([*alone, *together])
    assert [len(group.networks) for group in net.groups] == [40]
    assert [node.of.name for node in net.groups[0].organisations] == ["Alle"]
    assert {node.more for node in net.groups[0].networks} == {5}
    assert net.undrawn == 660
    assert len(net.organisations) == 1 + 200 + 660
    assert sum(len(g.networks) for g in net_of([card(f"N{n}", "x") for n in range(400)]).groups) == MOST


async def test_an_organisation_leads_to_its_networks_and_a_network_to_its_card(
    server: Running, client: httpx.AsyncClient
) -> None:
    assert 'id="view-graph"' not in (await client.get("/w/probe")).text
    await hang(server, "Niemand")
    assert "Hier ist noch nichts verbunden." in (await client.get("/w/probe?view=graph")).text
    one = await hang(server, "Eins", members=["Verein <b>", "Nur hier"])
    two = await hang(server, "Zwei", members=["verein <b>"], kind="Forum")
    await hang(server, "Drei", members=["Anderer"])
    assert 'id="view-graph"' in (await client.get("/w/probe")).text
    text = (await client.get("/w/probe?view=graph")).text
    assert "2 Netzwerke, 2 Organisationen" in text
    table = text[text.index("<tbody") :]
    assert re.findall(r"<th[^>]*><a[^>]*>(.*?)</a>", table) == ["Verein &lt;b&gt;", "Anderer", "Nur hier"]
    assert re.findall(rf"/c/({one.id}|{two.id})", table) == [one.id, two.id, one.id]
    address = re.search(r'id="m-Verein[^"]*" href="([^"]+)"', text)
    assert address is not None
    only = (await client.get(address[1].replace("&amp;", "&"))).text
    assert "Drei" not in only
    assert "2 Netzwerke gefunden" in only
    assert re.search(r'class="chosen__one" href="/w/probe\?view=graph"', only)
    of_card = re.search(r'class="facts__member" href="([^"]+)"', (await client.get(f"/w/probe/c/{two.id}")).text)
    assert of_card is not None
    assert "2 Netzwerke gefunden" in (await client.get(of_card[1].replace("&amp;", "&"))).text
