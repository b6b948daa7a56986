"""The installed package: a wheel from a clean copy brings everything along, with the checkout gone."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import httpx

from tests.house import ROOT
from tests.test_command_line import PATIENCE, demo


def run(*command: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=4 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy_of_the_checkout(goal: Path) -> None:
    """What a clone of the work as it stands would hold: every file that git does not ignore."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (goal / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, goal / name)


def installed(folder: Path) -> Path:
    """The python of an environment with only the wheel in it, next to the packages that the tests have too."""
    copy = folder / "copy"
    copy_of_the_checkout(copy)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, copy, cwd=folder)
    shutil.rmtree(copy)
    (wheel,) = folder.glob("*.whl")
    home = folder / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    run(*pip, "--python", str(python), "install", "--no-deps", "--no-index", wheel, cwd=folder)
    # plain path lines: .pth files over there, such as that of the editable install, are not followed
    (packages / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return python


def test_an_installed_wheel_runs_the_demo_from_an_empty_folder_with_the_checkout_gone(tmp_path: Path) -> None:
    python = installed(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    found = run(python, "-c", "import wall; print(wall.__file__)", cwd=empty)
    assert Path(found.strip()).is_relative_to(tmp_path / "venv")
    with demo(empty, python=str(python)) as (_, client):
        for address in ("/", "/w/leipzig", "/w/leipzig/pin", "/w/leipzig/projector", "/w/leipzig/info", "/sw.js"):
            assert client.get(address).status_code == 200, address
        page = client.get("/w/leipzig").text
        assert page.count('class="card-slot"') >= 87
        assets = set(re.findall(r'"(/static/[^"]+)"', page))
        assert any(name.endswith("wall.css") for name in assets)
        assert any(name.endswith("main.js") for name in assets)
        for name in assets:
            answer: httpx.Response = client.get(name)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
