"""Pictures: what is taken and what is not, what is left of them, and who sees them (ABUSE 16, 21–25, 40, 45)."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from PIL import Image, ImageCms

from tests.makers import Running, card_in, hang, make_wall
from tests.pages import looked_at
from wall.actions.configure import configure
from wall.actions.erase import erase
from wall.actions.merge import merge
from wall.actions.undo import undo
from wall.imaging.workshop import Workshop
from wall.model.card import Card
from wall.model.picture import MOST_BYTES, Picture
from wall.model.proposal import Proposal
from wall.model.roles import GUEST, SYSTEM
from wall.store import proposals
from wall.words import words

Browser = httpx.AsyncClient
T = words("de")
ALT = "Zwölf Menschen sitzen um einen Tisch."
ORIENTATION, GPS = 0x0112, 0x8825


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def photo(width: int = 900, height: int = 600, kind: str = "JPEG", **more: Any) -> bytes:
    """A picture that is red on the left and blue on the right."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (width // 2, 0, width, height))
    return saved(image, kind, **more)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_that_says(width: int, height: int) -> bytes:
    """A small file that claims to be a large picture."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10_000_000))) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """Pictures touch two columns; both databases are held to the schema elsewhere."""
    return on_sqlite


@pytest.fixture
async def card(server: Running) -> Card:
    """A card that everybody sees."""
    return await hang(server)


async def send(
    client: Browser, address: str, body: bytes, alt: str = ALT, name: str = "foto.jpg", kind: str = "image/jpeg"
) -> httpx.Response:
    return await client.post(address, data={"image_alt": alt}, files={"image": (name, body, kind)})


def mine(server: Running, card: Card) -> str:
    return f"/mine/{server.house.edit_links.token(card.id)}"


def shown(server: Running, card: Card) -> Picture:
    """The picture a card shows."""
    room = server.house.hub.opened("probe")
    assert room is not None, "nobody has asked for the wall yet"
    found = Picture.named(room.board.cards[card.id].image)
    assert found is not None
    return found


def file_of(picture: Picture, card: Card, width: int = 320, kind: str = "webp") -> str:
    return f"/w/probe/c/{card.id}/image/{picture.name}/{width}.{kind}"


def stored(server: Running) -> set[str]:
    """Every file in the images' folder."""
    folder = Path(server.house.settings.images_url)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def test_an_author_gives_a_card_a_picture_in_three_sizes_and_two_formats(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server, by=GUEST)
    answer = await send(client, f"{mine(server, card)}/image", photo(2000, 1000))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{mine(server, card)}?saved=1")
    await moderator.post(f"/w/probe/c/{card.id}/approve")
    picture = shown(server, card)
    assert (picture.width, picture.height, picture.widths) == (1280, 640, (320, 640, 1280))
    page = (await client.get("/w/probe")).text
    for file in picture.files:
        got = await client.get(f"/w/probe/c/{card.id}/image/{picture.name}/{file}")
        width, kind = file.split(".")
        assert (got.status_code, got.headers["content-type"]) == (200, f"image/{kind}")
        assert (Image.open(BytesIO(got.content)).size) == (int(width), int(width) // 2)
        assert "immutable" in got.headers["cache-control"]
        assert f"{file} {width}w" in page
    assert f'width="1280" height="640" alt="{ALT}"' in page
    assert 'loading="lazy"' in page
    api = (await client.get("/api/walls/probe/cards")).json()["cards"][0]
    assert (api["image"], api["image_alt"]) == (picture.name, ALT)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
async def test_every_usual_format_is_taken(server: Running, moderator: Browser, card: Card, kind: str) -> None:
    answer = await send(moderator, f"/w/probe/c/{card.id}/image", photo(200, 100, kind))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/w/probe/c/{card.id}")
    picture = shown(server, card)
    assert (picture.width, picture.widths) == (200, (200,)), "a small picture is not made larger"


ODD: dict[str, tuple[bytes, int]] = {
    "svg": (SVG, 415),
    "html": (b"<!doctype html><script>alert(1)</script>", 415),
    "gif": (saved(Image.new("P", (9, 9)), "GIF"), 415),
    "png head and no more": (b"\x89PNG\r\n\x1a\n" + SVG, 415),
    "half a jpeg": (photo()[:2000], 415),
    "a page behind a jpeg": (photo() + b"<script>alert(1)</script>", 415),
    "an archive behind a png": (photo(kind="PNG") + b"PK\x05\x06" + bytes(18), 415),
    "a document in a comment": (photo(comment=b"%PDF-1.7 /JavaScript"), 415),
    "nothing": (b"", 415),
    "50,000 by 50,000": (png_that_says(50_000, 50_000), 413),
    "long and thin": (png_that_says(60_000, 1), 413),
    "more than 12 MB": (photo() + bytes(MOST_BYTES), 413),
    "a bomb that is not finished": (png_that_says(3_000, 3_000)[:-400], 415),
}


@pytest.mark.parametrize("name", ODD)
async def test_what_is_no_picture_is_refused_with_the_words_kept(
    server: Running, client: Browser, card: Card, name: str
) -> None:
    """ABUSE 21, 22"""
    body, status = ODD[name]
    answer = await send(client, f"{mine(server, card)}/image", body, name="bild.png", kind="image/png")
    assert answer.status_code == status
    if len(body) < MOST_BYTES:
        assert ALT in answer.text
        assert T("picture.too_large" if status == 413 else "picture.unsupported") in answer.text
    wall = (await server.house.hub.room("probe")).board.wall
    assert (await card_in(server.house.database, wall, card.id)).image == ""


async def test_a_decoder_that_is_fed_a_bomb_never_needs_much_memory() -> None:
    """ABUSE 22"""
    measured = """
import sys, wall.imaging.worker as worker
worker.limit()
worker.main(sys.stdin.buffer, sys.stdout.buffer)
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"): sys.stderr.write(line.split()[1])
"""
    bombs = [png_that_says(50_000, 50_000), photo(8000, 7900), saved(Image.new("RGBA", (4000, 3000)), "PNG")]
    bombs += [saved(Image.new("RGBA", (2500, 2600)), "WEBP"), photo(4000, 3900, progressive=True)]
    for bomb in bombs:
        process = await asyncio.create_subprocess_exec(
            *("python3", "-c", measured),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, most = await process.communicate(bomb)
        assert int(most) < 150_000, "kilobytes, those of Python and Pillow included"


async def test_a_worker_that_would_need_more_memory_or_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """ABUSE 22"""
    monkeypatch.setattr("wall.imaging.workshop.PATIENCE", 0.01)
    with pytest.raises(Exception, match="decoder"):
        await Workshop().remake(photo())


async def test_place_and_camera_are_gone_and_the_right_way_up_stays(
    server: Running, moderator: Browser, card: Card
) -> None:
    """ABUSE 23"""
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010F] = 6, "Geheimkamera"  # turned by a quarter: what was left is above
    exif.get_ifd(GPS)[1] = "N"
    body = photo(900, 600, exif=exif, comment=b"Geheimkommentar")
    assert b"Geheimkamera" in body
    assert (await send(moderator, f"/w/probe/c/{card.id}/image", body)).status_code == 303
    picture = shown(server, card)
    assert (picture.width, picture.height) == (600, 900)
    for file in picture.files:
        got = (await moderator.get(f"/w/probe/c/{card.id}/image/{picture.name}/{file}")).content
        image = Image.open(BytesIO(got)).convert("RGB")
        reds, _, blues = image.split()
        middle, bottom = image.width // 2, image.height - 5
        above = [cast(int, band.getpixel((middle, 5))) for band in (reds, blues)]
        below = [cast(int, band.getpixel((middle, bottom))) for band in (reds, blues)]
        assert above[0] > 150 > above[1], "red is above"
        assert below[1] > 150 > below[0], "blue is below"
        assert not dict(Image.open(BytesIO(got)).getexif())
        assert b"Geheim" not in got


async def test_odd_colours_come_out_as_browsers_show_them() -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for body in (
        saved(Image.new("CMYK", (60, 40), (0, 200, 200, 0)), "JPEG"),
        saved(Image.new("L", (60, 40), 128), "PNG"),
        saved(Image.new("I;16", (60, 40), 30_000), "PNG"),
        saved(Image.new("1", (60, 40)), "PNG"),
        saved(Image.new("LA", (60, 40)), "PNG"),
        saved(Image.new("P", (60, 40), 3), "PNG", transparency=3),
        photo(60, 40, icc_profile=wide),
        photo(60, 40, icc_profile=b"no profile"),
    ):
        made = await Workshop().remake(body)
        assert Image.open(BytesIO(made.files["60.webp"])).mode == "RGB"
    clear = await Workshop().remake(saved(Image.new("RGBA", (60, 40), (0, 0, 0, 0)), "PNG"))
    assert Image.open(BytesIO(clear.files["60.webp"])).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "CON", "n" * 5000 + ".jpg", "ü" * 9000, "a\0b.jpg", "<script>.jpg", "x.svg"]
)
async def test_our_files_have_names_of_our_own(server: Running, moderator: Browser, card: Card, name: str) -> None:
    """ABUSE 24"""
    assert (await send(moderator, f"/w/probe/c/{card.id}/image", photo(), name=name)).status_code == 303
    picture = shown(server, card)
    assert stored(server) == {f"{card.id}/{picture.name}/{file}" for file in picture.files}


async def test_bodies_of_another_size_are_refused_before_they_are_read(
    server: Running, client: Browser, card: Card
) -> None:
    """ABUSE 25"""
    address = f"{mine(server, card)}/image"
    head = {"content-type": "multipart/form-data; boundary=x"}
    reader, writer = await asyncio.open_connection("127.0.0.1", server.house.settings.port)
    lines = [f"POST {address} HTTP/1.1", f"Host: localhost:{server.house.settings.port}", "Content-Length: 100000000"]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b" 413 " in await reader.readline()
    writer.close()

    async def large() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
        for _ in range(16):
            yield bytes(2**20)

    answer = await client.post(address, headers=head, content=large())
    assert answer.status_code == 413
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(10_000)) + b"--x--"
    answer = await client.post(address, headers=head, content=parts)
    assert answer.status_code == 400
    for other in ("/w/probe/pin", f"/w/probe/c/{card.id}/image/x", "/api/walls/probe/cards", "/account/image"):
        assert (await client.post(other, content=bytes(300 * 1024))).status_code == 413, other


@pytest.mark.parametrize("alt", ["", " ", "\u200b", "x" * 301])
async def test_a_picture_needs_words_for_those_who_do_not_see_it(
    server: Running, client: Browser, card: Card, alt: str
) -> None:
    answer = await send(client, f"{mine(server, card)}/image", photo(), alt)
    assert answer.status_code == 422
    assert 'id="image_alt" name="image_alt" rows="2" required' in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_the_words_of_a_picture_are_text_and_nothing_else(
    server: Running, client: Browser, moderator: Browser, card: Card
) -> None:
    """ABUSE 16"""
    assert (await send(moderator, f"/w/probe/c/{card.id}/image", photo(), '"><script>alert(1)</script>')).is_redirect
    page = (await client.get("/w/probe")).text
    assert "&#34;&gt;&lt;script&gt;alert(1)" in page


async def test_other_words_and_no_picture_any_more(server: Running, moderator: Browser, card: Card) -> None:
    address = f"/w/probe/c/{card.id}/image"
    await send(moderator, address, photo())
    name = shown(server, card).name
    answer = await moderator.post(address, data={"image_alt": "Ein Tisch."})
    assert answer.status_code == 303
    room = await server.house.hub.room("probe")
    assert (room.board.cards[card.id].image, room.board.cards[card.id].image_alt) == (name, "Ein Tisch.")
    assert (await moderator.post(address, data={"remove": "1"})).status_code == 303
    gone = room.board.cards[card.id]
    assert (gone.image, gone.image_alt) == ("", "")
    await undo(server.house.ledger, room.board.wall, [gone.revision], SYSTEM)
    assert (await moderator.get(file_of(shown(server, card), card))).status_code == 200


async def test_a_picture_is_seen_exactly_as_its_card_is(server: Running, client: Browser, moderator: Browser) -> None:
    """W8: knowing the name is not enough"""
    card = await hang(server, by=GUEST)
    own = mine(server, card)
    await send(client, f"{own}/image", photo())
    picture = shown(server, card)
    public, private = file_of(picture, card), f"{own}/image/{picture.name}/320.webp"
    assert (await client.get(public)).status_code == 404
    assert (await moderator.get(public)).headers["cache-control"] == "no-store"
    assert (await client.get(private)).headers["cache-control"] == "no-store"
    await moderator.post(f"/w/probe/c/{card.id}/approve")
    assert (await client.get(public)).status_code == 200
    await moderator.post(f"/w/probe/c/{card.id}/hide")
    assert (await client.get(public)).status_code == 404
    await moderator.post(f"/w/probe/c/{card.id}/show")
    other = await hang(server, "Anderes")
    assert (await client.get(public.replace(card.id, other.id))).status_code == 404
    for odd in ("320.jpg", "321.webp", "%2e%2e%2f320.webp"):
        assert (await client.get(f"/w/probe/c/{card.id}/image/{picture.name}/{odd}")).status_code == 404, odd


async def test_a_picture_that_was_replaced_is_nobodys(server: Running, client: Browser, moderator: Browser) -> None:
    card = await hang(server)
    await send(moderator, f"/w/probe/c/{card.id}/image", photo())
    first = shown(server, card)
    await send(moderator, f"/w/probe/c/{card.id}/image", photo(300, 300))
    assert (await client.get(file_of(first, card))).status_code == 404
    assert (await client.get(file_of(shown(server, card), card, 300))).status_code == 200


async def proposed(server: Running) -> Proposal:
    """The only proposal that waits."""
    async with server.house.database.read() as connection:
        (proposal,) = await proposals.waiting(connection, 1)
    return proposal


async def test_an_authors_new_picture_waits_while_the_card_keeps_the_one_it_has(
    server: Running, client: Browser, moderator: Browser, card: Card
) -> None:
    await send(moderator, f"/w/probe/c/{card.id}/image", photo(), alt="Das alte Bild")
    before = shown(server, card)
    answer = await send(client, f"{mine(server, card)}/image", photo(320, 320), alt="Das neue Bild")
    assert answer.status_code == 303
    assert "liegt beim Team" in (await client.get(mine(server, card))).text
    assert shown(server, card) == before
    assert (await client.get(file_of(before, card))).status_code == 200
    proposal = await proposed(server)
    new = Picture.named(proposal.fields["image"])
    assert new is not None
    assert (await client.get(file_of(new, card))).status_code == 404, "it is nobody's but the author's and the team's"
    form = (await client.get(f"{mine(server, card)}/image")).text
    assert new.name in form
    assert "Das neue Bild" in form
    assert (await client.get(f"{mine(server, card)}/image/{new.name}/320.webp")).status_code == 200
    comparison = (await moderator.get(f"/w/probe/proposals/{proposal.id}")).text
    for said in (before.name, new.name, "Das alte Bild", "Das neue Bild"):
        assert said in comparison
    seen = looked_at(comparison).fields["seen"]
    assert (await moderator.get(file_of(new, card))).headers["cache-control"] == "no-store"
    choice = {"do": "some", "seen": seen, "field": ["image"]}
    assert (await moderator.post(f"/w/probe/proposals/{proposal.id}", data=choice)).status_code == 303
    assert shown(server, card) == new
    assert (await server.house.hub.room("probe")).board.cards[card.id].image_alt == "Das neue Bild"
    assert (await client.get(file_of(new, card))).status_code == 200
    assert (await client.get(file_of(before, card))).status_code == 404


async def test_words_and_picture_of_an_author_wait_together_and_each_half_is_replaced_by_itself(
    server: Running, client: Browser, card: Card
) -> None:
    words = card.content | {"base": str(card.revision)}
    await send(client, f"{mine(server, card)}/image", photo(), alt="Das erste")
    await client.post(mine(server, card), data=words | {"description": "Neuer Text"})
    first = await proposed(server)
    assert set(first.fields) == {"description", "image", "image_alt"}
    await client.post(f"{mine(server, card)}/image", data={"image_alt": "Andere Worte"}, files={"x": b""})
    second = await proposed(server)
    assert second.fields == first.fields | {"image_alt": "Andere Worte"}
    await client.post(mine(server, card), data=words)
    assert set((await proposed(server)).fields) == {"image", "image_alt"}
    await client.post(f"{mine(server, card)}/image", data={"remove": "1"}, files={"x": b""})
    async with server.house.database.read() as connection:
        assert await proposals.waiting(connection, 1) == []


async def test_a_picture_that_waits_is_erased_with_its_card_and_a_refused_one_is_seen_by_nobody_else(
    server: Running, client: Browser, moderator: Browser, card: Card
) -> None:
    """ABUSE 45"""
    await send(client, f"{mine(server, card)}/image", photo(), alt="Das neue Bild")
    proposal = await proposed(server)
    new = Picture.named(proposal.fields["image"])
    assert new is not None
    await moderator.post(f"/w/probe/proposals/{proposal.id}", data={"do": "reject"})
    assert (await client.get(f"{mine(server, card)}/image/{new.name}/320.webp")).status_code == 200
    assert (await client.get(file_of(new, card))).status_code == 404
    room = await server.house.hub.room("probe")
    assert room.board.cards[card.id].image == ""
    assert stored(server)
    await erase(server.house.ledger, room.board.wall, card.id, SYSTEM)
    assert stored(server) == set()
    async with server.house.database.read() as connection:
        assert not await proposals.shows(connection, card.id, new.name)


async def test_where_pins_hang_at_once_so_does_an_authors_picture_but_not_with_insults(
    server: Running, client: Browser
) -> None:
    await make_wall(server.house.database, "sofort", moderation="after")
    card = await hang(server, "Chor", "sofort")
    board = (await server.house.hub.room("sofort")).board
    await send(client, f"{mine(server, card)}/image", photo(), alt="Lauter Idioten")
    assert board.cards[card.id].image == ""
    await send(client, f"{mine(server, card)}/image", photo(), alt=ALT)
    assert (board.cards[card.id].image_alt, board.cards[card.id].status) == (ALT, "approved")


async def test_an_erased_cards_picture_is_gone_from_every_address_and_from_the_store(
    server: Running, client: Browser, moderator: Browser, card: Card
) -> None:
    """ABUSE 45"""
    await send(moderator, f"/w/probe/c/{card.id}/image", photo())
    await send(moderator, f"/w/probe/c/{card.id}/image", photo(320, 320))
    picture = shown(server, card)
    room = await server.house.hub.room("probe")
    assert (await client.get(file_of(picture, card))).status_code == 200
    await erase(server.house.ledger, room.board.wall, card.id, SYSTEM)
    again = {"if-none-match": "*", "if-modified-since": "Wed, 25 Nov 2026 00:00:00 GMT"}
    assert (await client.get(file_of(picture, card), headers=again)).status_code == 410
    assert (await client.get(f"{mine(server, card)}/image/{picture.name}/320.webp")).status_code == 410
    assert stored(server) == set()
    assert (await card_in(server.house.database, room.board.wall, card.id)).image_alt == ""


async def test_a_card_erased_while_its_picture_is_remade_keeps_none(
    server: Running, client: Browser, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 45"""
    room, remake = await server.house.hub.room("probe"), Workshop.remake

    async def slowly(self: Workshop, data: bytes) -> Any:
        made = await remake(self, data)
        await erase(server.house.ledger, room.board.wall, card.id, SYSTEM)
        return made

    monkeypatch.setattr(Workshop, "remake", slowly)
    assert (await send(client, f"{mine(server, card)}/image", photo())).status_code == 410
    assert stored(server) == set()


async def test_the_card_that_stays_takes_over_the_picture_of_the_one_merged_into_it(
    server: Running, client: Browser, moderator: Browser, card: Card
) -> None:
    await send(moderator, f"/w/probe/c/{card.id}/image", photo())
    room, other = await server.house.hub.room("probe"), await hang(server, "Zwilling")
    gone = room.board.cards[card.id]
    read = [(each.id, each.revision) for each in (other, gone)]
    changes = await merge(server.house.ledger, room.board.wall, read[0], read[1], other.content, SYSTEM)
    assert (await client.get(file_of(shown(server, other), other))).status_code == 200
    assert room.board.cards[other.id].image_alt == ALT
    await undo(server.house.ledger, room.board.wall, [changes[0].revision], SYSTEM)
    assert room.board.cards[other.id].image == ""
    assert (await client.get(file_of(shown(server, card), card))).status_code == 200


@pytest.mark.parametrize("chosen", ["left", "right"])
async def test_which_picture_stays_is_chosen_side_by_side(
    server: Running, client: Browser, moderator: Browser, card: Card, chosen: str
) -> None:
    other = await hang(server, "Zwilling")
    for each, size in ((card, 400), (other, 500)):
        await send(moderator, f"/w/probe/c/{each.id}/image", photo(size, 300), alt=f"Bild {size}")
    cards = (await server.house.hub.room("probe")).board.cards
    both = shown(server, card), shown(server, other)
    page = (await moderator.get(f"/w/probe/c/{card.id}/merge?with={other.id}")).text
    for said in (both[0].name, both[1].name, "Bild 400", "Bild 500"):
        assert said in page
    read = {f"base_{each.id}": str(cards[each.id].revision) for each in (card, other)}
    form = read | {"with": other.id, "keep": card.id, "image": chosen}
    await send(moderator, f"/w/probe/c/{other.id}/image", photo(600, 300), alt="Inzwischen")
    late = await moderator.post(f"/w/probe/c/{card.id}/merge", data=form)
    assert (late.status_code, "Inzwischen" in late.text) == (409, True)
    form[f"base_{other.id}"] = str(cards[other.id].revision)
    both = shown(server, card), shown(server, other)
    assert (await moderator.post(f"/w/probe/c/{card.id}/merge", data=form)).status_code == 303
    expected = both[0] if chosen == "left" else both[1]
    assert shown(server, card) == expected
    assert cards[card.id].image_alt == ("Bild 400" if chosen == "left" else "Inzwischen")
    assert (await client.get(file_of(expected, card))).status_code == 200


async def test_a_frozen_wall_takes_no_pictures_from_authors(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """ABUSE 40"""
    card = await hang(server)
    room = await server.house.hub.room("probe")
    await configure(server.house.ledger, room.board.wall, {"phase": "frozen"}, SYSTEM)
    answer = await send(client, f"{mine(server, card)}/image", photo())
    assert (answer.status_code, ALT in answer.text) == (423, True)
    assert (await send(moderator, f"/w/probe/c/{card.id}/image", photo())).status_code == 303


async def test_only_moderators_change_pictures_without_the_private_link(
    server: Running, client: Browser, card: Card
) -> None:
    """ABUSE 8"""
    assert (await send(client, f"/w/probe/c/{card.id}/image", photo())).status_code == 403
    assert (await client.get(f"/w/probe/c/{card.id}/image")).status_code == 401
    assert (await server.house.hub.room("probe")).board.cards[card.id].image == ""
