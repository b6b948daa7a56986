"""What it costs a server to tell everybody: ours beside bare transports, Starlette's loop, Node ws and Socket.IO.

Every server has one core, the load generator the other. The contestants take turns within one run; figures are medians.
Server CPU is utime + stime of its process while the changes were delivered, by deliveries.
"""

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import machine
from tests.house import ROOT, Missing, node, programs
from tests.services import free_port

PACKAGES = {"ws": ">=8.18 <9", "socket.io": ">=4.8 <5"}
PYTHON = ("ours", "raw", "starlette")
NODE = ("ws", "socketio")
PATHS = {"socketio": "/socket.io/?EIO=4&transport=websocket"}
DELIVERIES, FASTEST, SECONDS = 30_000, 50.0, 4.0  # a second; changes a second; of steady changes in a round
BURST = 32
TARGETS = {
    "ratio_raw": 1.25,
    "ratio_raw_burst32": 0.4,
    "ratio_node_ws": 1.0,
    "ratio_socketio": 0.65,
    "ratio_starlette": 0.6,
    "user_us": 2.0,
    "kb_per_idle": 30.0,
}
BROWSERS_OFFER = "permessage-deflate; client_max_window_bits"
Result = dict[str, float]


def pin(pid: int, core: int) -> None:
    """Keep a process on one core where the system lets us."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(pid, {cores[core % len(cores)]})


def cpu(pid: int) -> tuple[float, float]:
    """Seconds a process spent in user space and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / tick, int(fields[12]) / tick


def resident(pid: int) -> float:
    """Kilobytes of memory a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


class Child:
    """A process on a core of its own that is told things and answers in lines."""

    def __init__(self, core: int, *command: str, **environment: str) -> None:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, env=os.environ | environment, **pipes)
        self.pid = self.process.pid
        pin(self.pid, core)
        self.answer()

    def answer(self) -> str:
        assert self.process.stdout is not None
        line: str = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended")
        return line

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def crowd(port: int, size: int, path: str = "/", kind: str = "plain", offer: str = "") -> Child:
    """So many connected clients."""
    return Child(1, sys.executable, "-m", "tests.bench.crowd", str(port), str(size), path, kind, offer)


def server_of(name: str, port: int, modules: Path | None = None) -> Child:
    """One contestant's server."""
    if name in NODE:
        command = [str(programs.find("node")), str(ROOT / "tests/bench/contestants.cjs"), name, str(port)]
    else:
        command = [sys.executable, "-m", "tests.bench.contestants", name, str(port)]
    return Child(0, *command, NODE_PATH=str(modules or ""))


@contextlib.contextmanager
def contestant(name: str, size: int, modules: Path | None) -> Iterator[tuple[Child, Child]]:
    """A server and its clients."""
    port = free_port()
    server = server_of(name, port, modules)
    try:
        clients = crowd(port, size, PATHS.get(name, "/"), "hello" if name == "ours" else name)
        try:
            yield server, clients
        finally:
            clients.end()
    finally:
        server.end()


def measured(server: Child, clients: Child, order: str, changes: int, size: int) -> Result:
    """Let a server publish and wait until everybody has everything."""
    before, started = cpu(server.pid), time.monotonic()
    server.tell(order)
    server.answer()
    clients.tell(f"count {changes}")
    heard = json.loads(clients.answer())
    took, after = time.monotonic() - started, cpu(server.pid)
    if not heard["exact"]:
        raise RuntimeError(f"{server.process.args}: not everybody got exactly what was published")
    deliveries = size * changes
    user, system = (1e6 * (b - a) / deliveries for a, b in zip(before, after, strict=True))
    return {
        "cpu_us": user + system,
        "user_us": user,
        "per_s": deliveries / took,
        "p50_ms": heard["p50_ms"],
        "p99_ms": heard["p99_ms"],
    }


def idle(size: int) -> float:
    """Kilobytes of memory per connection of the real application, to clients that offer deflate as browsers do."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        machine.wall("new", "probe", "Probe", "--section", "Runde Tische", **machine.database_in(folder))
        with machine.served(folder) as (url, pid):
            port, path = int(url.rpartition(":")[2]), "/w/probe/live?since=0&epoch="
            few = crowd(port, 20, path, "hello", BROWSERS_OFFER)  # the room, and all that is made once
            before = resident(pid)
            many = crowd(port, size, path, "hello", BROWSERS_OFFER)
            after = resident(pid)
            many.end()
            few.end()
    return (after - before) / size


def compare(size: int, rounds: int, modules: Path | None) -> dict[str, float]:
    """All contestants with so many clients, in turns."""
    names = [*PYTHON, *(NODE if modules else ())]
    rate = min(FASTEST, DELIVERIES / size)
    changes, bursts = int(rate * SECONDS), max(1, min(10, 3000 // size))
    orders = {
        "steady": (f"steady {rate} {changes}", changes),
        "burst": (f"burst {bursts} {BURST} 1", bursts * BURST),
        "at once": (f"burst {bursts} {BURST} 0", bursts * BURST),
    }
    found: dict[tuple[str, str], list[Result]] = {(order, name): [] for order in orders for name in names}
    with contextlib.ExitStack() as stack:
        pairs = {name: stack.enter_context(contestant(name, size, modules)) for name in names}
        for turn in range(-1, rounds):  # the first is to warm up
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                for order, (line, count) in orders.items():
                    result = measured(*pairs[name], line, count, size)
                    if turn >= 0:
                        found[order, name].append(result)
    medians = {
        key: {field: statistics.median(result[field] for result in results) for field in results[0]}
        for key, results in found.items()
    }
    print(f"\n{size} clients, {rate:g} changes/s for {SECONDS:g} s, {bursts} bursts of {BURST}, {rounds} rounds")
    print(f"{'':20}{'CPU µs':>8}{'user':>7}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}")
    for (order, name), m in medians.items():
        figures = f"{m['cpu_us']:8.2f}{m['user_us']:7.2f}{m['per_s']:9.0f}{m['p50_ms']:9.1f}{m['p99_ms']:9.1f}"
        print(f"{order:8} {name:11}{figures}")
    ratios = {"raw": "raw", "starlette": "starlette", "node_ws": "ws", "socketio": "socketio"}
    steady = medians["steady", "ours"]
    line = {"clients": size} | {field: round(steady[field], 2) for field in ("cpu_us", "user_us", "p50_ms", "p99_ms")}

    def ratio(order: str, other: str) -> float:
        """The median of the rounds' ratios: what disturbs a round disturbs both."""
        both = zip(found[order, "ours"], found[order, other], strict=True)
        return round(statistics.median(a["cpu_us"] / b["cpu_us"] for a, b in both), 2)

    line |= {f"ratio_{field}": ratio("steady", name) for field, name in ratios.items() if name in names}
    line |= {"ratio_raw_burst32": ratio("burst", "raw"), "ratio_raw_at_once32": ratio("at once", "raw")}
    return line


def node_modules() -> Path | None:
    """Where Node's packages are; says so where there are none."""
    npm = programs.find("npm")
    if npm is None or programs.find("node") is None:
        print("Node is not here: ws and Socket.IO are left out.")
        return None
    try:
        return node.prepare(npm, folder="node-bench", packages=PACKAGES)
    except Missing as error:
        print(f"ws and Socket.IO are left out: {error}")
        return None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench fanout")
    parser.add_argument("--clients", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    modules = node_modules()
    print(machine.about())
    results = [
        compare(size, options.rounds, modules) | {"kb_per_idle": round(idle(size), 1)} for size in options.clients
    ]
    for line in results:
        print(f"\n{line['clients']} clients")
        for field, most in TARGETS.items():
            if field in line:
                verdict = "reached" if line[field] <= most else "MISSED"
                print(f"{field:20}{line[field]:8.2f}   wanted at most {most:5.2f}   {verdict}")
    print(json.dumps(results))
    return 0
