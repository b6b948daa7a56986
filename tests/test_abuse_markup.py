"""Markup and scripts in any field come out as text or not at all, on every page and in every frame."""

import html
from typing import Any
from urllib.parse import quote

import httpx

from tests.makers import Running, hear, words
from tests.pages import looked_at

MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "[Klick](javascript:alert(1)) [Bild](data:text/html,<script>alert(1)</script>)",
    "![x](x){onerror=alert(1)} <a href=javascript:alert(1)>x</a> <javascript:alert(1)>",
    "[x](JaVaScRiPt:alert(1)) [y](&#106;avascript:alert(1)) [z](java\tscript:alert(1)) [w](vbscript:x)",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=alert(1)>'>",
    "<svg><p><style><a id='</style><img src=1 onerror=alert(1)>'></a></p></svg>",
    "</textarea></title></style><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "{{ 7 * 7 }} {% include 'x' %} ${7*7} %(name)s {name} {0.__class__}",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
]
TEXT_FIELDS = ("name", "description", "meeting", "offers", "seeks")
HOSTILE_LINKS = [
    "javascript:alert(1)",
    "data:text/html,x",
    "https://a.de/\"onclick='x'",
    "//a.de",
    "vbscript:x",
    "a.de<b>",
]


def everywhere(payload: str) -> dict[str, Any]:
    """A card with the payload in every field that takes words."""
    return words(
        **{field: payload[:120] if field == "name" else payload for field in TEXT_FIELDS},
        topics=[payload[:60]],
        members=[payload[:120]],
    )


async def pin(client: httpx.AsyncClient, card: dict[str, Any], number: int) -> dict[str, str]:
    headers = {"idempotency-key": f"key-{number:08}"}
    answer = await client.post("/api/walls/probe/cards", json=card, headers=headers)
    assert answer.status_code == 201, answer.text
    pinned: dict[str, str] = answer.json()
    return pinned


async def test_markup_in_any_field_is_shown_as_text_on_every_page(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    """ABUSE 16"""
    for number, payload in enumerate(MARKUP):
        pinned = await pin(client, everywhere(payload), number)
        here = f"/w/probe/c/{pinned['id']}"
        pages = [await moderator.get("/w/probe/queue")]
        assert (await moderator.post(f"{here}/approve")).status_code == 303
        mine = pinned["edit_url"].removeprefix(server.url)
        pages += [await client.get(path) for path in (here, "/w/probe", mine, "/w/probe/projector")]
        pages += [await moderator.get(path) for path in ("/w/probe", here, f"{here}/edit")]
        for page in pages:
            assert page.status_code == 200
            assert looked_at(page.text).found == [], (page.url, payload)
        assert payload.split()[0] in html.unescape(pages[1].text), "the words are there, as words"


async def test_markup_that_is_handed_back_is_text(client: httpx.AsyncClient) -> None:
    """ABUSE 16: searches, refused forms, sign-ins and unknown addresses repeat what came only as text"""
    for payload in MARKUP:
        choices = {"kind": payload, "section": payload, "districts": payload, "newcomers": payload, "key": payload}
        pages = [
            await client.get("/w/probe", params={"q": payload, "topic": payload, "kind": payload, "district": payload}),
            await client.get("/w/probe/pin", params={"section": payload}),
            await client.post("/w/probe/pin", data=everywhere(payload) | choices),
            await client.post("/sign-in", data={"email": payload, "password": payload, "next": payload}),
            await client.get("/sign-in", params={"next": payload}),
            await client.get(f"/w/probe/{quote(payload)}", params={"x": payload}),
            await client.get("/", headers={"accept-language": payload.replace("\t", " ")}),
        ]
        assert [page.status_code for page in pages] == [200, 200, 422, 422, 200, 404, 200]
        for page in pages:
            assert looked_at(page.text).found == [], (page.url, payload)
        assert html.escape(payload[:20], quote=False) in pages[2].text.replace("&#39;", "'").replace("&#34;", '"')


async def test_markup_in_a_frame_is_text(server: Running) -> None:
    """ABUSE 16: html frames carry finished, harmless markup; json frames carry the words as they are"""
    room = await server.house.hub.room("probe")
    async with server.browser() as operator, server.listen(form="html") as page, server.listen(form="json") as program:
        await server.sign_in(operator, "leitung@beispiel.invalid", None)
        for number, payload in enumerate(MARKUP):
            pinned = await pin(operator, everywhere(payload), number)
            drawn, plain = await hear(page, "change"), await hear(program, "change")
            assert looked_at(drawn["cards"][0]["html"]).found == [], payload
            stored = room.board.cards[pinned["id"]]
            assert plain["cards"][0]["description"] == stored.description == payload.replace("\t", " ")


async def test_a_hostile_website_is_refused_with_the_words_kept(client: httpx.AsyncClient) -> None:
    """ABUSE 16"""
    for link in HOSTILE_LINKS:
        answer = await client.post("/w/probe/pin", data=words("Bleibt stehen", website=link) | {"key": "key-00000001"})
        assert answer.status_code == 422, link
        assert looked_at(answer.text).found == []
        assert 'value="Bleibt stehen"' in answer.text
        assert f'value="{html.escape(link)}"' in answer.text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


async def test_markup_in_the_walls_own_settings_is_text(client: httpx.AsyncClient, owner: httpx.AsyncClient) -> None:
    """ABUSE 16: a owner cannot run scripts in the visitors' browsers either"""
    for payload in MARKUP:
        fields = ("title", "place", "intro", "contact", "credits", "imprint", "privacy")
        kind = payload.partition(";")[0]  # behind it stands the kind's colour
        lists = {"sections": f"Bündnisse\n{payload}", "kinds": f"Netzwerk; 30\n{kind}; 30", "topics": payload}
        form = dict.fromkeys(fields, payload) | lists | {"districts": payload, "listed": "1"}
        form |= {"language": "de", "address": "sie", "moderation": "before", "accent": "260"}
        refused = await owner.post("/w/probe/settings", data=form | {"kinds": f"Netzwerk; {payload}"})
        assert looked_at(refused.text).found == [], payload
        saved = await owner.post("/w/probe/settings", data=form | {"title": payload[:100]})
        assert saved.status_code == 303, payload
        rooms = ("", "/info", "/pin", "/projector", "/impressum", "/datenschutz")
        for path in ["/", *(f"/w/probe{room}" for room in rooms)]:
            page = await client.get(path)
            assert page.status_code == 200
            assert looked_at(page.text).found == [], (path, payload)
        assert looked_at((await owner.get("/w/probe/settings")).text).found == []
