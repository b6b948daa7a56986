"""Work done in a process of its own, which inherits none of our settings and may die without us."""

import asyncio
import contextlib
import os
import sys


async def worked(module: str, data: bytes, patience: float) -> tuple[int, bytes]:
    """The exit code and the words of `python -m module` that was given `data`; nothing after `patience` seconds."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=kept,
    )
    try:
        async with asyncio.timeout(patience):
            said, _ = await process.communicate(data)
    except TimeoutError:
        said = b""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, said
