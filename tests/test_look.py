"""The wall's own pictures: its logo and the one above its title; who gives them, who sees them, what a copy keeps."""

from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.makers import Running
from tests.pages import looked_at
from wall.actions.configure import configure
from wall.exchange import archive, json
from wall.exchange.portion import picked, portion
from wall.model.picture import Picture
from wall.model.roles import SYSTEM
from wall.model.wall import Wall

Browser = httpx.AsyncClient
HERE = "/w/probe/look"
ALT = "Logo der Stadt Beispiel"


def drawing(colour: tuple[int, int, int], width: int = 800, height: int = 200) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def give(owner: Browser, kind: str, body: bytes, alt: str = ALT, **more: str) -> httpx.Response:
    return await owner.post(f"{HERE}/{kind}", data={"image_alt": alt} | more, files={"image": ("x.png", body)})


async def wall_of(server: Running) -> Wall:
    return (await server.house.hub.room("probe")).board.wall


@pytest.mark.parametrize("kind", ["logo", "cover"])
async def test_whoever_leads_the_wall_gives_it_a_picture_that_everybody_sees_with_its_words(
    server: Running, owner: Browser, client: Browser, kind: str
) -> None:
    assert (await give(owner, kind, drawing((10, 90, 160)))).headers["location"] == "/w/probe/settings?saved=1"
    page = (await client.get("/w/probe")).text
    picture = Picture.named(getattr(await wall_of(server), kind))
    assert picture is not None
    assert f'alt="{ALT}"' in page
    for name in picture.files:
        assert f"{HERE}/{picture.name}/{name}" in page
        answer = await client.get(f"{HERE}/{picture.name}/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"image/{name.rpartition('.')[2]}"


async def test_only_the_picture_that_the_wall_shows_now_is_there(
    owner: Browser, client: Browser, server: Running
) -> None:
    await give(owner, "logo", drawing((10, 90, 160)))
    before = (await wall_of(server)).logo
    await give(owner, "logo", drawing((160, 90, 10)))
    now = (await wall_of(server)).logo
    assert before != now
    assert [(await client.get(f"{HERE}/{name}/320.webp")).status_code for name in (before, now)] == [404, 200]
    assert (await owner.post(f"{HERE}/logo", data={"remove": "1"})).status_code == 303
    assert (await client.get(f"{HERE}/{now}/320.webp")).status_code == 404
    assert HERE not in (await client.get("/w/probe")).text


async def test_a_picture_of_a_draft_is_for_nobody_else(server: Running, owner: Browser, client: Browser) -> None:
    await give(owner, "cover", drawing((10, 90, 160)))
    wall = await wall_of(server)
    name = wall.cover
    await configure(server.house.ledger, wall, {"phase": "draft"}, SYSTEM)
    assert (await client.get(f"{HERE}/{name}/320.webp")).status_code == 404
    assert (await owner.get(f"{HERE}/{name}/320.webp")).status_code == 200


async def test_a_picture_without_words_or_that_is_none_is_refused_and_the_words_are_kept(
    server: Running, owner: Browser
) -> None:
    for body, alt, status in ((drawing((1, 2, 3)), " ", 422), (b"<svg onload=alert(1)>", ALT, 415), (b"", ALT, 415)):
        answer = await give(owner, "logo", body, alt)
        assert answer.status_code == status
        assert looked_at(answer.text).fields["image_alt"].strip() == alt.strip()
    assert (await wall_of(server)).logo == ""


async def test_other_words_for_the_picture_there_is_need_no_file(server: Running, owner: Browser) -> None:
    await give(owner, "logo", drawing((10, 90, 160)))
    before = (await wall_of(server)).logo
    assert (await owner.post(f"{HERE}/logo", data={"image_alt": "Ein Wappen"})).status_code == 303
    wall = await wall_of(server)
    assert (wall.logo, wall.logo_alt) == (before, "Ein Wappen")


async def test_the_form_of_the_other_settings_leaves_the_pictures_alone_and_the_history_tells_of_them(
    server: Running, owner: Browser
) -> None:
    await give(owner, "logo", drawing((10, 90, 160)))
    logo = (await wall_of(server)).logo
    form = looked_at((await owner.get("/w/probe/settings")).text).fields
    assert (await owner.post("/w/probe/settings", data=form | {"title": "Anders"})).status_code == 303
    wall = await wall_of(server)
    assert (wall.title, wall.logo) == ("Anders", logo)
    told = (await owner.get("/w/probe/history")).text
    assert "ein anderes Bild" in told
    assert logo not in told


async def test_a_copy_brings_the_walls_pictures_along(server: Running, owner: Browser, client: Browser) -> None:
    await give(owner, "logo", drawing((10, 90, 160)))
    await give(owner, "cover", drawing((160, 90, 10), 1600, 400))
    board = (await server.house.hub.room("probe")).board
    cut = portion(board.wall, picked(board, "copy"), "copy", "https://wand.example.org")
    with await archive.write(cut, server.house.images) as file:
        copy = json.read(file.read())
    await json.take(server.house.ledger, copy, "anderswo")
    page = (await client.get("/w/anderswo")).text
    for name in (board.wall.logo, board.wall.cover):
        assert name in page
        assert (await client.get(f"/w/anderswo/look/{name}/320.webp")).status_code == 200
