"""Passwords: hashed with argon2id, verified in the same time whether there is an account or not."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD = 12
_hasher = PasswordHasher()  # argon2id with the library's current defaults
_nobody = _hasher.hash("nobody has this password")


async def hashed(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


async def is_right(kept: str, password: str) -> bool:
    """Whether this is the password behind a hash; '' is the hash of nobody, and no password fits it."""

    def verify() -> bool:
        try:
            return _hasher.verify(kept or _nobody, password)
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.to_thread(verify) and bool(kept)
