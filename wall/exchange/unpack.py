"""ZIP in: the few members of an archive that are wanted, each no larger than it may be, whatever its head says."""

import zipfile
from collections.abc import Callable
from io import BytesIO

from wall.errors import Complaint, Invalid

MAX_MEMBERS = 20_000
MAX_MEMBER, MAX_ALL = 60_000_000, 120_000_000  # bytes unpacked
BROKEN = (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zipfile.error)


def refused(code: str = "not_a_file", **params: int) -> Invalid:
    return Invalid([Complaint("file", code, params)])


def opened(content: bytes) -> zipfile.ZipFile:
    """The archive, nothing of it unpacked yet.

    Raises:
        Invalid: it is none, or announces more than we would ever unpack.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except BROKEN:
        raise refused() from None
    if len(archive.infolist()) > MAX_MEMBERS:
        raise refused("unpacks_too_large", max=MAX_ALL // 1_000_000)
    return archive


def members(archive: zipfile.ZipFile, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The members whose names are wanted, by name; macOS' shadows of files are none.

    Raises:
        Invalid: a member is damaged, locked by a password, or together they are larger than they may be.
    """
    found: dict[str, bytes] = {}
    total = 0
    for info in archive.infolist():
        name = info.filename
        if info.is_dir() or name.startswith("__MACOSX/") or not wanted(name):
            continue
        try:
            with archive.open(info) as file:
                body = file.read(MAX_MEMBER + 1)
        except BROKEN:
            raise refused() from None
        total += len(body)
        if len(body) > MAX_MEMBER or total > MAX_ALL:
            raise refused("unpacks_too_large", max=MAX_ALL // 1_000_000)
        found[name] = body
    return found
