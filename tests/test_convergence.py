"""Whatever happens on the way: board in memory = board in the database = a stale page plus its frames."""

import asyncio
import contextlib
import json
import random
import shutil
import tempfile
from collections.abc import Coroutine
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.makers import SECRET, make_wall, until, words
from wall.actions.configure import configure, renew_epochs, restore
from wall.actions.edit import edit, move, step
from wall.actions.erase import erase
from wall.actions.ledger import Ledger
from wall.actions.moderate import approve, hide, reject, show, withdraw
from wall.actions.pin import pin
from wall.errors import WallError
from wall.live.envelope import Envelope
from wall.live.frames import Frames
from wall.live.hub import Hub
from wall.live.relay import Hear
from wall.live.room import Room
from wall.live.subscriber import Subscriber
from wall.model.audience import Audience, Role, sees
from wall.model.board import Board
from wall.model.roles import GUEST, SYSTEM
from wall.store import boards, snapshots
from wall.store.database import Database
from wall.web.assets import Assets
from wall.web.drawing import Drawing

DRAWING = Drawing(Assets(), "http://localhost")
PROCESSES = 2


class Mischief:
    """A relay that loses, repeats and reorders as it is told; it never proves healthy."""

    proven = False

    def __init__(self, network: "Network") -> None:
        self.network = network
        network.relays.append(self)

    async def start(self, hear: Hear) -> None:
        self.hear = hear

    async def stop(self) -> None: ...
    async def join(self, wall_id: int) -> None: ...
    async def leave(self, wall_id: int) -> None: ...
    def send(self, wall_id: int, message: bytes) -> None:
        self.network.sent.append((wall_id, message))

    async def reachable(self) -> bool:
        return True


class Network:
    """Messages under way between the processes."""

    def __init__(self) -> None:
        self.relays: list[Mischief] = []
        self.sent: list[tuple[int, bytes]] = []

    def deliver(self, chance: random.Random) -> None:
        """Let what is under way arrive: some lost, some twice, in any order, one garbled."""
        under_way, self.sent = self.sent, []
        fate = [m for message in under_way for m in [message] * chance.choice((0, 1, 1, 2))]
        chance.shuffle(fate)
        for wall_id, message in fate:
            for relay in self.relays:
                relay.hear(wall_id, message[:-1] if chance.random() < 0.1 else message)


class Ids(HTMLParser):
    """The card ids of a fragment of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        card_id = dict(attrs).get("data-card")
        if card_id:
            self.found.append(card_id)


class Page:
    """A browser's page: what it was served, changed only by frames, by the rules of static/js/lib/apply.js."""

    def __init__(self, role: Role) -> None:
        self.audience = Audience(role, "de", "html")
        self.subscriber = Subscriber(self.audience)
        self.room: Room | None = None

    def load(self, board: Board) -> None:
        """Fetch the page anew."""
        self.revision, self.epoch = board.revision, board.epoch
        self.slots = drawn(board, self.audience.role)

    def read(self) -> None:
        """Apply what has arrived."""
        if self.room is not None:
            self.room.flush()
        while self.subscriber._queue:
            frame = json.loads(self.subscriber._queue.popleft())
            if frame["type"] == "reset":
                assert self.room is not None
                self.load(self.room.board)
            elif frame["type"] == "change" and frame["revision"] > self.revision:
                self.revision = frame["revision"]
                for card_id in frame["removed"]:
                    self.slots.pop(card_id, None)
                for card in frame["cards"]:
                    self.slots[card["id"]] = (card["section"], card["position"], card["html"])
        self.subscriber._bytes = 0

    def arranged(self) -> list[tuple[str, str, str]]:
        return sorted((s, p, i + html) for i, (s, p, html) in self.slots.items())


def drawn(board: Board, role: Role) -> dict[str, tuple[str, str, str]]:
    """Every card this role may see, as the page draws it."""
    found = {}
    for card in board.cards.values():
        if sees(role, card):
            html = DRAWING.card(board.wall, card, role, "de")
            ids = Ids()
            ids.feed(html)
            assert ids.found == [card.id]
            found[card.id] = (card.section, card.position, str(html))
    return found


class Wall(RuleBasedStateMachine):
    """Two processes, a lossy relay, pages that come and go."""

    template: Path

    @initialize(seed=st.integers(0, 2**32))
    def open(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="converge-"))
        shutil.copy(self.template, self.folder / "wall.db")
        self.loop = asyncio.new_event_loop()
        self.network, self.pages, self.kept, self.keys = Network(), [], [], 0
        self.pages: list[Page]
        self.run(self._open())

    async def _open(self) -> None:
        url = f"sqlite:///{self.folder / 'wall.db'}"
        self.databases = [Database(url) for _ in range(PROCESSES)]
        await make_wall(self.databases[0], moderation="before")
        self.hubs, self.ledgers = [], []
        for database in self.databases:
            hub = Hub(database, Mischief(self.network), Frames(DRAWING.card), Envelope((SECRET,)))
            await hub.relay.start(hub._hear)
            self.hubs.append(hub)
            self.ledgers.append(Ledger(database, hub.publish, snapshot_every=7))
        self.rooms = [await hub.room("probe") for hub in self.hubs]

    def run(self, job: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(job)

    def act(self, job: Coroutine[Any, Any, Any]) -> None:
        """An action; that it is refused is as good an outcome as any."""
        with contextlib.suppress(WallError):
            self.run(job)

    def any_card(self) -> str:
        ids = sorted({card_id for room in self.rooms for card_id in room.board.cards})
        return self.chance.choice(ids) if ids else "none"

    def here(self) -> tuple[Ledger, Room]:
        process = self.chance.randrange(PROCESSES)
        return self.ledgers[process], self.rooms[process]

    @rule(again=st.booleans())
    def pins(self, again: bool) -> None:
        ledger, room = self.here()
        self.keys += 0 if again and self.keys else 1
        raw = words(f"Netz {self.keys}", section=("s1", "s2")[self.keys % 2])
        self.act(pin(ledger, room.board.wall, raw, f"key {self.keys}", GUEST))

    @rule(verb=st.sampled_from([approve, approve, hide, show, withdraw, erase]))
    def moderates(self, verb: Any) -> None:
        ledger, room = self.here()
        self.act(verb(ledger, room.board.wall, self.any_card(), SYSTEM))

    @rule()
    def rejects(self) -> None:
        ledger, room = self.here()
        self.act(reject(ledger, room.board.wall, self.any_card(), "Grund", SYSTEM))

    @rule(text=st.sampled_from(["", "Neu", "<b>Neu</b> & „alt“"]), guest=st.booleans())
    def edits(self, text: str, guest: bool) -> None:
        ledger, room = self.here()
        card_id = self.any_card()
        card = room.board.cards.get(card_id)
        if card is not None:
            raw = card.content | {"description": text, "topics": ["Jugend"] if text else []}
            self.act(edit(ledger, room.board.wall, card_id, raw, card.revision, GUEST if guest else SYSTEM))

    @rule(section=st.sampled_from(["s1", "s2"]), top=st.booleans())
    def moves(self, section: str, top: bool) -> None:
        ledger, room = self.here()
        self.act(move(ledger, room.board.wall, self.any_card(), section, "" if top else self.any_card(), SYSTEM))

    @rule(direction=st.sampled_from(["up", "down"]))
    def steps(self, direction: str) -> None:
        ledger, room = self.here()
        self.act(step(ledger, room.board.wall, self.any_card(), direction, SYSTEM))

    @rule(title=st.sampled_from(["Wand A", "Wand B"]))
    def configures(self, title: str) -> None:
        ledger, room = self.here()
        self.act(configure(ledger, room.board.wall, {"title": title}, SYSTEM))

    @rule()
    def keeps_a_snapshot(self) -> None:
        self.run(self._keep())

    async def _keep(self) -> None:
        async with self.databases[0].read() as connection:
            board = await boards.load_board(connection, self.rooms[0].wall_id)
        self.kept.append(await self.databases[0].write(lambda connection: snapshots.keep(connection, board)))

    @precondition(lambda self: self.kept)
    @rule()
    def restores(self) -> None:
        ledger, room = self.here()
        self.act(restore(ledger, room.board.wall, self.chance.choice(self.kept), SYSTEM))

    @rule()
    def renews(self) -> None:
        self.act(renew_epochs(self.databases[0]))

    @rule(role=st.sampled_from(["visitor", "moderator"]))
    def a_page_opens(self, role: Role) -> None:
        page = Page(role)
        page.load(self.here()[1].board)
        self.pages.append(page)
        self._connect(page)

    @precondition(lambda self: self.pages)
    @rule(wait=st.booleans())
    def a_page_reconnects(self, wait: bool) -> None:
        page = self.chance.choice(self.pages)
        if page.room is not None:
            page.read()
            page.room.leave(page.subscriber)
            page.room = None
        if not wait:
            self._connect(page)

    def _connect(self, page: Page) -> None:
        page.subscriber, page.room = Subscriber(page.audience), self.here()[1]
        self.run(page.room.join(page.subscriber, page.revision, page.epoch))

    @rule()
    def messages_arrive(self) -> None:
        self.run(self._arrive())

    async def _arrive(self) -> None:
        self.network.deliver(self.chance)
        await asyncio.sleep(0)

    @invariant()
    def a_room_is_never_ahead_and_a_page_never_beyond_its_room(self) -> None:
        for page in getattr(self, "pages", []):
            if page.room is not None:
                page.read()
                assert page.epoch == page.room.board.epoch
                assert page.revision == page.room.board.revision
                assert page.slots == drawn(page.room.board, page.audience.role)

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self.run(self._settle())
        finally:
            self.run(self._close())
            self.loop.close()
            shutil.rmtree(self.folder)

    async def _settle(self) -> None:
        """Everything under way is lost; what the hubs do every two seconds must do."""
        for hub in self.hubs:
            await hub.compare()
        async with self.databases[0].read() as connection:
            stored = await boards.load_board(connection, self.rooms[0].wall_id)
        for room in self.rooms:
            await until(lambda room=room: room.board.revision == stored.revision, "the repair")
            assert room.board.digest() == stored.digest()
        for page in self.pages:
            if page.room is None:
                page.subscriber, page.room = Subscriber(page.audience), self.rooms[0]
                await page.room.join(page.subscriber, page.revision, page.epoch)
            page.read()
            fresh = Page(page.audience.role)
            fresh.load(stored)
            assert page.arranged() == fresh.arranged()

    async def _close(self) -> None:
        for room in self.rooms:
            await room.repair.done()
        for database in self.databases:
            await database.close()


@pytest.mark.filterwarnings("default::ResourceWarning")
def test_every_screen_converges(migrated: Path) -> None:
    machine = type("ConvergingWall", (Wall,), {"template": migrated})
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(
        max_examples=40,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=slow,
    )
    # type() knows nothing of the class it makes
    machine.TestCase.settings = chosen  # type: ignore[attr-defined]
    machine.TestCase("runTest").debug()  # type: ignore[attr-defined]
