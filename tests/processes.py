"""A wall server as an operator runs it: its own process, its own log, its settings from the environment."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.house import ROOT
from tests.services import PATIENCE, NotUp, free_port

SECRET = "one-for-tests-only-0123456789-abcdefg"


@dataclass(slots=True)
class Process:
    """A running server; `log()` is everything it has written so far."""

    port: int
    url: str
    pid: int
    _output: Path

    def log(self) -> str:
        return self._output.read_text(errors="backslashreplace")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Only these settings, whatever the environment of the tests says."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    given = {"DATABASE_URL": f"sqlite:///{folder / 'wall.db'}", "SECRET_KEY": SECRET, "HOST": "127.0.0.1"}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | given | settings


def wall(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `wall …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "wall", *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )


@contextlib.contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Process]:
    """`wall serve` in a process of its own until the block ends."""
    port, output = free_port(), folder / "output"
    url = f"http://localhost:{port}"
    defaults = {"PORT": str(port), "BASE_URL": url, "LOG_LEVEL": "debug"}
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "wall", "serve"],
            cwd=folder,
            env=environment(folder, **defaults | settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _await(process, url, output)
        yield Process(port, url, process.pid, output)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _await(process: subprocess.Popen[bytes], url: str, output: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        time.sleep(0.02)
    raise NotUp(f"`wall serve` did not come up. It wrote:\n{output.read_text(errors='replace')[-2000:]}")
