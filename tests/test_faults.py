"""The fault run in small; `python3 -m tests.faults` is the whole of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.run import run
from tests.services import private_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_no_acknowledged_pin_is_lost_and_every_screen_agrees_whatever_fails(database: str, folder: Path) -> None:
    result = await run(database, folder, pins=200, faults=12, seed=3)
    found = result.verdict
    assert (found.lost, found.duplicated, found.diverged) == ([], [], [])
    assert result.acked == 200
    assert set(result.answers) & {200, 201}
    assert result.trouble == []
