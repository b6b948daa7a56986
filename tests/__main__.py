"""`python3 -m tests [--checks] [pytest arguments]`: sets up everything from a fresh clone, then proves the claims."""

import os
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - said before the imports below fail with something obscure
    sys.exit(f"The wall needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

import signal
import subprocess
from collections.abc import Mapping
from types import FrameType

from tests.house import ROOT, Missing, checks, node, programs, venv
from tests.services import Postgres, Redis, private_folder


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
    """Run pytest against private servers, which are gone afterwards whatever happens."""
    with (
        private_folder() as folder,
        Redis(found["redis-server"], folder / "redis") as redis,
        Postgres(found["postgres"].parent, folder / "postgres") as postgres,
    ):
        scratch = folder / "tmp"  # whatever a test leaves behind goes with the folder
        scratch.mkdir()
        scratch.chmod(0o1777)
        environment = {
            **os.environ,
            "TMPDIR": str(scratch),
            "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "VIRTUAL_ENV": str(python.parent.parent),
            "TEST_REDIS_URL": redis.url,
            "TEST_REDIS_SERVER": str(found["redis-server"]),
            "TEST_POSTGRES_URL": postgres.url,
            "TEST_POSTGRES_BIN": str(found["postgres"].parent),
            "TEST_CHROMIUM": str(found["chromium"]),
            "TEST_AXE": str(modules / "axe-core" / "axe.min.js"),
        }
        if "strace" in found:
            environment["TEST_STRACE"] = str(found["strace"])
        return _wait(subprocess.Popen([python, "-m", "pytest", *arguments], env=environment))


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
