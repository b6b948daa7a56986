"""The command that invites: an operator's way to the first owner of a wall, with or without a mail server."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from wall.actions.ledger import Ledger
from wall.actions.people import invite
from wall.errors import Misconfigured, NoMail, Undeliverable
from wall.mail import Mail
from wall.model.roles import SYSTEM, Role
from wall.settings import Settings
from wall.store import boards
from wall.words import words

WithLedger = Callable[[Settings, Callable[[Ledger], Awaitable[Any]]], Any]


def add_to(cli: typer.Typer, with_ledger: WithLedger) -> None:
    """Put the command into the command line; `with_ledger` runs a job on a migrated database."""

    @cli.command("invite")
    def invite_(
        slug: Annotated[str, typer.Argument(help="The wall; '-' for every wall (operator).")],
        email: Annotated[str, typer.Argument(help="Whom to invite.")],
        role: Annotated[Role | None, typer.Option(help="On a wall: moderator, if nothing is said, or owner.")] = None,
        mail: Annotated[bool, typer.Option("--mail", help="Send the link by e-mail, too.")] = False,
    ) -> None:
        """Print a one-time link that gives somebody a role on a wall, or on all of them; good for seven days."""
        settings = Settings()
        given = role or ("operator" if slug == "-" else "moderator")
        if (slug == "-") != (given == "operator"):
            raise Misconfigured("An operator is one of all walls: wall invite - E-MAIL.")

        async def job(ledger: Ledger) -> tuple[str, str]:
            wall = None
            if slug != "-":
                async with ledger.database.read() as connection:
                    wall = await boards.find_wall(connection, slug)
            invited = await invite(ledger.database, wall, email, given, (), SYSTEM)
            link = f"{settings.base_url.rstrip('/')}/sign-in/{invited.token}"
            if not mail:
                return link, ""
            language = "de" if wall is None else wall.language
            title = words(language)("name") if wall is None else wall.title
            try:
                async with Mail(settings).running() as room:
                    sent = await room.send(invited.email, f"invitation_{given}", language, wall=title, link=link)
            except (NoMail, Undeliverable) as error:
                return link, str(error)
            return link, "" if sent else "the mail server does not answer"

        link, why = with_ledger(settings, job)
        print(link)
        if why:
            raise Misconfigured(f"Nothing could be sent ({why}): hand the link over yourself.")
