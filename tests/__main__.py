"""`python3 -m tests [--checks] [pytest arguments]`: sets up everything from a fresh clone, then proves the claims."""

import contextlib
import os
import re
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - said before the imports below fail with something obscure
    sys.exit(f"The wall needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from tests.house import ROOT, Missing, checks, node, programs, venv
from tests.services import Postgres, Redis, private_folder

ALONE = ("-s", "--capture=no", "--pdb", "--collect-only", "--co")  # what several workers cannot do


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _leave)
    os.chdir(ROOT)
    with_checks = "--checks" in arguments
    wanted = [argument for argument in arguments if argument != "--checks"]
    try:
        found = programs.find_or_install()
        python = venv.prepare()
        modules = node.prepare(found["npm"])
    except Missing as missing:
        print(f"\n{missing}", file=sys.stderr)
        return 2
    failed = checks.run(python, found["node"], modules) if with_checks else []
    code = prove(python, found, modules, wanted)
    if failed:
        print(f"These checks failed (see above): {', '.join(failed)}", file=sys.stderr)
    return code or (1 if failed else 0)


def prove(python: Path, found: Mapping[str, Path], modules: Path, arguments: list[str]) -> int:
    """Run pytest against private servers, which are gone afterwards whatever happens.

    Each worker has a Redis of its own, since pub/sub knows no databases; PostgreSQL is for all, by names.
    """
    workers = workers_for(arguments)
    with contextlib.ExitStack() as servers:
        folder = servers.enter_context(private_folder())
        redis = [
            servers.enter_context(Redis(found["redis-server"], folder / f"redis-{worker}")) for worker in range(workers)
        ]
        postgres = servers.enter_context(Postgres(found["postgres"].parent, folder / "postgres"))
        scratch = folder / "tmp"  # whatever a test leaves behind goes with the folder
        scratch.mkdir()
        scratch.chmod(0o1777)
        environment = {
            **os.environ,
            "TMPDIR": str(scratch),
            "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "VIRTUAL_ENV": str(python.parent.parent),
            "TEST_REDIS_URLS": " ".join(server.url for server in redis),
            "TEST_REDIS_SERVER": str(found["redis-server"]),
            "TEST_POSTGRES_URL": postgres.url,
            "TEST_POSTGRES_BIN": str(found["postgres"].parent),
            "TEST_CHROMIUM": str(found["chromium"]),
            "TEST_AXE": str(modules / "axe-core" / "axe.min.js"),
        }
        if "strace" in found:
            environment["TEST_STRACE"] = str(found["strace"])
        shared = [f"--numprocesses={workers}", "--dist=worksteal"] if workers > 1 else []
        return _wait(subprocess.Popen([python, "-m", "pytest", *shared, *arguments], env=environment))


def workers_for(arguments: Sequence[str]) -> int:
    """How many processes share the tests: as many as `-n` says, one for what names a file, else one for each core."""
    asked = re.search(r"(?:^| )(?:-n|--numprocesses)[ =]?(\d+)", " ".join(arguments))
    if asked:
        return max(int(asked[1]), 1)
    if any(argument.startswith(ALONE) or Path(argument.split("::")[0]).exists() for argument in arguments):
        return 1
    return min(os.cpu_count() or 1, 4)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for pytest; when interrupted let it stop the servers of its own tests before ours go."""
    try:
        return process.wait()
    except BaseException as reason:
        # Ctrl-C in a terminal has reached pytest too, and a second one would cut its clearing up short
        told = isinstance(reason, KeyboardInterrupt) and sys.stdin is not None and sys.stdin.isatty()
        for patience, push in ((30 if told else 0, signal.SIGINT), (30, signal.SIGKILL)):
            try:
                process.wait(timeout=patience)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(push)
        process.wait()
        raise


def _leave(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(143)  # unwinds the with blocks, so that nothing outlives this process


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
