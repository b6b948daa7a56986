"""Still alive? Asking by mail, confirming, archiving, and taking out of sight what nobody answers for."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from secrets import token_urlsafe
from typing import Any

import structlog

from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.errors import Conflict, NoMail, Unavailable, Undeliverable
from wall.mail import Mail
from wall.model.alive import due_before
from wall.model.card import Card
from wall.model.roles import SYSTEM, Actor
from wall.model.types import MONTH, now
from wall.model.wall import Wall
from wall.store import askings, boards, journal
from wall.store.people import digest

MOST = 200  # mails about one wall in one day; the others come on the next
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to write to about which card, and the token of their link."""

    card_id: str
    name: str
    to: str
    token: str


async def confirm(ledger: Ledger, wall: Wall, card_id: str, actor: Actor) -> Card:
    """Say that a card still stands; what was archived or taken out of sight for want of an answer is back.

    Raises:
        Conflict: it is neither on the wall nor archived; or its author wants back what the team archived.
    """

    async def decide(entry: Entry) -> Card:
        card = stands(await entry.card(card_id), "approved", "archived")
        update = await still_stands(entry, card)
        if card.status == "archived":
            last = await journal.last_of_card(entry.connection, wall.key, card_id)
            if not actor.moderates and (last is None or last.actor != actor.label):
                raise Conflict({"status": card.status})
            update["status"] = "approved"
        return entry.change("confirmed", card, **update)

    return await ledger.write(wall.key, actor, decide)


async def still_stands(entry: Entry, card: Card) -> dict[str, Any]:
    """What confirming changes of a card: when it was last confirmed, and it is in sight again where it lapsed."""
    shown = {"hidden": False} if card.hidden and await _lapsed(entry, card) else {}
    return {"confirmed_at": now()} | shown


async def _lapsed(entry: Entry, card: Card) -> bool:
    """Whether a hidden card is so for want of an answer, not because the team hid it."""
    made = await journal.changes_of_card(entry.connection, card.wall_id, card.id)
    hid = [change for change in made if change.was.get("hidden") is False and change.card and change.card["hidden"]]
    return bool(hid) and hid[-1].kind == "lapsed"


async def archive(ledger: Ledger, wall: Wall, card_id: str, actor: Actor) -> Card:
    """Take a card off the wall because what it tells of is over; it stays in the team's list.

    Raises:
        Conflict: it is not on the wall.
    """

    async def decide(entry: Entry) -> Card:
        return entry.change("archived", stands(await entry.card(card_id), "approved"), status="archived")

    return await ledger.write(wall.key, actor, decide)


async def ask_next(ledger: Ledger, wall: Wall, moment: datetime) -> Asked | None:
    """Choose the next card to ask about, and note that it was asked about before any mail goes out."""
    token = token_urlsafe(24)

    async def decide(entry: Entry) -> Asked | None:
        limit = due_before(entry.wall, moment)
        if limit is None or entry.wall.phase != "open":
            return None
        found = await askings.next_card(entry.connection, wall.key, limit)
        if found is None:
            return None
        card_id, name, to = found
        await askings.keep(entry.connection, card_id, wall.key, moment, digest(token))
        return Asked(card_id, name, to, token)

    return await ledger.write(wall.key, SYSTEM, decide)


async def lapse(ledger: Ledger, wall: Wall, moment: datetime) -> int:
    """Take out of everybody's sight what was asked about by mail and not answered for `lapse_months`."""

    async def decide(entry: Entry) -> int:
        if due_before(entry.wall, moment) is None or entry.wall.phase != "open":
            return 0
        over = await askings.unanswered(entry.connection, wall.key, moment - entry.wall.lapse_months * MONTH)
        for card_id in over:
            entry.change("lapsed", await entry.card(card_id), hidden=True)
            await askings.mark(entry.connection, card_id, lapsed_at=moment)
        return len(over)

    return await ledger.write(wall.key, SYSTEM, decide)


async def ask_all(ledger: Ledger, mail: Mail, base_url: str, moment: datetime) -> int:
    """On every open wall: take out of sight what nobody answered for, then ask about what is due; returns the mails.

    When the mail server cannot take one, the others wait for the next day.
    """
    sent = 0
    async with ledger.database.read() as connection:
        walls = [wall for wall in await boards.every_wall(connection) if wall.phase == "open"]
    for wall in walls:
        await lapse(ledger, wall, moment)
    for wall in walls if mail.ready else ():
        for _ in range(MOST):
            asked = await ask_next(ledger, wall, moment)
            if asked is None:
                break
            try:
                there = await _send(mail, base_url, wall, asked)
            except Undeliverable:
                continue  # the team sees in its list that nobody could be asked
            except (NoMail, Unavailable) as error:
                log.warning("alive.mail_waits", error=str(error))
                return sent
            if not there:
                return sent
            await ledger.database.write(partial(askings.mark, card_id=asked.card_id, sent_at=moment))
            sent += 1
    return sent


async def _send(mail: Mail, base_url: str, wall: Wall, asked: Asked) -> bool:
    link = f"{base_url.rstrip('/')}/alive/{asked.token}"
    params = {"name": asked.name, "wall": wall.title, "link": link}
    return await mail.send(asked.to, "alive", wall.language, address=wall.address, **params)
