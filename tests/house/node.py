"""The two npm packages the tests use, in .cache/node: TypeScript checks our JavaScript, axe-core our pages."""

import json
import os
import subprocess
from pathlib import Path

from tests.house import CACHE, Missing

PACKAGES = {"typescript": ">=5.9 <8", "axe-core": ">=4.11 <5"}

SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")  # node has its own list and would not know a proxy's


def prepare(npm: Path, cache: Path = CACHE, folder: str = "node", packages: dict[str, str] = PACKAGES) -> Path:
    """The node_modules folder; filled first if other packages are asked for than before."""
    home = cache / folder
    modules, mark, wanted = home / "node_modules", home / "installed", json.dumps(packages)
    if mark.is_file() and mark.read_text() == wanted and all((modules / name).is_dir() for name in packages):
        return modules
    print(f"Installing {' and '.join(packages)} …", flush=True)
    home.mkdir(parents=True, exist_ok=True)
    mark.unlink(missing_ok=True)
    (home / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}))
    command = [
        str(npm),
        "install",
        "--prefix",
        str(home),
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
    ]
    environment = dict(os.environ)
    if SYSTEM_AUTHORITIES.is_file():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_AUTHORITIES))
    if subprocess.run(command, cwd=home, env=environment).returncode:
        raise Missing(f"The npm packages could not be installed; this failed:\n    {' '.join(command)}")
    mark.write_text(wanted)
    return modules
