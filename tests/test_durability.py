"""Durability beyond the process (kill -9 cannot show it): no answer before the disk was told to keep the pin."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.cluster import WallServer
from tests.makers import make_wall, words
from tests.services import private_folder
from wall.store.database import Database

PINS = 20
CALLS = "fsync,fdatasync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg"
TRACE = ("-f", "--seccomp-bpf", "-y", "-s", "16", "-e", f"trace={CALLS}", "-e", "signal=none")
SYNCED = re.compile(r"^(?P<thread>\d+) +f(?:data)?sync\(\d+<[^>]*wall\.db-wal>(?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. f(?:data)?sync resumed>.*= 0$")
WRITTEN = re.compile(r"^\d+ +p?write\w*\(\d+<[^>]*wall\.db-wal>")


class Traced(WallServer):
    """A server whose system calls are written down, in order, for all of its threads."""

    @property
    def trace(self) -> Path:
        return self.folder / "trace"

    def command(self) -> list[str]:
        return [os.environ["TEST_STRACE"], *TRACE, "-o", str(self.trace), *super().command()]


@pytest.fixture
def folder() -> Iterator[Path]:
    if (
        "TEST_STRACE" not in os.environ
        or subprocess.run([os.environ["TEST_STRACE"], "-qq", "-o", "/dev/null", "true"]).returncode
    ):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("this machine lets nobody trace system calls")
    with private_folder() as folder:
        yield folder


def answers(trace: str) -> list[str]:
    """For every acknowledgement in a trace, how the write-ahead log stood when it was sent."""
    found: list[str] = []
    stands, syncing = "untouched", ""
    for line in trace.splitlines():
        if WRITTEN.match(line):
            stands = "written"
        elif synced := SYNCED.match(line):
            if synced["rest"].endswith("= 0"):
                stands = "synced" if stands == "written" else stands
            else:
                syncing = synced["thread"]
        elif (resumed := RESUMED.match(line)) and resumed["thread"] == syncing:
            stands, syncing = "synced" if stands == "written" else stands, ""
        elif '"HTTP/1.1 201' in line:
            found.append(stands)
            stands = "untouched"
    return found


async def test_every_acknowledged_pin_was_synced_to_the_write_ahead_log_before(folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'wall.db'}")
    server = Traced(folder / "server", {"DATABASE_URL": f"sqlite:///{folder / 'wall.db'}"})
    try:
        server.prepare()
        server.start()
        await make_wall(database, moderation="after")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            for number in range(PINS):
                key = {"idempotency-key": f"key-{number:08}"}
                answer = await client.post("/api/walls/probe/cards", json=words(f"Netz {number}"), headers=key)
                assert answer.status_code == 201, answer.text
    finally:
        server.kill()
        await database.close()
    assert answers(server.trace.read_text()) == ["synced"] * PINS


def test_a_trace_without_a_sync_in_time_is_noticed() -> None:
    wal, answer = "</tmp/wall.db-wal>", '7 write(9<socket:[1]>, "HTTP/1.1 201 Cre"..., 300) = 300'
    late = [f'7 pwrite64(5{wal}, "x", 1, 0) = 1', answer, f"7 fdatasync(5{wal}) = 0"]
    unfinished = [f'7 pwrite64(5{wal}, "x", 1, 0) = 1', f"8 fdatasync(5{wal} <unfinished ...>", answer]
    in_time = [*unfinished[:2], "8 <... fdatasync resumed>) = 0", answer]
    assert [answers("\n".join(lines)) for lines in (late, unfinished, in_time)] == [
        ["written"],
        ["written"],
        ["synced"],
    ]
    assert answers(answer) == ["untouched"]
