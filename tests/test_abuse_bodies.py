"""Bodies made to tire the server: refused early, cheaply, and without anybody else noticing."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import httpx
import pytest

from tests.processes import Process, serving, wall

TICK = os.sysconf("SC_CLK_TCK")
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"
FILE = b'--x\r\nContent-Disposition: form-data; name="image"; filename="%s"\r\nContent-Type: image/png\r\n\r\nPNG\r\n'
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
END = b"--x--\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("bodies")
    assert wall(folder, "new", "probe", "Probewand").returncode == 0
    with serving(folder) as server:
        httpx.get(f"{server.url}/w/probe/pin")  # the first page loads the templates
        yield server


def cpu(server: Process) -> float:
    """Seconds of processor the server has used."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def status_of(server: Process, path: str, kind: str, pieces: Iterator[bytes], length: int | None = None) -> int:
    """Send a body, chunked or with its length, until the server answers or hangs up; the status it gave."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    head = [f"POST {path} HTTP/1.1", f"Host: localhost:{server.port}", f"Content-Type: {kind}", size, "", ""]
    answer = asyncio.create_task(reader.readline())
    with contextlib.suppress(ConnectionError):
        writer.write("\r\n".join(head).encode())
        for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if length is None else piece)
            await writer.drain()
            await asyncio.sleep(0)
            if answer.done():
                break
        else:
            writer.write(b"0\r\n\r\n" if length is None else b"")
    try:
        async with asyncio.timeout(10):
            return int((await answer).split()[1])
    finally:
        writer.close()


def blocks(body: bytes, size: int = 16384) -> Iterator[bytes]:
    return (body[n : n + size] for n in range(0, len(body), size))


TIRING: dict[str, tuple[str, list[bytes] | int, set[int]]] = {
    "10,000 multipart parts": (PARTS, [PART * 10_000 + END], {400, 413}),
    "as many parts as fit": (PARTS, [PART * 4_000 + END], {400}),
    "a million fields": (FORM, [b"a=b&" * 1_000_000], {400, 413}),
    "as many fields as fit": (FORM, [b"a&" * 100_000], {400}),
    "as many separators as fit": (FORM, [b"&" * 200_000], {400, 422}),
    "a hundred megabytes": (FORM, 100_000_000, {413}),
    "a hundred megabytes without a part": (PARTS, 100_000_000, {400, 413}),
    "a part header without end": (PARTS, [b'--x\r\nContent-Disposition: form-data; name="' + b"a" * 200_000], {400}),
    "thousands of part headers": (PARTS, [b"--x\r\n" + b"A: b\r\n" * 30_000], {400}),
}


@pytest.mark.parametrize("what", TIRING)
@pytest.mark.parametrize("announced", [True, False], ids=["with its length", "chunked"])
async def test_a_tiring_body_is_refused_cheaply(server: Process, what: str, announced: bool) -> None:
    """ABUSE 25"""
    kind, body, expected = TIRING[what]
    for path in ("/w/probe/pin", "/api/walls/probe/cards"):
        length = body if isinstance(body, int) else sum(map(len, body))
        pieces = repeat(b"x" * 16384, body // 16384) if isinstance(body, int) else blocks(b"".join(body))
        before = cpu(server)
        status = await status_of(server, path, kind, pieces, length if announced else None)
        spent = cpu(server) - before
        assert status in (expected | {422} if path.startswith("/api") else expected), path
        assert spent <= 0.1 + 1 / TICK, path
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/w/probe")).status_code == 200


HOSTILE_NAMES = [b"../../x", b"..\\\\..\\\\x", b"CON", b"a" * 5000, b"a\0.png", b"%00", b'a"; filename="b.png', b""]


async def test_files_are_not_taken_whatever_they_are_called(server: Process) -> None:
    """ABUSE 24: a form that asks for no file keeps none, not even for a moment"""
    async with httpx.AsyncClient(base_url=server.url) as client:
        for name in HOSTILE_NAMES:
            for path in ("/w/probe/pin", "/sign-in"):
                answer = await client.post(path, content=FILE % name + END, headers={"content-type": PARTS})
                assert answer.status_code in (400, 422), (path, name)
                assert "root:" not in answer.text
        assert (await client.get("/api/walls/probe/cards")).json()["cards"] == []


async def test_a_broken_body_is_refused(server: Process) -> None:
    """ABUSE 25"""
    bodies = [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"x"),
        (PARTS, b"no boundary at all"),
        (PARTS, PART),
        (PARTS, b"--x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--x--\r\n"),
        (FORM, b"%%%=%zz&=&==&;"),
        ("text/plain", b"name=x"),
        ("application/json", b"{}"),
        ("", b"\xff\xfe\0"),
    ]
    async with httpx.AsyncClient(base_url=server.url) as client:
        for kind, body in bodies:
            for path in ("/w/probe/pin", "/sign-in", "/language"):
                answer = await client.post(path, content=body, headers={"content-type": kind})
                expected = (303, 400) if path == "/language" else (400, 422)
                assert answer.status_code in expected, (path, kind[:40], body)
