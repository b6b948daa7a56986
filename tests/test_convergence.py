"""Whatever happens on the way: board in memory = board in the database = what every screen shows.

`python3 -m tests.fuzz` runs thousands of seeds; these are a few of them, and all that ever failed.
"""

import dataclasses
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.fuzz import world
from tests.fuzz.run import Outcome, survive
from wall.actions.page import Entry
from wall.live.hub import Hub
from wall.live.subscriber import Subscriber
from wall.model.card import Card
from wall.model.change import ChangeKind

EVER_FAILED = {
    50: "a disk that failed while an erased card was scrubbed passed for a mistake of ours",
    908: "a screen that joined while its process ended was not told to come back (in the simulation only)",
    1112: "a commit that failed left its transaction open, and the next one to use the connection failed too",
}


@pytest.mark.parametrize("seed", [0, 1, 2, *EVER_FAILED])
def test_every_screen_converges(seed: int, migrated: Path) -> None:
    outcome = survive(seed, 200, migrated)
    assert outcome.wrong == [], outcome.tale
    assert outcome.revision > 50


def test_a_seed_runs_alike_whenever_it_runs(migrated: Path) -> None:
    once, again = (survive(3, 100, migrated) for _ in range(2))
    assert dataclasses.asdict(once) == dataclasses.asdict(again)


def some(template: Path) -> list[Outcome]:
    return [survive(seed, 60, template) for seed in range(8)]


def test_every_kind_of_change_is_among_what_happens(migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, change = set(), Entry.change

    def changes(self: Entry, kind: ChangeKind, card: Card, /, **update: Any) -> Card:
        made.add(kind)
        return change(self, kind, card, **update)

    monkeypatch.setattr(Entry, "change", changes)
    survive(6000, 200, migrated)
    survive(6001, 200, migrated)
    of_the_wall = {"pinned", "configured", "restored"}
    assert made >= set(get_args(ChangeKind)) - of_the_wall


def told(outcomes: list[Outcome], what: str) -> bool:
    return any(what in line for outcome in outcomes for line in outcome.wrong)


def test_a_process_that_never_looks_into_the_database_is_noticed(
    migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looks_away(hub: Hub) -> None: ...

    monkeypatch.setattr(Hub, "compare", looks_away)
    assert told(some(migrated), "process")


def test_a_screen_that_misses_a_frame_is_noticed(migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    push, number = Subscriber.push, iter(range(10_000))

    def loses(self: Subscriber, frame: bytes, revision: int) -> None:
        if next(number) % 4:
            push(self, frame, revision)

    monkeypatch.setattr(Subscriber, "push", loses)
    assert told(some(migrated), "queued")


def test_an_acknowledged_pin_that_is_nowhere_is_noticed(migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = world.World.judge

    async def judges(self: world.World) -> list[str]:
        self.acked.add("000000000000")
        return await judge(self)

    monkeypatch.setattr(world.World, "judge", judges)
    assert told(some(migrated), "acknowledged and not there: ['000000000000']")
