"""The tests' own virtual environment in .cache/venv: built from the hashed lock, brought up to it when that changes."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.house import CACHE, ROOT, Missing

PROJECT = "netzwerkwand"


def prepare(root: Path = ROOT, cache: Path = CACHE) -> Path:
    """The environment's python; built first if the lock, pyproject.toml or this Python is another than before."""
    home, wanted = cache / "venv", stamp(root)
    mark, python = home / "built-from", home / "bin" / "python"
    with _alone(cache):
        if mark.is_file() and mark.read_text() == wanted and python.exists():
            return python
        started, whole = time.monotonic(), mark.is_file()
        print("Building the virtual environment …", flush=True)
        mark.unlink(missing_ok=True)  # whoever is interrupted from here on builds it anew
        pip = (str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input")
        if whole and _is_ours(home, root):
            if stray := _installed(python) - named(root):
                _run(*pip, "uninstall", "--yes", *sorted(stray))
        else:
            shutil.rmtree(home, ignore_errors=True)
            _run(sys.executable, "-m", "venv", str(home))
        _run(*pip, "install", "--no-deps", "--require-hashes", "-r", str(root / "requirements.lock"))
        # --no-build-isolation: hatchling comes from the lock too, so nothing is fetched without a hash
        _run(*pip, "install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(root))
        _run(*pip, "check")
        mark.write_text(wanted)
        print(f"Building the virtual environment … done in {time.monotonic() - started:.0f} s", flush=True)
    return python


def stamp(root: Path) -> str:
    """What the environment is built from, as one digest."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.base_prefix}\n{root}\n".encode())
    for name in ("pyproject.toml", "requirements.lock"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def named(root: Path) -> set[str]:
    """The packages of the lock, and what an environment brings along by itself."""
    lock = (root / "requirements.lock").read_text("utf-8")
    return {_plain(found) for found in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)} | {"pip", "setuptools", PROJECT}


def _installed(python: Path) -> set[str]:
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], stdout=subprocess.PIPE, check=True).stdout
    return {_plain(package["name"]) for package in json.loads(listed)}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_ours(home: Path, root: Path) -> bool:
    """Whether the environment was made by this very Python for this very checkout."""
    ask = "import sys, wall; print(sys.version, sys.base_prefix, wall.__file__)"
    found = subprocess.run([home / "bin" / "python", "-P", "-c", ask], stdout=subprocess.PIPE, text=True, cwd=home)
    return found.stdout.strip() == f"{sys.version} {sys.base_prefix} {root / 'wall' / '__init__.py'}"


def _run(*command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if subprocess.run(command, env=environment, cwd=ROOT).returncode:
        raise Missing(f"The virtual environment could not be built; this failed:\n    {' '.join(command)}")


@contextlib.contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Two runs at once in one checkout must not build into the same folder."""
    import fcntl

    cache.mkdir(exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
