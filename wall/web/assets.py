"""The front end's files under content-hashed addresses, read once, compressed once, served immutable."""

import base64
import gzip
import json
import mimetypes
import re
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from wall.errors import NotFound

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("image/avif", ".avif")
MAIN = "js/main.js"
IMPORTED = re.compile(r'^(?:import|export)\b[^"]*"(wall/[^"]+)";', re.MULTILINE)  # not what is only fetched when needed
IMMUTABLE = "public, max-age=31536000, immutable"


def folder() -> Path:
    """static/ beside the package in a checkout, inside it when installed."""
    inside = Path(__file__).parent.parent / "static"
    return inside if inside.is_dir() else inside.parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    packed: bytes | None
    media_type: str


class Assets:
    """`url("js/main.js")` names a file for a year; the style sheets of css/order.txt are joined into one."""

    def __init__(self, root: Path | None = None) -> None:
        root = root or folder()
        self._urls: dict[str, str] = {}
        self._files: dict[str, Asset] = {}
        order = (root / "css" / "order.txt").read_text("utf-8").split()
        self._add("css/wall.css", b"\n".join((root / "css" / name).read_bytes() for name in order))
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and not name.startswith("css/"):
                self._add(name, path.read_bytes())
        modules = [name for name in self._urls if name.startswith("js/") and name != "js/sw.js"]
        names = {f"wall/{name.removeprefix('js/')}": self._urls[name] for name in modules}
        self.importmap = json.dumps({"imports": names}, separators=(",", ":"))
        self.importmap_hash = base64.b64encode(sha256(self.importmap.encode()).digest()).decode()
        self._modules = {name: self._closure(f"wall/{name.removeprefix('js/')}") for name in modules}
        self._elements = {Path(name).stem: name for name in modules if name.startswith("js/elements/")}
        self.release = blake2b("".join(sorted(self._urls.values())).encode(), digest_size=5).hexdigest()

    def _add(self, name: str, body: bytes) -> None:
        digest = blake2b(body, digest_size=6).hexdigest()
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        texts = media_type.startswith("text/") or media_type in ("application/json", "image/svg+xml")
        packed = gzip.compress(body, 9, mtime=0) if texts and len(body) > 400 else None
        self._urls[name] = f"/static/{digest}/{name}"
        self._files[f"{digest}/{name}"] = Asset(body, packed, media_type)

    def _closure(self, name: str) -> dict[str, None]:
        """A module and all that it imports at once, by what the import map calls them."""
        found: dict[str, None] = {}
        waiting = [name]
        while waiting:
            if (one := waiting.pop()) not in found:
                found[one] = None
                waiting += IMPORTED.findall(self.body(one.replace("wall/", "js/", 1)).decode())
        return found

    def modules(self, html: str) -> list[str]:
        """The addresses of every module a page needs for the elements in it."""
        found = dict(self._modules[MAIN])
        for element, name in self._elements.items():
            if f"<{element}" in html:
                found |= self._modules[name]
        return [self._urls[one.replace("wall/", "js/", 1)] for one in found]

    def url(self, name: str) -> str:
        """The hashed address of a file below static/.

        Raises:
            KeyError: there is no such file.
        """
        return self._urls[name]

    def body(self, name: str) -> bytes:
        return self._files[self._urls[name].removeprefix("/static/")].body

    @property
    def stylesheet(self) -> str:
        return self.url("css/wall.css")

    def answer(self, path: str, accepts_gzip: bool) -> Response:
        """The response for an address below /static/."""
        asset = self._files.get(path)
        if asset is None:
            raise NotFound(f"no asset at {path!r}")
        headers = {"cache-control": IMMUTABLE, "vary": "accept-encoding", "cross-origin-resource-policy": "same-origin"}
        if asset.packed is not None and accepts_gzip:
            return Response(asset.packed, media_type=asset.media_type, headers=headers | {"content-encoding": "gzip"})
        return Response(asset.body, media_type=asset.media_type, headers=headers)


async def static(request: Request) -> Response:
    """GET /static/{path}"""
    assets: Assets = request.state["house"].assets
    return assets.answer(request.path_params["path"], "gzip" in request.headers.get("accept-encoding", ""))
