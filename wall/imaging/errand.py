"""Sends errands to processes of their own: modules of ours that read stdin and write stdout, with limited patience."""

import asyncio
import contextlib
import os
import sys

INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "HOME")  # none of our settings, no secret


async def errand(module: str, said: bytes, patience: float) -> tuple[int, bytes]:
    """The exit code and the words of `python -m module` that was told `said`; no words after so many seconds."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=kept,
    )
    try:
        async with asyncio.timeout(patience):
            answer, _ = await process.communicate(said)
    except TimeoutError:
        answer = b""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, answer
