"""Finished WebSocket frames (RFC 6455): server frames carry no mask, so the same bytes serve every socket."""

import zlib

DEFLATE_FROM = 512  # bytes; below, deflate costs more than it saves
WINDOW_BITS = 12
_TEXT, _TEXT_DEFLATED = 0x81, 0xC1  # FIN, opcode 1, and for the second RSV1 (RFC 7692)


def _framed(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2, "big") + payload
    return bytes((first, 127)) + length.to_bytes(8, "big") + payload


def finished(payload: bytes) -> bytes:
    """A whole text message (UTF-8) as the bytes that go onto the wire."""
    return _framed(_TEXT, payload)


def deflated(payload: bytes) -> bytes:
    """The same, compressed without context (RFC 7692 with server_no_context_takeover), so that it can be shared."""
    if len(payload) < DEFLATE_FROM:
        return finished(payload)
    packer = zlib.compressobj(1, zlib.DEFLATED, -WINDOW_BITS, 5)
    return _framed(_TEXT_DEFLATED, (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4])
