"""The second step of signing in: codes of an app (RFC 6238), and recovery codes for when the app is lost."""

import hmac
from base64 import b32encode
from collections.abc import Iterable
from hashlib import blake2b
from secrets import choice

from pyotp import TOTP

SECONDS = 30  # that a code is shown
DRIFT = 1  # codes before and after that count too: clocks differ, people are slow
RECOVERY_CODES = 8
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that look like another


def secret_of(seed: str, key: str) -> str:
    """The secret that the app shares, in base 32. It is not kept: without the key the seed tells nothing."""
    made = blake2b(seed.encode(), key=_short(key), digest_size=20, person=b"second step")
    return b32encode(made.digest()).decode()


def address_of(secret: str, email: str, issuer: str) -> str:
    """The otpauth: address that an app reads from a QR code."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def step_of(secrets: Iterable[str], code: str, at: float) -> int | None:
    """The half minute whose code this is, counted from 1970, or None if it is none of now."""
    now = int(at // SECONDS)
    for secret in secrets:
        for step in range(now - DRIFT, now + DRIFT + 1):
            if hmac.compare_digest(TOTP(secret).generate_otp(step).encode(), code.encode("utf-8", "replace")):
                return step
    return None


def new_recovery_code() -> str:
    letters = "".join(choice(LETTERS) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def recovery_digest(code: str, person_id: int, key: str) -> str:
    """What is kept of a recovery code, however it is written."""
    bare = "".join(char for char in code.upper() if char.isalnum())
    return blake2b(f"{person_id}:{bare}".encode(), key=_short(key), digest_size=24, person=b"recovery").hexdigest()


def _short(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=32).digest()
