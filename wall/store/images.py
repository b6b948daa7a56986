"""Pictures of cards, in a folder or an S3-compatible store: `<card>/<name>/<file>`, all names of our own making."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from wall.errors import Gone, Misconfigured, Unavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CONNECT = {"connect_timeout": "5s", "timeout": "20s"}
RETRY: Any = {"max_retries": 2}


def _open(url: str) -> "ObjectStore":
    from obstore.store import LocalStore, S3Store  # with the first picture: it takes 5 MB

    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        folder = Path(parts.path if parts.scheme else url)
        return LocalStore(folder.absolute(), mkdir=True, automatic_cleanup=True)
    given = dict(parse_qsl(parts.query))
    endpoint = given.get("endpoint", "")
    config: Any = {"bucket": parts.netloc, "region": given.get("region", "us-east-1")}
    if endpoint:
        config |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
    options: Any = CONNECT | {"allow_http": endpoint.startswith("http://")}
    return S3Store(prefix=parts.path.strip("/") or None, config=config, client_options=options, retry_config=RETRY)


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Turns what the store raises into Unavailable."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        raise Unavailable(f"the images' store does not answer: {error}") from error


class Images:
    """Puts, gets and erases the files of pictures at an address: a folder, `file:///folder` or `s3://bucket/prefix`.

    The store opens with the first of them.

    Raises:
        Misconfigured: no store has such an address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("", "file") and not (parts.scheme == "s3" and parts.netloc):
            raise Misconfigured(f"IMAGES_URL is {url!r}; expected a folder or s3://bucket/prefix?endpoint=https://…")
        self._url = url
        self._opened: ObjectStore | None = None

    @property
    def _store(self) -> "ObjectStore":
        if self._opened is None:
            self._opened = _open(self._url)
        return self._opened

    async def put(self, card_id: str, name: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a picture; the same again changes nothing.

        Raises:
            Unavailable: the store does not take them.
        """
        with _answering():
            for file, body in files.items():
                await self._store.put_async(f"{card_id}/{name}/{file}", body)

    async def get(self, card_id: str, name: str, file: str) -> bytes:
        """One file of a picture.

        Raises:
            Gone: it is not there.
            Unavailable: the store does not answer.
        """
        from obstore.exceptions import NotFoundError

        with _answering():
            try:
                found = await self._store.get_async(f"{card_id}/{name}/{file}")
                return bytes(await found.bytes_async())
            except (NotFoundError, FileNotFoundError):
                raise Gone(f"no {file} of {name!r}") from None

    async def copy(self, name: str, *, of: str, to: str) -> None:
        """Give a card the picture of another.

        Raises:
            Unavailable: the store does not answer.
        """
        with _answering():
            for path in await self._paths(f"{of}/{name}"):
                body = await (await self._store.get_async(path)).bytes_async()
                # a copy by the store would be as old as the original, and what is old and unused is swept away
                await self._store.put_async(f"{to}/{path.partition('/')[2]}", body)

    async def erase(self, card_id: str, name: str = "") -> int:
        """Remove every picture a card ever had, or the one of this name; returns how many files went.

        Raises:
            Unavailable: the store does not answer.
        """
        with _answering():
            paths = await self._paths(f"{card_id}/{name}" if name else card_id)
            for path in paths:
                await self._store.delete_async(path)
        return len(paths)

    async def pictures(self) -> dict[tuple[str, str], datetime]:
        """Every picture here by card and name, and when the last of its files was put.

        Raises:
            Unavailable: the store does not answer.
        """
        found: dict[tuple[str, str], datetime] = {}
        with _answering():
            async for batch in self._store.list():
                for meta in batch:
                    parts, at = str(meta["path"]).split("/"), meta["last_modified"]
                    if len(parts) == 3:  # what else lies here is not ours
                        found[parts[0], parts[1]] = max(at, found.get((parts[0], parts[1]), at))
        return found

    async def _paths(self, prefix: str) -> list[str]:
        found: list[str] = []
        async for batch in self._store.list(prefix=f"{prefix}/"):
            found += [str(meta["path"]) for meta in batch]
        return found
