"""Commands for keeping what is kept lawful: tidy, and what is held about a person."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from wall.actions import retention
from wall.actions.ledger import Ledger
from wall.exchange import person
from wall.model.types import now
from wall.settings import Settings

WithLedger = Callable[[Settings, Callable[[Ledger], Awaitable[Any]]], Any]
Address = Annotated[str, typer.Argument(help="The person's e-mail address.")]


def add_to(cli: typer.Typer, with_ledger: WithLedger) -> None:
    """Put the commands into the command line; `with_ledger` runs a job on a migrated database."""
    people = typer.Typer(help="What is held about one person.", no_args_is_help=True)
    cli.add_typer(people, name="person")

    @cli.command()
    def tidy() -> None:
        """Erase what the walls keep no longer, and the last bytes of what was erased; a server does so every night."""
        done = with_ledger(Settings(), lambda ledger: retention.apply(ledger, now()))
        print(f"{done.cards} cards and {done.contacts} contacts erased, {done.rows} spent rows dropped.")

    @people.command()
    def export(address: Address) -> None:
        """Print everything that is held about an address, as JSON."""

        async def job(ledger: Ledger) -> dict[str, Any]:
            async with ledger.database.read() as connection:
                return await person.about(connection, address)

        print(json.dumps(with_ledger(Settings(), job), ensure_ascii=False, indent=2))

    @people.command()
    def erase(address: Address) -> None:
        """Erase the contacts and the account of an address."""
        done = with_ledger(Settings(), lambda ledger: person.forget(ledger, address))
        print(f"{done['contacts']} contacts and {done['accounts']} accounts erased.")
