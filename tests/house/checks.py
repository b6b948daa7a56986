"""The checks that need no running server: style, types of the Python, types of the JavaScript. One line each."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.house import ROOT

TYPED = ("wall", "tests/services.py", "tests/house", "tests/__main__.py")


def run(python: Path, node: Path, modules: Path, root: Path = ROOT) -> list[str]:
    """Run them all, even after one failed; the names of those that failed."""
    failed = []
    for name, command in commands(python, node, modules, root):
        started = time.monotonic()
        done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        verdict = "FAILED" if done.returncode else "ok"
        print(f"check  {name:<28} {verdict}  ({time.monotonic() - started:.1f} s)", flush=True)
        if done.returncode:
            print(done.stdout, flush=True)
            failed.append(name)
    return failed


def commands(python: Path, node: Path, modules: Path, root: Path) -> Iterator[tuple[str, list[str]]]:
    """Each check's name and command; a part that is not there makes its command fail, nothing is left out."""
    yield "ruff check", [str(python), "-m", "ruff", "check", "."]
    yield "ruff format", [str(python), "-m", "ruff", "format", "--check", "."]
    yield "mypy --strict", [str(python), "-m", "mypy", "--strict", *TYPED]
    tsc = [str(node), str(modules / "typescript" / "bin" / "tsc"), "--pretty", "false"]
    for name, config in (("tsc, pages", "tsconfig.json"), ("tsc, service worker", "tsconfig.worker.json")):
        if any((root / "static" / "js").rglob("*.js")):
            yield name, [*tsc, "--project", str(root / ".ci" / config)]
        else:
            yield name, [str(python), "-c", "import sys; sys.exit('There is no JavaScript under static/js yet.')"]
