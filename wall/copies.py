"""Commands for taking walls elsewhere: export in every format, and putting up a copy again."""

import asyncio
import shutil
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from wall.actions.ledger import Ledger
from wall.errors import Invalid, Misconfigured
from wall.exchange import archive, csv, json, markdown, xlsx
from wall.exchange.portion import Holds, Portion, picked, portion
from wall.model.audience import Role
from wall.settings import Settings
from wall.store import boards
from wall.words import words

WithLedger = Callable[[Settings, Callable[[Ledger], Awaitable[Any]]], Any]
COPIES = (".json", ".zip")


# What is wrong with an address, or with a file that claims to be ours, in an operator's words.
WRONG = {
    "slug_not_a_choice": "This address is taken, or is none (a-z, 0-9 and hyphens). A copy needs a free one;"
    " to add its cards to a wall that is there, open /w/SLUG/import.",
    "name_missing": "No column says how the networks are called.",
    "version_not_a_choice": "It comes from a newer version.",
    "state_not_a_choice": "It is damaged, or was changed by hand.",
    "id_not_a_choice": "It is damaged, or its cards are on a wall here already.",
}


def why(error: Invalid) -> str:
    """What was refused and why, for an operator."""
    t = words("en")

    def said(field: str, code: str, params: Mapping[str, Any]) -> str:
        if (wrong := WRONG.get(f"{field}_{code}")) is not None:
            return wrong
        keys = (f"import_wrong.{field}_{code}", f"import_wrong.{code}" if field == "file" else "", f"complaint.{code}")
        return next((t(key, **params) for key in keys if key in t), code)

    return " ".join(f"{c.field}: {said(c.field, c.code, c.params)}" for c in error.complaints)


def as_moderator(section: str) -> Role:
    return "moderator"


def add_to(cli: typer.Typer, with_ledger: WithLedger) -> None:
    """Put the command into the command line; `with_ledger` runs a job on a migrated database."""

    @cli.command()
    def export(
        slug: Annotated[str, typer.Argument(help="The wall.")],
        file: Annotated[Path, typer.Argument(help="FILE.zip, .json, .csv, .xlsx or .md", dir_okay=False)],
        public: Annotated[bool, typer.Option("--public", help="Only what everybody sees.")] = False,
    ) -> None:
        """Write a wall to a file: .zip and .json hold all of it, to be put up elsewhere by `wall import`."""
        settings = Settings()

        async def job(ledger: Ledger) -> str:
            async with ledger.database.read() as connection:
                wall = await boards.find_wall(connection, slug)
                board = await boards.load_board(connection, wall.key)
            holds: Holds = "everybody" if public else "copy" if file.suffix in COPIES else "team"
            cards = picked(board, holds, as_moderator)
            cut = portion(board.wall, cards, holds, settings.base_url, role_in=as_moderator)
            await _write(cut, file, ledger)
            said = f"{len(cut.cards)} cards written to {file}."
            return f"{said} State {json.digest(cut.wall, cut.cards)}" if file.suffix in COPIES else said

        print(with_ledger(settings, job))


async def _write(cut: Portion, file: Path, ledger: Ledger) -> None:
    """The file, whole or not at all.

    Raises:
        Misconfigured: its name says nothing of a format, or it cannot be written.
    """
    t = words(str(cut.wall["language"]))
    made: bytes | IO[bytes]
    if file.suffix == ".zip" and ledger.images is not None:
        made = await archive.write(cut, ledger.images)
    elif file.suffix == ".xlsx":
        made = await xlsx.made(xlsx.order(cut, t))
    elif file.suffix == ".json":
        made = json.write(cut)
    elif file.suffix in (".csv", ".md"):
        made = csv.write(cut, t) if file.suffix == ".csv" else markdown.write(cut, t)
    else:
        raise Misconfigured(f"{file.name!r} should end in .zip, .json, .csv, .xlsx or .md")
    try:
        await asyncio.to_thread(_store, made, file)
    except OSError as error:
        raise Misconfigured(f"{file} cannot be written: {error.strerror}") from None


def _store(made: bytes | IO[bytes], file: Path) -> None:
    beside = file.with_name(f".{file.name}.part")
    with beside.open("wb") as out:
        if isinstance(made, bytes):
            out.write(made)
        else:
            with made:
                shutil.copyfileobj(made, out)
    beside.replace(file)


def is_copy(file: Path) -> bool:
    """Whether a file is what `export` writes of a whole wall: by what it packs, or how it begins."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            return json.DOCUMENT in packed.namelist()
    with file.open("rb") as opened:
        return f'"{json.FORMAT}"'.encode() in opened.read(200)


async def bring(ledger: Ledger, slug: str, file: Path) -> str:
    """Put up the wall of a copy under an address that is free.

    Raises:
        Invalid: it is no copy, or there is no room for it here.
    """
    copy = json.read(await asyncio.to_thread(file.read_bytes))
    wall = await json.take(ledger, copy, slug)
    pictures = sum(bool(files) for files in copy.pictures.values())
    missing = len(copy.pictures) - pictures
    said = f"{len(copy.cards)} cards and {pictures} pictures taken to /w/{wall.slug}. State {copy.state}"
    return f"{said}\n{missing} pictures are named, but not in the file." if missing else said
