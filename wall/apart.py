"""Work done in a process of its own, which inherits none of our settings and may die without us."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable


async def worked(
    module: str, data: bytes, patience: float, come: Callable[[int], None] | None = None
) -> tuple[int, bytes]:
    """The exit code and the words of `python -m module` that was given `data`; nothing after `patience` seconds.

    `come` is told each number that it says on stderr: how far it has come.
    """
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL if come is None else asyncio.subprocess.PIPE,
        env=kept,
    )
    try:
        async with asyncio.timeout(patience):
            said = await _spoken(process, data, come)
    except TimeoutError:
        said = b""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, said


async def _spoken(process: asyncio.subprocess.Process, data: bytes, come: Callable[[int], None] | None) -> bytes:
    if come is None or process.stdin is None or process.stdout is None or process.stderr is None:
        return (await process.communicate(data))[0]
    said, *_ = await asyncio.gather(
        process.stdout.read(), _given(process.stdin, data), _counted(process.stderr, come), process.wait()
    )
    return said


async def _given(stdin: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(data)
        await stdin.drain()
    stdin.close()


async def _counted(stderr: asyncio.StreamReader, come: Callable[[int], None]) -> None:
    with contextlib.suppress(ValueError):  # a line without an end: no number of ours
        async for line in stderr:
            if line.strip().isdigit():
                come(int(line))
