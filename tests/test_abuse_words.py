"""Odd characters: what cannot be seen, stored or laid out is normalised or refused, and a search is taken literally."""

import re
import unicodedata

import httpx

from tests.makers import Running, words

ODD_NAMES = {
    "Right\u202eevil\u202c-to-left": "Rightevil-to-left",
    "\u2066isoliert\u2069 \u200fX": "isoliert X",
    "Z" + "\u0351\u0308\u0363" * 200 + "algo": None,
    "Nul\0l und \x07Glocke\x1b[31m": "Null und Glocke[31m",
    "Breit\u200b\u2060\ufeffe": "Breite",
    "Zeile\nzwei\u2028drei": "Zeile zwei drei",
    "  viel   Platz\t": "viel Platz",
    "e\u0301": "é",
}


async def test_odd_characters_are_normalised(client: httpx.AsyncClient, server: Running) -> None:
    """ABUSE 17, in the form and in the JSON API alike"""
    for number, (written, expected) in enumerate(ODD_NAMES.items()):
        form = words(written) | {"key": f"key-form-{number:04}"}
        assert (await client.post("/w/probe/pin", data=form)).status_code == 303
        headers = {"idempotency-key": f"key-json-{number:04}"}
        assert (await client.post("/api/walls/probe/cards", json=words(written), headers=headers)).status_code == 201
        board = (await server.house.hub.room("probe")).board
        names = {card.name for card in board.with_status("pending")[-2:]}
        assert len(names) == 1, names
        name = names.pop()
        assert expected in (None, name)
        assert not any(unicodedata.category(char) in ("Cc", "Cs", "Cf", "Zl", "Zp") for char in name)
        assert len(name) < 20, "no tower of marks"


INVISIBLE = [
    "\u200b",
    "\u200d\u200d",
    "\u2060 \ufeff",
    "\u202e",
    "\u0301\u0302",
    "\u3164",
    "\u2800",
    "\u115f\u1160",
    "\xad",
    "\0",
]


async def test_a_name_that_nobody_can_see_is_refused(client: httpx.AsyncClient) -> None:
    """ABUSE 17: zero-width characters, fillers and blanks alone are no name"""
    for name in INVISIBLE:
        answer = await client.post("/w/probe/pin", data=words(name) | {"key": "key-00000001"})
        assert answer.status_code == 422, ascii(name)


async def test_ten_thousand_emoji_are_refused_with_a_reason(client: httpx.AsyncClient) -> None:
    """ABUSE 17"""
    flood = "🎉" * 10_000
    for field in ("name", "description", "meeting", "offers"):
        answer = await client.post("/w/probe/pin", data=words() | {field: flood, "key": "key-00000001"})
        assert answer.status_code == 422
        assert f'id="wrong-{field}"><' in answer.text.replace("\n", "")
        assert flood in answer.text, "the words are kept"
    family = "👩‍👩‍👧‍👦" * 10
    answer = await client.post("/w/probe/pin", data=words(family) | {"key": "key-00000001"})
    assert answer.status_code == 303, "a few are somebody's taste, joiners and all"


MULTIPART = '--x\r\nContent-Disposition: form-data; name="{0}"\r\n\r\n{1}\r\n'


async def test_a_lone_surrogate_or_nul_is_normalised_or_refused(client: httpx.AsyncClient) -> None:
    """ABUSE 17: in every field and header a form or a program can fill, also by naming an odd character set"""
    for charset in ("unicode_escape", "utf-7", "utf-16", "no-such"):
        for bad in ("\\ud800", "+2AA-", "\\x00", "\0"):
            fields = words(f"Netz {bad}") | {"description": bad, "key": f"key-{bad}-00000001", "topics": bad}
            body = "".join(MULTIPART.format(name, value) for name, value in fields.items()) + "--x--\r\n"
            kind = f"multipart/form-data; boundary=x; charset={charset}"
            answer = await client.post("/w/probe/pin", content=body.encode(), headers={"content-type": kind})
            assert answer.status_code in (303, 400, 409, 422), (charset, bad)
    deep = b'{"name": "x", "odd": ' + b"[" * 300 + b"]" * 300 + b"}"
    for body in (deep, b'{"name": "\\ud800"}', b'{"name": "\xed\xa0\x80"}', b"\xff", b'{"name": "\\u0000"}'):
        headers = {"idempotency-key": "key-00000001", "content-type": "application/json"}
        answer = await client.post("/api/walls/probe/cards", content=body, headers=headers)
        assert answer.status_code in (400, 422)
    for path in ("/w/%00", "/w/%ED%A0%80", "/w/probe/c/%00", "/mine/%00", "/sign-in/%00", "/api/walls/%00", "/%00"):
        assert (await client.get(path)).status_code in (400, 404, 410), path
    sign_in = await client.post("/sign-in", data={"email": "a\0@beispiel.invalid", "password": "\0"})
    assert sign_in.status_code == 422


QUERIES = [
    "' OR 1=1 --",
    '"; DROP TABLE card; --',
    "%",
    "_",
    "name:*",
    'a" OR "b',
    "NEAR(a b)",
    "(((((",
    "\\",
    "*",
    "?",
    "^",
    "-",
    "x" * 10_000,
    "é" * 10_000,
    "zq " * 5_000,
]


NAMES = ("Hundert % Klima", "Unter_strich", "Nachbarn")


async def test_a_query_is_taken_literally(client: httpx.AsyncClient, moderator: httpx.AsyncClient) -> None:
    """ABUSE 36: SQL, wildcards and search operators find nothing, and disturb no word beside them"""
    for number, name in enumerate(NAMES):
        data = words(name) | {"key": f"key-{number:08}"}
        assert (await moderator.post("/w/probe/pin", data=data)).status_code == 303
    for query in QUERIES:
        answer = await client.get("/w/probe", params={"q": query})
        assert answer.status_code == 200, query[:20]
        text = re.sub("</?mark>|\u200b", "", answer.text)
        assert [name for name in NAMES if f">{name}</a>" in text] == [], query[:20]
    for query, name in (("hundert %", NAMES[0]), ("unter_strich", NAMES[1]), ("nachbarn", NAMES[2])):
        text = re.sub("</?mark>|\u200b", "", (await client.get("/w/probe", params={"q": query})).text)
        assert [shown for shown in NAMES if f">{shown}</a>" in text] == [name]
