"""What goes through the relay: a change or a head count, signed so that Redis need not be trusted (W4)."""

from hashlib import blake2b
from hmac import compare_digest
from typing import Any

import orjson
from pydantic import ValidationError

from wall.model.change import Change

SIGNATURE = 16


class Envelope:
    """Seals with the newest secret, opens with any. Keyed BLAKE2b (RFC 7693)."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._keys = [blake2b(s.encode(), digest_size=32, person=b"wall relay").digest() for s in secrets]

    @staticmethod
    def _sign(key: bytes, body: bytes) -> bytes:
        return blake2b(body, key=key, digest_size=SIGNATURE).digest()

    def seal(self, wall_id: int, content: dict[str, Any]) -> bytes:
        body = orjson.dumps(content | {"wall": wall_id})
        return self._sign(self._keys[0], body) + body

    def open(self, wall_id: int, message: bytes) -> dict[str, Any] | None:
        """The content, or None when it is unsigned, altered, unreadable or meant for another wall."""
        signature, body = message[:SIGNATURE], message[SIGNATURE:]
        if not any(compare_digest(signature, self._sign(key, body)) for key in self._keys):
            return None
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        return content if isinstance(content, dict) and content.get("wall") == wall_id else None


def change_in(content: dict[str, Any]) -> Change | None:
    """The change an opened envelope encloses, if it does."""
    try:
        return Change.model_validate(content["change"])
    except (KeyError, ValidationError):
        return None
