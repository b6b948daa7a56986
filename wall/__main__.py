"""The command line: demo, serve, migrate, new, invite, import, export, snapshots, restore, renew, tidy, limits …"""

import asyncio
import contextlib
import gc
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvicorn
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from wall import atlas, copies, team, upkeep
from wall.actions.configure import new_wall, renew_epochs
from wall.actions.ledger import Ledger
from wall.actions.restore import restore
from wall.app import create_app, server_options
from wall.demo import make_walls
from wall.errors import BadRequest, Invalid, Misconfigured, NotFound, Unavailable
from wall.exchange import csv
from wall.exchange.plan import sheet_of
from wall.exchange.recognise import recognised
from wall.logs import configure_logs
from wall.model.roles import SYSTEM
from wall.model.wall import Section
from wall.settings import Settings
from wall.store import boards, people, snapshots
from wall.store.database import Database
from wall.store.images import Images
from wall.store.migrations import migrate as run_migrations
from wall.text import slug as slug_of
from wall.web.budgets import BUDGETS, SOCKETS, WAITING
from wall.words import words

T = TypeVar("T")
cli = typer.Typer(help="Die Netzwerk-Wand.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
DEMO_MODERATOR = "moderation@beispiel.invalid"


def _with_ledger(settings: Settings, job: Callable[[Ledger], Awaitable[T]]) -> T:
    """Run one job on a migrated database; a running server sees the changes within two seconds."""
    configure_logs(settings.model_copy(update={"log_level": "warning"}))  # what a command prints is for people

    async def run() -> T:
        database = Database(settings.database_url)
        try:
            await run_migrations(database)
            return await job(
                Ledger(database, lambda _: None, settings.snapshot_every, images=Images(settings.images_url))
            )
        finally:
            await database.close()

    return asyncio.run(run())


def _open_many() -> None:
    """Every screen is an open file to the system: let there be as many as it allows."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # not everywhere

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _run(settings: Settings) -> None:
    """Serve until told to stop."""
    _open_many()
    app = create_app(settings)
    configure_logs(settings)
    # What is loaded by now stays: looking through it again and again for garbage takes a fifth of the time of a pin.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    uvicorn.run(app, **server_options(settings))


@cli.command()
def serve() -> None:
    """Serve the walls (settings come from the environment and .env)."""
    _run(Settings())


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date; `serve` does so itself."""

    async def nothing(_: Ledger) -> None:
        return None

    _with_ledger(Settings(), nothing)
    print("Database is up to date.")


def _free_port(host: str, wanted: int) -> int:
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise Misconfigured(f"no free port from {wanted} on")


def _demo_secret(folder: Path) -> str:
    """A secret that outlives restarts, so that edit links do too."""
    file = folder / "secret"
    if not file.is_file():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text().strip()


@cli.command()
def demo(
    fresh: Annotated[bool, typer.Option(help="Start over: forget what was pinned.")] = False,
    port: Annotated[int, typer.Option(help="Port; the next free one is taken.")] = 8000,
    host: Annotated[str, typer.Option(help="0.0.0.0 lets phones in the same network in.")] = "127.0.0.1",
    base_url: Annotated[str, typer.Option(help="The address phones shall use, if not this machine's.")] = "",
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its file.")] = Path("data"),
) -> None:
    """Five walls of real networks to try everything on; needs no other server."""
    folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        for suffix in ("", "-wal", "-shm"):
            (folder / f"demo.db{suffix}").unlink(missing_ok=True)
    port = _free_port(host, port)
    base_url = base_url or f"http://localhost:{port}"
    settings = Settings(
        mode="demo",
        secret_key=_demo_secret(folder),
        base_url=base_url,
        host=host,
        port=port,
        database_url=f"sqlite:///{folder / 'demo.db'}",
        redis_url="",
        log_level="warning",
        log_format="console",
    )

    async def prepare(ledger: Ledger) -> str:
        await make_walls(ledger)

        async def link(connection: AsyncConnection) -> str:
            person = await people.invite(connection, DEMO_MODERATOR, None, "operator")
            return await people.new_link(connection, person)

        return await ledger.database.write(link)

    token = _with_ledger(settings, prepare)
    print(f"""
  Netzwerk-Wand: Demo

  Wand         {base_url}/w/leipzig
  Anpinnen     {base_url}/w/leipzig/pin
  Beamer       {base_url}/w/leipzig/projector
  Alle Wände   {base_url}/
  Moderation   {base_url}/sign-in/{token}
               (einmal gültig; danach {base_url}/w/leipzig/queue)

  Beenden mit Strg+C. Der Stand bleibt in {folder / "demo.db"}; --fresh beginnt von vorn.
""")
    sys.stdout.flush()
    _run(settings)


@cli.command()
def new(
    slug: Annotated[str, typer.Argument(help="Address part: a-z, 0-9 and hyphens.")],
    title: Annotated[str, typer.Argument(help="Title of the wall.")],
    section: Annotated[list[str] | None, typer.Option(help="A section; may be given several times.")] = None,
    language: Annotated[str, typer.Option(help="de or en")] = "de",
    moderation: Annotated[str, typer.Option(help="before or after display")] = "before",
) -> None:
    """Make an empty wall."""
    names = section or ["Bündnisse", "Arbeitskreise", "Stammtische", "Netzwerke"]
    chosen = [Section(id=slug_of(name) or f"s{n}", name=name).model_dump() for n, name in enumerate(names, 1)]
    about = {"title": title, "sections": chosen, "language": language, "moderation": moderation}
    settings = Settings()
    wall = _with_ledger(settings, lambda ledger: new_wall(ledger.database, slug, about))
    print(f"{settings.base_url.rstrip('/')}/w/{wall.slug}")


@cli.command("import")
def import_(
    slug: Annotated[str, typer.Argument(help="The wall to import into; for a copy of a wall an address that is free.")],
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, Padlet, Digipad, or what `wall export` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report.")] = False,
    extend: Annotated[bool, typer.Option(help="Add sections, kinds and districts the wall lacks.")] = False,
) -> None:
    """Import cards: a report row by row, then all of it or nothing. Or put up the copy of a whole wall."""
    if not file.is_file():
        raise Misconfigured(f"there is no file {str(file)!r}")

    async def job(ledger: Ledger) -> bool:
        if file.suffix in copies.COPIES and copies.is_copy(file):
            print(await copies.bring(ledger, slug, file))
            return True
        async with ledger.database.read() as connection:
            wall = await boards.find_wall(connection, slug)
        t = words(wall.language)
        with file.open("rb") as opened:
            # one byte too many is refused as a gigabyte is
            table = recognised(opened.read(csv.MAX_BYTES + 1))
        sheet = sheet_of(table)
        print("Columns: " + ", ".join(f"{name} → {found}" for name, found in sheet.columns.items()))
        if sheet.ignored:
            print("Not taken: " + ", ".join(sheet.ignored))
        trial = wall.model_copy(update=dict(csv.extended(sheet, wall))) if extend else wall
        rows = csv.check(sheet, trial)
        for row in rows:
            print(row.report(t))
        wrong = sum(bool(row.complaints) for row in rows)
        if wrong or dry_run:
            print(f"{len(rows) - wrong} of {len(rows)} rows can be taken; nothing was imported.")
            return not wrong
        print(f"{await csv.take(ledger, wall, sheet, SYSTEM, extend=extend)} cards imported.")
        return True

    if not _with_ledger(Settings(), job):
        raise typer.Exit(1)


@cli.command("snapshots")
def snapshots_(slug: Annotated[str, typer.Argument(help="The wall.")]) -> None:
    """List a wall's snapshots, newest first."""

    async def job(ledger: Ledger) -> list[str]:
        async with ledger.database.read() as connection:
            wall = await boards.find_wall(connection, slug)
            found = await snapshots.kept(connection, wall.key)
        return [f"{s.id:>6}  {s.at:%Y-%m-%d %H:%M} UTC  revision {s.revision}  {s.name}" for s in found]

    print("\n".join(_with_ledger(Settings(), job)) or "None yet.")


@cli.command("restore")
def restore_(
    slug: Annotated[str, typer.Argument(help="The wall.")],
    snapshot: Annotated[int, typer.Argument(help="Number of the snapshot.")],
) -> None:
    """Put a wall back to a snapshot; today's state is kept as one more snapshot."""

    async def job(ledger: Ledger) -> int:
        async with ledger.database.read() as connection:
            wall = await boards.find_wall(connection, slug)
        return (await restore(ledger, wall, snapshot, SYSTEM)).revision

    print(f"Restored; the wall is at revision {_with_ledger(Settings(), job)}.")


@cli.command()
def limits() -> None:
    """Show how much one address, account or wall may do before it is asked to wait."""
    factor = Settings().rate_limits
    for budget in BUDGETS.values():
        typer.echo(f"{budget.allowed(factor):>6}  {budget.rate.partition(' ')[2]:<16}  {budget.about}")
    typer.echo(f"{int(WAITING * factor):>6}  {'at a time':<16}  cards of a wall that wait for a moderator")
    typer.echo(f"{int(SOCKETS * factor):>6}  {'at a time':<16}  live connections of an address, in each process")


@cli.command()
def renew() -> None:
    """After putting back a backup of the database: make every open page load anew (a new epoch)."""
    print(f"{_with_ledger(Settings(), lambda ledger: renew_epochs(ledger.database))} walls renewed.")


copies.add_to(cli, _with_ledger)
team.add_to(cli, _with_ledger)
upkeep.add_to(cli, _with_ledger)
atlas.add_to(cli, _with_ledger)


def main() -> None:
    """Run the command line; errors an operator can mend come as one sentence."""
    try:
        cli()
    except (Misconfigured, Unavailable) as error:
        sys.exit(f"wall: {error}")
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        wrong = [f"{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}." for item in error.errors()]
        sys.exit(f"wall: {' '.join(wrong)}")
    except Invalid as error:
        sys.exit(f"wall: {copies.why(error)}")
    except (BadRequest, NotFound) as error:
        sys.exit(f"wall: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
