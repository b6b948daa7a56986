"""How much of what one address, account or wall may do before it is asked to wait: the one table of it."""

from dataclasses import dataclass, field

from limits import RateLimitItem, parse


@dataclass(frozen=True, slots=True)
class Budget:
    """So many in so long, counted for each of what `about` says."""

    rate: str
    about: str
    item: RateLimitItem = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "item", parse(self.rate))

    def allowed(self, factor: float) -> int:
        """How many, in an installation that multiplies every budget by `factor`."""
        return max(1, int(self.item.amount * factor))

    @property
    def seconds(self) -> int:
        return self.item.get_expiry()


# An address is an IPv4 address or an IPv6 /64, and often a whole venue: 300 phones pin within two minutes.
BUDGETS = {
    "pin": Budget("600 per 2 minutes", "pins of an address, each from a form that somebody took the time to fill"),
    "pin in doubt": Budget("30 per minute", "pins of an address without such a form, or without proof in a flood"),
    "pin with proof": Budget("600 per 2 minutes", "pins of an address whose browser did the work a flood asks for"),
    "pin by program": Budget("60 per minute", "pins of an address through the API"),
    "pin to wall": Budget("400 per minute", "pins to a wall; more is a flood, and forms ask for proof of work"),
    "form": Budget("5 per 10 minutes", "further attempts with a form that was taken already"),
    "picture": Budget("120 per 10 minutes", "pictures that an address sends in"),
    "sign-in": Budget("10 per 15 minutes", "attempts to sign in to one account from one address"),
    "sign-in address": Budget("300 per 15 minutes", "attempts to sign in from an address"),
    "sign-in account": Budget("100 per hour", "attempts to sign in to one account, wherever from"),
    "link": Budget("60 per 10 minutes", "private links from an address that open nothing"),
    "message": Budget("20 per hour", "messages from an address to the contacts of cards"),
    "message to card": Budget("50 per day", "messages to the contact of one card, wherever from"),
    "proposal": Budget("120 per hour", "suggestions and reports of an address"),
    "link by mail": Budget("60 per hour", "private links that an address has sent by e-mail"),
    "link of card": Budget("5 per day", "e-mails with the private link of one card, wherever from"),
    "mail to contact": Budget("10 per day", "e-mails that ask or tell somebody that they are named as a contact"),
    "document": Budget("30 per 10 minutes", "PDF documents that an address has laid out"),
    "import": Budget("60 per hour", "files that an address sends to be brought in"),
    "export": Budget("60 per 10 minutes", "files of walls that an address takes away"),
    "poster": Budget("240 per 10 minutes", "pictures for links that an address has drawn"),
    "search": Budget("3000 per minute", "searches of an address"),
    "socket": Budget("6000 per minute", "live connections that an address begins"),
}
WAITING = 500  # cards of a wall that may wait for a moderator
SOCKETS = 2000  # live connections that an address may have open in one process
