"""One wall in one transaction: what was decided about it so far, and the entry that is being decided."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import Forbidden, Gone, KeyReused
from wall.model import order
from wall.model.card import Card
from wall.model.change import Change, ChangeKind, Receipt
from wall.model.roles import Actor, Right
from wall.model.types import altered, built, now
from wall.model.wall import Wall
from wall.store import boards, journal, receipts, snapshots


class Page:
    """The locked wall and the rows that wait to be written, many in one statement."""

    def __init__(self, connection: AsyncConnection, wall: Wall, known: dict[str, Receipt]) -> None:
        self.connection, self.wall = connection, wall
        self.receipts = known
        self.ends: dict[str, str | None] = {}
        self._before = wall
        self._changes: list[Change] = []
        self._new: list[Card] = []
        self._changed: dict[str, Card] = {}
        self._given: list[Receipt] = []

    def take(self, entry: "Entry") -> None:
        """Make what an entry decided part of this page."""
        self.wall = entry.wall
        self._changes += entry.changes
        self._new += entry.new
        self._changed |= entry.changed
        self._given += entry.given
        self.receipts |= {receipt.key: receipt for receipt in entry.given}
        self.ends |= entry.ends

    def staged(self, card_id: str) -> Card | None:
        """A card that was decided about in this transaction and is not written yet."""
        return self._changed.get(card_id) or next((card for card in self._new if card.id == card_id), None)

    async def store(self) -> None:
        """Write the journal, the rows and the wall's revision."""
        if not self._changes:
            return
        await journal.append(self.connection, self._changes)
        await boards.add_cards(self.connection, self._new)
        if self._changed:
            await boards.save_cards(self.connection, list(self._changed.values()))
        if any(change.settings is not None for change in self._changes):
            await boards.save_wall(self.connection, self.wall)
        else:
            await boards.bump(self.connection, self.wall)
        await receipts.keep(self.connection, self._given)
        self._changes, self._new, self._changed, self._given = [], [], {}, []
        self.ends = {}

    async def keep_snapshot(self, every: int) -> None:
        """Keep a snapshot when the wall passed the next multiple of `every`, or was frozen."""
        froze = self.wall.phase == "frozen" and self._before.phase != "frozen"
        if froze or self._before.revision // every != self.wall.revision // every:
            board = await boards.load_board(self.connection, self.wall.key)
            await snapshots.keep(self.connection, board)


class Entry:
    """What one write decides: nothing of it counts until the page takes it."""

    def __init__(self, page: Page, actor: Actor) -> None:
        self.connection, self.wall, self.actor = page.connection, page.wall, actor
        self._page = page
        self.changes: list[Change] = []
        self.new: list[Card] = []
        self.changed: dict[str, Card] = {}
        self.given: list[Receipt] = []
        self.ends: dict[str, str | None] = {}

    async def card(self, card_id: str) -> Card:
        """The card as it is now, including what this entry has changed.

        Raises:
            NotFound: the wall has no such card.
            Gone: it was erased; nothing can be done with it any more.
        """
        staged = self.changed.get(card_id) or self._page.staged(card_id)
        card = staged or await boards.find_card(self.connection, self.wall.key, card_id)
        if card.status == "erased":
            raise Gone(f"card {card_id!r} was erased")
        return card

    def refuse_beyond(self, *sections: str) -> None:
        """Hold a moderator of some sections to these; others are held to nothing here.

        Raises:
            Forbidden: one of `sections` is not theirs.
        """
        limited = self.actor.sections
        if limited is not None and not limited.issuperset(sections):
            raise Forbidden(f"{self.actor.label} moderates other sections than {sections}")

    async def end_of(self, section: str) -> str:
        """A position behind everything in a section, this entry's own cards too."""
        for ends in (self.ends, self._page.ends):
            if section in ends:
                end = ends[section]
                break
        else:
            end = await boards.last_position(self.connection, self.wall.key, section)
        position = self.ends[section] = order.last([end] if end else [])
        return position

    def card_for(self, key: str, digest: str) -> str | None:
        """The card that a pin with this key made, if one came before.

        Raises:
            KeyReused: it came with other words.
        """
        receipt = self._page.receipts.get(key)
        if receipt is None:
            return None
        if receipt.digest != digest:
            raise KeyReused(f"key {key!r} came before with other words")
        return receipt.card_id

    def _next(
        self,
        kind: ChangeKind,
        card: Card | None = None,
        settings: dict[str, Any] | None = None,
        was: dict[str, Any] | None = None,
    ) -> Change:
        self.wall = altered(self.wall, revision=self.wall.revision + 1)
        values = {
            "wall_id": self.wall.key,
            "revision": self.wall.revision,
            "epoch": self.wall.epoch,
            "at": now(),
            "kind": kind,
            "actor": self.actor.label,
            "card": None if card is None else card.plain,
            "settings": settings,
            "was": {} if was is None else was,
        }
        change = built(Change, values)
        change._after = card
        self.changes.append(change)
        return change

    def add(self, card: Card) -> Card:
        """Put a new card on the wall."""
        revision = self.wall.revision + 1
        card = altered(card, revision=revision, pinned_at_revision=revision)
        self._next("pinned", card)
        self.new.append(card)
        return card

    def answer(self, key: str, digest: str, card: Card) -> None:
        """Remember what a key was answered with."""
        values = {"wall_id": self.wall.key, "key": key, "digest": digest, "card_id": card.id, "at": card.created_at}
        self.given.append(built(Receipt, values))

    def change(self, kind: ChangeKind, card: Card, /, **update: Any) -> Card:
        """Change fields of a card; the journal keeps what they were.

        Raises:
            Forbidden: the actor moderates other sections only.
        """
        self.refuse_beyond(card.section, update.get("section") or card.section)  # an erased card hangs nowhere
        changed = card.model_copy(update=update | {"revision": self.wall.revision + 1, "changed_at": now()})
        plain = card.model_dump(mode="json", include=set(update))
        self._next(kind, changed, was=plain)
        self.changed[card.id] = changed
        return changed

    def belong_together(self) -> None:
        """Let what this entry changed be undone as one; first and last say which they are, for there is no gap."""
        if len(self.changes) > 1:
            for change in self.changes:
                change.was["together"] = [self.changes[0].revision, self.changes[-1].revision]

    def configure(self, settings: dict[str, Any], kind: ChangeKind = "configured") -> None:
        """Give the wall other settings.

        Raises:
            Forbidden: this is not for the actor to do.
        """
        was = self.wall.model_dump(mode="json", include=set(settings))
        self.wall = Wall.model_validate(self.wall.model_dump() | settings)
        plain = self.wall.model_dump(mode="json", include=set(self.wall.settings))
        only_phase = {field for field in was if was[field] != plain[field]} <= {"phase"}
        right: Right = "restore" if kind == "restored" else "publish" if only_phase else "configure"
        if not self.actor.may(right):
            raise Forbidden(f"{self.actor.label} may not {right}")
        self._next(kind, settings=plain, was=was)
