"""What browsers are told about every page: nothing is allowed that the pages do not use."""

from collections.abc import Sequence

from wall.model.wall import Wall
from wall.settings import Settings

Header = tuple[bytes, bytes]


class Headers:
    """Security headers, made once; `framed` are those of a wall that other sites may show in a frame."""

    def __init__(self, settings: Settings, importmap_hash: str) -> None:
        self._live = settings.origin.replace("http", "ws", 1)
        self._importmap_hash = importmap_hash
        self.always: list[Header] = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if settings.secure:
            self.always.append((b"strict-transport-security", b"max-age=31536000"))
        self.unframed: list[Header] = [
            (b"content-security-policy", self._policy(()).encode("latin-1")),
            (b"x-frame-options", b"DENY"),
        ]

    def _policy(self, framed_by: Sequence[str]) -> str:
        # A hash allows this very import map and nothing else; a nonce, whatever script somebody gets to carry it.
        policy = {
            "default-src": "'none'",
            "object-src": "'none'",
            "script-src": f"'self' 'sha256-{self._importmap_hash}'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "connect-src": f"'self' {self._live}",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": " ".join(framed_by) or "'none'",
            "worker-src": "'self'",
            "manifest-src": "'self'",
        }
        return "; ".join(f"{name} {value}" for name, value in policy.items())

    def framed(self, wall: Wall) -> dict[str, str]:
        """For the public view of a wall: who may show it in a frame. Nothing where nobody may."""
        return {"content-security-policy": self._policy(wall.embed_origins)} if wall.embed_origins else {}
