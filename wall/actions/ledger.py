"""The one way a wall changes: lock it, decide, append to the journal, write the rows, commit, then tell."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import Conflict, Unavailable
from wall.model.card import Card
from wall.model.change import Change, ChangeKind
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.store import boards, journal, snapshots
from wall.store.database import Database

T = TypeVar("T")
Tell = Callable[[list[Change]], None]


class Entry:
    """An open page of the ledger: the locked wall, and what shall be true once the transaction commits."""

    def __init__(self, connection: AsyncConnection, wall: Wall, actor: Actor) -> None:
        self.connection, self.wall, self.actor = connection, wall, actor
        self.changes: list[Change] = []
        self._new: list[Card] = []
        self._changed: dict[str, Card] = {}
        self._afterwards: list[Executable] = []

    async def card(self, card_id: str) -> Card:
        """The card as it is now, including what this entry has changed."""
        return self._changed.get(card_id) or await boards.find_card(self.connection, self.wall.key, card_id)

    def _next(self, kind: ChangeKind, **parts: Any) -> Change:
        self.wall = self.wall.model_copy(update={"revision": self.wall.revision + 1})
        change = Change(
            wall_id=self.wall.key,
            revision=self.wall.revision,
            epoch=self.wall.epoch,
            at=now(),
            kind=kind,
            actor=self.actor.label,
            **parts,
        )
        self.changes.append(change)
        return change

    def add(self, card: Card) -> Card:
        """Put a new card on the wall."""
        revision = self.wall.revision + 1
        card = card.model_copy(update={"revision": revision, "pinned_at_revision": revision})
        self._next("pinned", card=card.model_dump(mode="json"))
        self._new.append(card)
        return card

    def change(self, kind: ChangeKind, card: Card, **update: Any) -> Card:
        """Change fields of a card; the journal keeps what they were."""
        changed = card.model_copy(update=update | {"revision": self.wall.revision + 1, "changed_at": now()})
        plain = card.model_dump(mode="json", include=set(update))
        self._next(kind, card=changed.model_dump(mode="json"), was=plain)
        self._changed[card.id] = changed
        return changed

    def configure(self, settings: dict[str, Any], kind: ChangeKind = "configured") -> None:
        """Give the wall other settings."""
        was = self.wall.model_dump(mode="json", include=set(settings))
        self.wall = Wall.model_validate(self.wall.model_dump() | settings)
        plain = self.wall.model_dump(mode="json", include=set(self.wall.settings))
        self._next(kind, settings=plain, was=was)

    def afterwards(self, *statements: Executable) -> None:
        """Statements to run in this transaction after the rows are written."""
        self._afterwards += statements

    async def store(self) -> None:
        """Write the journal, the rows and the wall's revision."""
        await journal.append(self.connection, self.changes)
        await boards.add_cards(self.connection, self._new)
        for card in self._changed.values():
            await boards.save_card(self.connection, card)
        if any(change.settings is not None for change in self.changes):
            await boards.save_wall(self.connection, self.wall)
        else:
            await boards.bump(self.connection, self.wall)
        for statement in self._afterwards:
            await self.connection.execute(statement)


class Ledger:
    """Writes entries. `tell` hears of the changes after their commit, never before."""

    def __init__(self, database: Database, tell: Tell, snapshot_every: int = 100) -> None:
        self.database, self._tell, self._snapshot_every = database, tell, snapshot_every

    async def write(self, wall_id: int, actor: Actor, decide: Callable[[Entry], Awaitable[T]]) -> T:
        """Let `decide` change the wall in one transaction and tell the world afterwards.

        Raises:
            WallError: whatever `decide` refuses with; nothing was stored then.
            Unavailable: the database could not take it.
        """
        entry: Entry | None = None

        async def job(connection: AsyncConnection) -> T:
            nonlocal entry
            wall = await boards.lock_wall(connection, wall_id)
            entry = Entry(connection, wall, actor)
            result = await decide(entry)
            if entry.changes:
                await entry.store()
                await self._keep_snapshot(entry, wall)
            return result

        result = await self.database.write(job)
        if entry is None:
            raise Unavailable("the transaction ended without an entry")
        if entry.changes:
            self._tell(entry.changes)
        return result

    async def _keep_snapshot(self, entry: Entry, before: Wall) -> None:
        """Keep a snapshot when the change passes the next multiple, or freezes the wall."""
        every = self._snapshot_every
        froze = entry.wall.phase == "frozen" and before.phase != "frozen"
        if froze or before.revision // every != entry.wall.revision // every:
            board = await boards.load_board(entry.connection, entry.wall.key)
            await snapshots.keep(entry.connection, board)


def stands(card: Card, *statuses: str) -> Card:
    """The card, if it is still in one of `statuses`.

    Raises:
        Conflict: somebody else was faster; carries the status that stands now.
    """
    if card.status not in statuses:
        raise Conflict({"status": card.status})
    return card
