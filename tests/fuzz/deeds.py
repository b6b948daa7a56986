"""What people and machines do in a seed: every action, in every order, often several at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tests.fuzz.world import World
from tests.makers import SECTIONS, words
from wall.actions import alive, moderate
from wall.actions.configure import configure, renew_epochs
from wall.actions.edit import edit, move, step
from wall.actions.erase import erase
from wall.actions.merge import merge
from wall.actions.pin import pin, pin_all
from wall.actions.restore import restore, restore_to
from wall.actions.undo import undo
from wall.model.board import Board
from wall.model.card import Card
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.model.types import MONTH, now
from wall.store import askings, boards, snapshots

MOST_SCREENS = 6
TROUBLE = 0.01
TEXTS = ("", "Neu", "<b>Neu</b> & „alt“", "Ein *längerer* Satz. " * 20)
SETTINGS: list[dict[str, Any]] = [
    *({"title": title} for title in ("Wand A", "Wand B")),
    *({"moderation": moderation} for moderation in ("before", "after")),
    *({"phase": phase} for phase in ("event", "open", "frozen", "event")),
    *({"sections": [*SECTIONS, *more]} for more in ([], [{"id": "s3", "name": "Foren"}])),
    {"address": "ihr"},
    {"kinds": [{"name": "Netzwerk", "hue": 40}]},
]


class Deeds:
    """Draws one deed after another. What it decides on is what one process believes, which may be old."""

    def __init__(self, world: World) -> None:
        self._world, self._chance = world, world.chance
        self._deeds: dict[Callable[[], Awaitable[None] | None], int] = {
            self.pins: 22,
            self.pins_again: 4,
            self.many_pin_at_once: 2,
            self.imports: 1,
            self.moderates: 28,
            self.edits: 12,
            self.moves: 8,
            self.undoes: 5,
            self.merges: 3,
            self.erases: 1,
            self.configures: 3,
            self.keeps_a_snapshot: 1,
            self.restores: 1,
            self.renews: 1,
            self.a_screen_opens: 3,
            self.a_screen_closes: 2,
            self.a_line_is_believed_in: 2,
            self.the_disk_has_trouble: 2,
            self.a_process_restarts: 1,
            self.somebody_goes_away: 2,
            self.asks_whether_it_stands: 3,
            self.hears_nothing: 1,
        }

    async def next(self) -> str:
        """Do the next thing and let a little time pass; returns its name."""
        (deed,) = self._chance.choices(list(self._deeds), list(self._deeds.values()))
        done = deed()
        if done is not None:
            await done
        kind = self._chance.random()
        longest = 0.0 if kind < 0.5 else 0.03 if kind < 0.9 else 0.6 if kind < 0.99 else 15.0
        await asyncio.sleep(self._chance.uniform(0, longest))
        return deed.__name__

    def _board(self) -> Board | None:
        room = self._world.some_process(self._chance).hub.opened("probe")
        return None if room is None else room.board

    def _some_card(self) -> Card | None:
        """A card that some process knows, more likely one that was pinned lately."""
        board = self._board()
        if board is None or not board.cards:
            return None
        known = sorted(board.cards.values(), key=lambda card: card.pinned_at_revision)
        return self._chance.choice(known[-8:] if self._chance.random() < 0.7 else known)

    def _start(self, action: Any, *arguments: Any) -> asyncio.Task[Any]:
        process = self._world.some_process(self._chance)
        return self._world.start(process, action(process.ledger, self._world.wall, *arguments))

    def pins(self) -> None:
        self._world.keys += 1
        self._pin(self._world.keys)

    def pins_again(self) -> None:
        """The same form once more, or the same key with other words."""
        if self._world.keys:
            self._pin(self._chance.randint(1, self._world.keys), self._chance.choice(("", "", "anders ")))

    def _pin(self, key: int, name: str = "") -> asyncio.Task[Any]:
        text = TEXTS[key % len(TEXTS)]
        raw = words(f"Netz {name}{key}", section=("s1", "s2")[key % 2], description=text)
        task = self._start(pin, raw, f"key {key}", self._chance.choice((GUEST, GUEST, SYSTEM)))
        task.add_done_callback(self._note)
        return task

    def _note(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and task.result() is not None:
            self._world.acked.add(task.result().card.id)

    def many_pin_at_once(self) -> None:
        for _ in range(self._chance.randint(5, 30)):
            self.pins()

    def imports(self) -> None:
        rows = [words(f"Zeile {n}") for n in range(self._chance.choice((1, 5, 20)))]
        self._start(pin_all, rows, SYSTEM)

    def moderates(self) -> None:
        card, chance = self._some_card(), self._chance
        if card is None:
            return
        verb = chance.choice(("approve",) * 6 + ("reject", "hide", "hide", "show", "show", "withdraw"))
        reason = ("Grund",) if verb == "reject" else ()
        self._start(getattr(moderate, verb), card.id, *reason, SYSTEM)

    def edits(self) -> None:
        card, chance = self._some_card(), self._chance
        if card is not None:
            change = chance.choice(({"description": chance.choice(TEXTS)}, {"topics": ["Jugend"]}, {"section": "s2"}))
            self._start(edit, card.id, card.content | change, card.revision, chance.choice((GUEST, SYSTEM)))

    def asks_whether_it_stands(self) -> None:
        card = self._some_card()
        if card is not None:
            verb = self._chance.choice((alive.confirm, alive.archive))
            self._start(verb, card.id, self._chance.choice((AUTHOR, SYSTEM)))

    def hears_nothing(self) -> None:
        """Somebody was asked about a card on an open wall, and months later has not answered: it lapses."""
        board, process, wall = self._board(), self._world.some_process(self._chance), self._world.wall
        if board is None or not board.visible():
            return
        card, moment = self._chance.choice(board.visible()), now()

        async def ask(connection: AsyncConnection) -> None:
            await askings.keep(connection, card.id, wall.key, moment, card.id)
            await askings.mark(connection, card.id, sent_at=moment)

        async def ask_in_vain() -> int:
            await configure(process.ledger, wall, {"phase": "open"}, SYSTEM)
            await process.database.write(ask)
            return await alive.lapse(process.ledger, wall, moment + 6 * MONTH)

        self._world.start(process, ask_in_vain())

    def moves(self) -> None:
        card, other = self._some_card(), self._some_card()
        if card is None or other is None:
            return
        if self._chance.random() < 0.5:
            self._start(step, card.id, self._chance.choice(("up", "down")), SYSTEM)
        else:
            after = self._chance.choice(("", other.id))
            self._start(move, card.id, self._chance.choice(("s1", "s2", "s3")), after, SYSTEM)

    def merges(self) -> None:
        kept, gone = self._some_card(), self._some_card()
        if kept is None or gone is None:
            return
        raw = kept.content | self._chance.choice(({}, {"description": gone.description}))
        self._start(merge, (kept.id, kept.revision), (gone.id, gone.revision), raw, SYSTEM)

    def erases(self) -> None:
        card = self._some_card()
        if card is not None:
            self._start(erase, card.id, SYSTEM)

    def undoes(self) -> None:
        board = self._board()
        if board is not None and board.revision:
            some = {max(1, board.revision - self._chance.randint(0, 6)) for _ in range(self._chance.choice((1, 1, 2)))}
            self._start(undo, sorted(some), SYSTEM)

    def configures(self) -> None:
        self._start(configure, self._chance.choice(SETTINGS), SYSTEM)

    def keeps_a_snapshot(self) -> None:
        process, wall_id = self._world.some_process(self._chance), self._world.wall.key

        async def keep(connection: AsyncConnection) -> int:
            return await snapshots.keep(connection, await boards.load_board(connection, wall_id))

        def note(task: asyncio.Task[Any]) -> None:
            if not task.cancelled() and task.result() is not None:
                self._world.kept.append(task.result())

        self._world.start(process, process.database.write(keep)).add_done_callback(note)

    def restores(self) -> None:
        board = self._board()
        if board is not None and board.revision and self._chance.random() < 0.3:
            self._start(restore_to, self._chance.randint(0, board.revision), SYSTEM)
        elif self._world.kept:
            self._start(restore, self._chance.choice(self._world.kept), SYSTEM)

    def renews(self) -> None:
        process = self._world.some_process(self._chance)
        self._world.start(process, renew_epochs(process.database))

    def a_screen_opens(self) -> None:
        if len(self._world.screens) < MOST_SCREENS:
            self._world.add_screen()

    async def a_screen_closes(self) -> None:
        if len(self._world.screens) > 2:
            screen = self._world.screens.pop(self._chance.randrange(len(self._world.screens)))
            await screen.close()

    def a_line_is_believed_in(self) -> None:
        relay = self._world.some_process(self._chance).relay
        relay.proven = not relay.proven

    def the_disk_has_trouble(self) -> None:
        self._world.disk.trouble = self._chance.choice((0.0, TROUBLE))

    async def a_process_restarts(self) -> None:
        process = self._world.some_process(self._chance)
        await self._world.add_process()
        self._world.end(process)

    def somebody_goes_away(self) -> None:
        """In the middle of being served; what was written for them is written all the same."""
        under_way = [job for job in self._world.some_process(self._chance).jobs if not job.done()]
        if under_way:
            self._chance.choice(under_way).cancel()
