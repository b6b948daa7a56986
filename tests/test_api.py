"""The JSON API: every endpoint, its idempotency, its problems, its document; one set of fields for all ways in."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from starlette.datastructures import FormData

from tests.makers import SECTIONS, Running, hang, make_wall, until, words
from wall.app import ROUTES
from wall.errors import Invalid
from wall.exchange import csv
from wall.live.protocol import TOO_FAR
from wall.model.card import CONTENT, CardContent
from wall.model.roles import GUEST
from wall.model.types import now
from wall.model.wall import Wall
from wall.web.forms import CONTROLS, card_words

Browser = httpx.AsyncClient
CARDS = "/api/walls/probe/cards"


async def post(client: Browser, body: Any, key: str | None = "key-00000001") -> httpx.Response:
    return await client.post(CARDS, json=body, headers={} if key is None else {"idempotency-key": key})


async def test_walls_and_cards_are_there_for_programs_as_visitors_see_them(server: Running, client: Browser) -> None:
    shown = await hang(server, "Sichtbar", topics=["Umwelt"])
    waiting = await hang(server, "Wartet", by=GUEST)
    await make_wall(server.house.database, "geheim", listed=False)
    (listed,) = (await client.get("/api/walls")).json()["walls"]
    one = (await client.get("/api/walls/probe")).json()
    assert listed == one
    assert (one["slug"], one["title"], one["count"], one["revision"]) == ("probe", "Probewand", 1, 2)
    assert one["sections"] == SECTIONS
    assert not {"id", "imprint", "listed", "created_at"} & set(one)
    answer = (await client.get(CARDS)).json()
    assert (answer["revision"], answer["epoch"]) == (2, one["epoch"])
    (card,) = answer["cards"]
    assert card == (await client.get(f"{CARDS}/{shown.id}")).json()
    assert (card["name"], card["topics"]) == ("Sichtbar", ["Umwelt"])
    assert not {"status", "hidden", "wall_id"} & set(card)
    assert (await client.get(f"{CARDS}/{waiting.id}")).status_code == 404
    assert (await client.get("/api/walls/nirgends")).status_code == 404


async def test_a_pin_needs_a_key_and_the_same_key_is_one_card(server: Running, client: Browser) -> None:
    """ABUSE 11 and 12"""
    for key in (None, "kurz", "x" * 201):
        refused = await post(client, words(), key)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    first, second = await post(client, words()), await post(client, words())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.headers["location"] == first.json()["url"]
    other = await post(client, words("Anderer Name"))
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    board = (await server.house.hub.room("probe")).board
    assert [card.id for card in board.cards.values()] == [first.json()["id"]]
    assert (await client.get(first.json()["edit_url"])).status_code == 200
    assert first.json()["status"] == "pending"


async def test_fields_that_are_not_the_writers_are_ignored(server: Running, client: Browser) -> None:
    """ABUSE 18 and 34"""
    extra = {"status": "approved", "wall_id": 9, "revision": 99, "id": "mine", "hidden": False, "position": "Zz"}
    answer = await post(client, words() | extra | {"__proto__": {"a": 1}, "constructor": "x"})
    assert answer.status_code == 201
    board = (await server.house.hub.room("probe")).board
    (card,) = board.cards.values()
    assert (card.status, card.wall_id, card.revision) == ("pending", board.wall.id, 1)
    assert card.id != "mine"


async def test_what_cannot_be_taken_is_named_field_by_field(client: Browser) -> None:
    body = words("x" * 121, kind="Unbekannt", section="s9", website="ftp://a", newcomers="vielleicht", topics="Umwelt")
    answer = await post(client, body | {"members": [1, "Verein"], "districts": ["Mond"]})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"], problem["title"]) == (422, "invalid", "Etwas fehlt noch.")
    assert {error["field"]: error["code"] for error in problem["errors"]} == {
        "name": "too_long",
        "kind": "not_a_choice",
        "section": "not_a_choice",
        "topics": "not_a_choice",
        "districts": "not_a_choice",
        "website": "not_a_link",
        "members": "not_a_choice",
        "newcomers": "not_a_choice",
    }
    assert problem["errors"][0]["detail"] == "Bitte höchstens 120 Zeichen, es sind 121."


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"a"', b"NaN", b"\xff", b"[" * 5000])
async def test_a_body_that_is_no_object_is_not_understood(client: Browser, body: bytes) -> None:
    answer = await client.post(CARDS, content=body, headers={"idempotency-key": "key-00000001"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_frozen_wall_takes_no_pins_from_programs(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "still", phase="frozen")
    headers = {"idempotency-key": "key-00000001"}
    answer = await client.post("/api/walls/still/cards", json=words(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (423, "frozen")


async def test_a_withdrawn_card_is_gone_for_programs_too(server: Running, client: Browser) -> None:
    card = await hang(server)
    await client.post(f"/mine/{server.house.edit_links.token(card.id)}/withdraw")
    assert (await client.get(f"{CARDS}/{card.id}")).status_code == 410


async def test_changes_follow_the_cards_without_a_gap(server: Running, client: Browser) -> None:
    await hang(server, "Eins")
    state = (await client.get(CARDS)).json()
    pending = await hang(server, "Wartet", by=GUEST)
    await hang(server, "Zwei")
    since = {"since": str(state["revision"]), "epoch": state["epoch"]}
    answer = (await client.get("/api/walls/probe/changes", params=since)).json()
    assert (answer["revision"], answer["epoch"]) == (3, state["epoch"])
    assert [change["revision"] for change in answer["changes"]] == [2, 3]
    assert [[card["name"] for card in change["cards"]] for change in answer["changes"]] == [[], ["Zwei"]]
    assert pending.id not in str(answer)
    up_to_date = await client.get("/api/walls/probe/changes", params={"since": "3"})
    assert up_to_date.json()["changes"] == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"since": "-1"}, 422),
        ({"since": "x"}, 422),
        ({"since": "²"}, 422),
        ({"since": "9" * 16}, 422),
        ({"since": "2"}, 410),
        ({"since": "0", "epoch": "andere"}, 410),
        ({"since": "0"}, 200),
    ],
)
async def test_a_program_that_cannot_follow_is_told_to_start_anew(
    server: Running, client: Browser, query: dict[str, str], status: int
) -> None:
    """ABUSE 10"""
    await hang(server)
    answer = await client.get("/api/walls/probe/changes", params=query)
    assert answer.status_code == status


async def test_a_program_too_far_behind_starts_anew(server: Running, client: Browser) -> None:
    wall = (await server.house.hub.room("probe")).board.wall
    rows = [{"name": f"Karte {n}", "kind": "Netzwerk", "section": "s1"} for n in range(TOO_FAR + 1)]
    sheet = csv.Sheet(rows, list(range(len(rows))))
    await csv.take(server.house.ledger, wall, sheet, GUEST)
    room = await server.house.hub.room("probe")
    await until(lambda: room.board.revision == TOO_FAR + 1, "the room to load so large a deed anew")
    behind = [await client.get("/api/walls/probe/changes", params={"since": n}) for n in (0, 1)]
    assert [answer.status_code for answer in behind] == [410, 200]
    assert len(behind[1].json()["changes"]) == TOO_FAR


async def test_the_document_is_valid_and_names_every_route(client: Browser, server: Running) -> None:
    document = (await client.get("/api/openapi.json")).json()
    validate(document)
    routes = {
        (route.path, method.lower())
        for route in ROUTES
        if route.path.startswith("/api/walls")
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }
    assert {(path, method) for path, item in document["paths"].items() for method in item} == routes
    assert document["servers"] == [{"url": server.url}]
    page = (await client.get("/api")).text
    assert all(path in page for path in document["paths"])


async def test_answers_have_the_shape_the_document_promises(server: Running, client: Browser) -> None:
    await hang(server)
    schemas = (await client.get("/api/openapi.json")).json()["components"]["schemas"]
    answers = {
        "Card": (await client.get(CARDS)).json()["cards"][0],
        "Wall": (await client.get("/api/walls/probe")).json(),
        "Pinned": (await post(client, words())).json(),
        "Change": (await client.get("/api/walls/probe/changes?since=0")).json()["changes"][0],
        "Problem": (await client.get("/api/walls/nirgends")).json(),
    }
    for name, answer in answers.items():
        assert set(schemas[name]["required"]) <= set(answer), name
        assert set(answer) <= set(schemas[name]["properties"]), name


WALL = Wall(title="Probe", slug="probe", epoch="e", created_at=now(), sections=SECTIONS, districts=["Grünau-Mitte"])
HARD = ["", " ", "\u200b", "s1", "s2", "Netzwerk", "netzwerk", "yes", "ask", "Grünau-Mitte", "gruenau-mitte"]
HARD += ["https://a.example", "a.example", "javascript:alert(1)", "http://", "x" * 59, "x" * 61, "x" * 121, "y" * 1501]
TEXT = st.one_of(st.sampled_from(HARD), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12))
# what all three ways can say: cells and boxes hold single words without the separators of lists
WORD = TEXT.map(lambda text: "".join(c for c in text if c not in ";,|\n\r\x85\u2028\u2029"))
RAW = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(WORD, max_size=9) if CONTROLS[name] in ("choices", "lines") else TEXT.map(str.strip)
        for name in CONTENT
        if name != "schedule"  # a form says it in fields of its own: tests/test_schedules.py
    },
)


def codes(raw: dict[str, Any]) -> list[tuple[str, str]]:
    """What a wall complains about."""
    try:
        CardContent.take(raw, WALL)
    except Invalid as error:
        return [(complaint.field, complaint.code) for complaint in error.complaints]
    return []


@settings(deadline=None, derandomize=True)
@given(RAW)
def test_form_api_and_import_take_the_same_words_and_complain_alike(raw: dict[str, Any]) -> None:
    said = {"section": "s1", "kind": "Sonstiges"} | {
        name: value for name, value in raw.items() if value not in ("", [])
    }
    if not str(said["section"]).strip() or not str(said["kind"]).strip():
        return
    pairs = [(n, item) for n, value in said.items() for item in (value if isinstance(value, list) else [value])]
    form = card_words(FormData(pairs), WALL)
    cells = {n: [*value, ""] if isinstance(value, list) else value for n, value in said.items()}
    sheet = csv.Sheet([cells], [2])
    (row,) = csv.check(sheet, WALL)
    wanted = codes(said)
    assert codes(form) == wanted
    assert [(complaint.field, complaint.code) for complaint in row.complaints if complaint.field != "section"] == [
        (field, code) for field, code in wanted if field != "section"
    ]
