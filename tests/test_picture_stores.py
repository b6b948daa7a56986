"""Where pictures are kept: a folder and an S3-compatible store behave alike."""

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.services import free_port
from wall.errors import Gone, Misconfigured, Unavailable
from wall.store.images import Images

FILES = {"320.webp": b"small", "1280.webp": b"large"}
NAME = "0123456789abcdef01234567-1280x960"
OTHER = "76543210fedcba9876543210-1280x960"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a bucket on a private server."""
    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "beispiel")
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-central-1")
        client.create_bucket(Bucket="wand", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield f"s3://wand/bilder?endpoint=http://127.0.0.1:{port}&region=eu-central-1"
    server.stop()


@pytest.fixture(params=["folder", "file", "s3"])
def images(request: pytest.FixtureRequest, tmp_path: Path) -> Images:
    if request.param == "s3":
        return Images(request.getfixturevalue("s3"))
    return Images(str(tmp_path / "bilder") if request.param == "folder" else f"file://{tmp_path}/bilder")


async def test_what_is_put_is_got_until_it_is_erased(images: Images) -> None:
    for card in ("aa", "aab"):
        await images.put(card, NAME, FILES)
        await images.put(card, NAME, FILES)
    assert await images.get("aa", NAME, "320.webp") == b"small"
    assert sorted(await images.pictures()) == [("aa", NAME), ("aab", NAME)]
    await images.copy(NAME, of="aa", to="bb")
    await images.put("aab", OTHER, FILES)
    assert await images.erase("aab", OTHER) == 2
    assert await images.erase("aa") == 2
    assert await images.erase("aa") == 0
    with pytest.raises(Gone):
        await images.get("aa", NAME, "320.webp")
    assert await images.get("aab", NAME, "320.webp") == b"small", "a card whose id begins alike keeps its pictures"
    assert await images.get("bb", NAME, "1280.webp") == b"large"
    for card in ("aab", "bb"):
        await images.erase(card)
    assert await images.pictures() == {}


async def test_a_copy_of_an_old_picture_is_new(tmp_path: Path) -> None:
    """What is old and unused is swept away; a copy is put before anything names it."""
    images = Images(str(tmp_path))
    await images.put("aa", NAME, FILES)
    for file in FILES:
        os.utime(tmp_path / "aa" / NAME / file, (1e9, 1e9))
    await images.copy(NAME, of="aa", to="bb")
    there = await images.pictures()
    assert [there[card, NAME].year > 2001 for card in ("aa", "bb")] == [False, True]


async def test_a_store_that_is_away_says_so() -> None:
    away = Images(f"s3://wand?endpoint=http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable):
        await away.put("aa", NAME, FILES)
    with pytest.raises(Unavailable):
        await away.get("aa", NAME, "320.webp")


@pytest.mark.parametrize("url", ["ftp://beispiel.invalid/x", "s3:///no-bucket", "https://beispiel.invalid"])
def test_an_address_that_is_no_store_is_named(url: str) -> None:
    with pytest.raises(Misconfigured, match="IMAGES_URL"):
        Images(url)
