"""The programs no Python package brings: found on this machine, installed by apt-get on Debian as root, or named."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house import Missing

# what the tests call it: (the names it goes by, the Debian packages that bring it)
PROGRAMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "redis-server": (("redis-server", "valkey-server"), ("redis-server",)),
    "postgres": (("postgres",), ("postgresql",)),
    "initdb": (("initdb",), ("postgresql",)),
    "chromium": (("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), ("chromium",)),
    "node": (("node", "nodejs"), ("nodejs",)),
    "npm": (("npm",), ("npm",)),
    "git": (("git",), ("git",)),
}
if sys.platform == "linux":
    PROGRAMS["strace"] = (("strace",), ("strace",))


def find_or_install() -> dict[str, Path]:
    """Where each program is.

    Raises:
        Missing: says which programs are not there and how to get them.
    """
    packages = missing_packages()
    if packages:
        install(packages)
        packages = missing_packages()
    if packages:
        raise Missing(f"Still missing after the installation: {', '.join(packages)}.")
    return {name: path for name in PROGRAMS if (path := find(name))}


def find(name: str) -> Path | None:
    """The program under any of its names; Debian keeps PostgreSQL's servers outside of PATH."""
    names, _ = PROGRAMS[name]
    for candidate in names:
        if path := shutil.which(candidate):
            # resolved, because PostgreSQL's other programs lie beside the real one, not beside a link to it
            return Path(path).resolve() if name in ("postgres", "initdb") else Path(path)
    if name not in ("postgres", "initdb"):
        return None
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / name).is_file()]
    newest = max(versions, key=lambda path: [int(part) for part in path.parent.name.split(".")], default=None)
    return newest / name if newest else None


def missing_packages() -> list[str]:
    """Debian's names for what is not there yet."""
    packages = [package for name, (_, brought_by) in PROGRAMS.items() if not find(name) for package in brought_by]
    if not importlib.util.find_spec("ensurepip"):
        packages.append("python3-venv")
    if not _has_a_font():
        packages.append("fonts-dejavu-core")
    return list(dict.fromkeys(packages))


def install(packages: list[str]) -> None:
    """Install from Debian as root; the services these packages may start are neither used nor stopped by the tests."""
    asked = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if not shutil.which("apt-get"):
        names = ", ".join(name for name in PROGRAMS if not find(name)) or ", ".join(packages)
        raise Missing(f"The tests need these programs in PATH: {names}.\nOn Debian:  sudo sh -c '{asked}'")
    if os.geteuid() != 0:
        raise Missing(f"The tests need programs that are not installed. Install them with:\n    sudo sh -c '{asked}'")
    print(f"Installing {', '.join(packages)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise Missing(f"{done.stdout}\nThis failed:\n    {' '.join(command)}")


def _has_a_font() -> bool:
    """Whether a browser could draw a letter."""
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/System/Library/Fonts")]
    folders += [Path.home() / ".fonts", Path.home() / ".local/share/fonts"]
    return any(next(folder.rglob(kind), None) for folder in folders for kind in ("*.ttf", "*.otf", "*.ttc"))
