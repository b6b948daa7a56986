"""One of 200 screens never reads: what the others and the server's memory notice of it, beside 200 that all read.

The server is the real WallWebSocket, WireSeat, Row and Room of the benchmark `fanout`, a process for each case; they
take turns within one run. The dead one is skipped when its backlog is full and dropped ten seconds later. A sleeper,
dead for some seconds only, has to be caught up once it reads again.
"""

import argparse
import json
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine
from tests.bench.crowd import STAMP, request
from tests.bench.fanout import Child, Result, crowd, measured, resident, server_of
from tests.services import free_port

CLIENTS, RATE, SECONDS = 200, 100, 15  # changes a second; of them a round: skipped, ten seconds of patience, dropped
ASLEEP = 5.0
CAUGHT_UP = re.compile(rb'"type":"(change|reset)","revision":')  # what is published here carries no revision
TARGETS = {"p99_ratio": 1.2, "memory_mb": 0.5}


def deaf(port: int) -> socket.socket:
    """A client that shook hands and keeps as little as it may of what it does not read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", port))
    raw.sendall(request(port, "/", ""))
    return raw


def until_dropped(raw: socket.socket, pid: int) -> float:
    """Seconds until the server let go of it; infinite if it did not. Who reads nothing is not told."""
    raw.recv(1, socket.MSG_PEEK)
    held, started = _files(pid), time.monotonic()
    while _files(pid) >= held:
        if time.monotonic() - started > SECONDS:
            return float("inf")
        time.sleep(0.05)
    return time.monotonic() - started


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def until_caught_up(raw: socket.socket, _: int) -> float:
    """Sleep, then read: seconds from waking until what is published comes again, after one frame for all it missed."""
    time.sleep(ASLEEP)
    started, rest = time.monotonic(), b""
    raw.settimeout(5)
    while not (caught := CAUGHT_UP.search(rest)) or STAMP not in rest[caught.end() :]:
        more = raw.recv(65536)
        if not more:
            return float("inf")
        rest += more
    return time.monotonic() - started


@dataclass(slots=True)
class Case:
    """A server, its reading clients, and where it is."""

    port: int
    server: Child
    clients: Child
    size: int

    def run(self, seconds: float = SECONDS) -> tuple[Result, float]:
        """Publish at a steady rate; what came of it, and how many MB the server held at most."""
        most, done = [resident(self.server.pid)], threading.Event()

        def watch() -> None:
            while not done.wait(0.1):
                most.append(resident(self.server.pid))

        watching = threading.Thread(target=watch)
        watching.start()
        changes = int(RATE * seconds)
        result = measured(self.server, self.clients, f"steady {RATE} {changes}", changes, self.size)
        done.set()
        watching.join()
        return result, (max(most) - most[0]) / 1024

    def beside(self, watch: Callable[[socket.socket, int], float]) -> tuple[Result, float, float]:
        """The same with one more client that does not read, watched by `watch`."""
        raw, found = deaf(self.port), [float("inf")]
        watching = threading.Thread(target=lambda: found.append(watch(raw, self.server.pid)))
        watching.start()
        result, memory = self.run()
        watching.join()
        raw.close()
        return result, memory, found[-1]


def case(size: int) -> Case:
    port = free_port()
    return Case(port, server_of("ours", port), crowd(port, size), size)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench reader")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    ratios, memory, drops = [], [], []
    well, ill = case(CLIENTS), case(CLIENTS - 1)
    try:
        for each in (well, ill):
            each.run(seconds=3)  # to warm up
        for number in range(options.rounds):
            if number % 2:
                slow, held, dropped = ill.beside(until_dropped)
                quick, usual = well.run()
            else:
                quick, usual = well.run()
                slow, held, dropped = ill.beside(until_dropped)
            ratios.append(slow["p99_ms"] / quick["p99_ms"])
            memory.append(held - usual)
            drops.append(dropped)
            print(f"p99 {quick['p99_ms']:.1f} ms, beside a dead one {slow['p99_ms']:.1f} ms; ", end="")
            print(f"memory grew by {usual:.2f} and {held:.2f} MB; dropped after {dropped:.1f} s", flush=True)
        *_, caught_up = ill.beside(until_caught_up)
    finally:
        for each in (well, ill):
            each.clients.end()
            each.server.end()
    print(f"a sleeper was caught up {caught_up:.3f} s after it woke")
    print(machine.about())
    found = {"clients": CLIENTS, "p99_ratio": statistics.median(ratios), "memory_mb": statistics.median(memory)}
    for field, most in TARGETS.items():
        print(f"{field:12}{found[field]:6.2f}   wanted at most {most:.2f}")
    print(json.dumps({field: round(value, 2) for field, value in found.items()} | {"dropped_s": round(max(drops), 1)}))
    return 0
