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
        environment = {
            **os.environ,
            "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "VIRTUAL_ENV": str(python.parent.parent),
            "TEST_REDIS_URL": redis.url,
            "TEST_REDIS_SERVER": str(found["redis-server"]),
            "TEST_POSTGRES_URL": postgres.url,
            "TEST_POSTGRES_BIN": str(found["postgres"].parent),
            "TEST_CHROMIUM": str(found["chromium"]),
            "TEST_AXE": str(modules / "axe-core" / "axe.min.js"),
        }
        return _wait(subprocess.Popen([python, "-m", "pytest", *arguments], env=environment))


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for pytest; on Ctrl-C, which reaches it too, let it finish its own clearing up first."""
    try:
        return process.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):
            process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)  # unwinds the with blocks, so that nothing outlives this process


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
