"""Form keys: drawn and signed here with the time, so that a pin shows whether it comes of a form that somebody filled.

The key is the pin's idempotency key as well, and in a flood the challenge of the proof of work: each is good for one
card, and nothing has to be kept.
"""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import blake2b, sha256
from hmac import compare_digest
from secrets import token_bytes

RANDOM, TIME, SIGNATURE = 9, 5, 10  # bytes
PROOF_BITS = 15  # about 30,000 hashes: a second or two for a phone, while somebody writes


class Mint:
    """Signs with the newest secret, knows the keys of any."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.clock = time.time
        self._keys = [blake2b(s.encode(), digest_size=32, person=b"wall form").digest() for s in secrets]

    @staticmethod
    def _sign(key: bytes, wall: str, drawn: bytes) -> bytes:
        return blake2b(drawn + wall.encode(), key=key, digest_size=SIGNATURE).digest()

    def key(self, wall: str) -> str:
        """A key for one form of this wall."""
        drawn = token_bytes(RANDOM) + int(self.clock()).to_bytes(TIME, "big")
        return urlsafe_b64encode(drawn + self._sign(self._keys[0], wall, drawn)).decode()

    def age(self, wall: str, key: str) -> float | None:
        """Seconds since a key was drawn, below 0 if the clock was put back since; None if it is none of ours."""
        if len(key) != (RANDOM + TIME + SIGNATURE) // 3 * 4 or not key.isascii():
            return None
        try:
            raw = urlsafe_b64decode(key)
        except (NotBase64, ValueError):
            return None
        drawn, signature = raw[:-SIGNATURE], raw[-SIGNATURE:]
        if not any(compare_digest(signature, self._sign(secret, wall, drawn)) for secret in self._keys):
            return None
        return self.clock() - int.from_bytes(drawn[RANDOM:], "big")


def proves(key: str, proof: str) -> bool:
    """Whether SHA-256 of key, colon and proof begins with enough zero bits."""
    if not 0 < len(proof) <= 20:
        return False
    return int.from_bytes(sha256(f"{key}:{proof}".encode()).digest()[:4], "big") >> (32 - PROOF_BITS) == 0
