"""The command that makes a wall's map from the open data of its city."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from wall.actions.ledger import Ledger
from wall.exchange import geojson
from wall.model.wall import Wall
from wall.settings import Settings
from wall.store import boards
from wall.text import fold

WithLedger = Callable[[Settings, Callable[[Ledger], Awaitable[Any]]], Any]


def add_to(cli: typer.Typer, with_ledger: WithLedger) -> None:
    """Put the command into the command line; `with_ledger` runs a job on a migrated database."""

    @cli.command("map")
    def map_(
        slug: Annotated[str, typer.Argument(help="The wall.")],
        file: Annotated[Path, typer.Argument(help="GeoJSON with the city's districts as polygons.", exists=True)],
        credit: Annotated[str, typer.Option(help="Whose data it is, shown below the map.")] = "",
    ) -> None:
        """Make a wall's map from a GeoJSON file whose polygons are named as the wall's districts are."""
        settings = Settings()

        async def job(ledger: Ledger) -> Wall:
            async with ledger.database.read() as connection:
                return await boards.find_wall(connection, slug)

        wall: Wall = with_ledger(settings, job)
        made = geojson.outlines(file.read_bytes(), wall.districts, credit)
        target = settings.maps_dir / f"{wall.slug}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(made, ensure_ascii=False, separators=(",", ":")), "utf-8")
        drawn = {fold(district["name"]) for district in made["districts"]}
        without = [name for name in wall.districts if fold(name) not in drawn]
        typer.echo(f"{len(drawn)} districts drawn, {target.stat().st_size / 1000:.0f} kB: {target}")
        if without:
            typer.echo(f"Without an outline, and only in the list: {', '.join(without)}")
