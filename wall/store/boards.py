"""Walls and their cards as rows: loading a board, listing walls, writing cards."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Any

import structlog
from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import NotFound
from wall.model.board import Board
from wall.model.card import Card, cards, edit_links
from wall.model.types import settled
from wall.model.wall import Kind, Section, Wall, walls
from wall.store.rows import Rows

_rows = Rows(cards)
MANY = 200
FEW = ("kind", "section", "status", "newcomers", "position")  # of these, thousands of cards have few different values
log = structlog.get_logger(__name__)


@lru_cache(maxsize=4096)
def _kind(name: str, hue: int) -> Kind:
    return Kind(name=name, hue=hue)  # most walls have the same ones


def _wall(row: RowMapping | Mapping[str, Any]) -> Wall:
    values = dict(row)
    values["sections"] = [settled(Section, section) for section in values["sections"]]
    values["kinds"] = [_kind(kind["name"], kind["hue"]) for kind in values["kinds"]]
    return settled(Wall, Wall.model_validate(values).__dict__)


def _card(row: RowMapping) -> Card:
    values = dict(row)
    for field in FEW:
        values[field] = intern(values[field])
    values["topics"] = [intern(topic) for topic in values["topics"]]
    return settled(Card, values)


async def find_wall(connection: AsyncConnection, slug: str) -> Wall:
    """The wall at an address.

    Raises:
        NotFound: there is none.
    """
    row = (await connection.execute(select(walls).where(walls.c.slug == slug))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no wall is called {slug!r}")
    return _wall(row)


async def lock_wall(connection: AsyncConnection, wall_id: int) -> Wall:
    """The wall as it is now; nobody else changes it until this transaction ends."""
    query = select(walls).where(walls.c.id == wall_id).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no wall has the number {wall_id}")
    return _wall(row)


async def add_wall(connection: AsyncConnection, wall: Wall) -> Wall:
    """Store a new wall and give it its number."""
    row = wall.model_dump(exclude={"id"})
    key = (await connection.execute(insert(walls).values(row).returning(walls.c.id))).scalar_one()
    return wall.model_copy(update={"id": key})


async def save_wall(connection: AsyncConnection, wall: Wall) -> None:
    """Write a locked wall back."""
    row = wall.model_dump(exclude={"id", "slug", "created_at"})
    await connection.execute(update(walls).where(walls.c.id == wall.id).values(row))


async def bump(connection: AsyncConnection, wall: Wall) -> None:
    """Write back only the revision and epoch of a locked wall."""
    query = update(walls).where(walls.c.id == wall.id).values(revision=wall.revision, epoch=wall.epoch)
    await connection.execute(query)


async def revisions(connection: AsyncConnection, wall_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Revision and epoch of several walls, in one query."""
    ids = set(wall_ids)
    few = len(ids) <= MANY  # a statement with thousands of parameters costs more than the rows it spares
    wanted = walls.c.id.in_(ids) if few else walls.c.id.between(min(ids), max(ids))
    query = select(walls.c.id, walls.c.revision, walls.c.epoch).where(wanted)
    return {key: (revision, epoch) for key, revision, epoch in await connection.execute(query) if key in ids}


async def load_board(connection: AsyncConnection, wall_id: int) -> Board:
    """The board as the database has it.

    Raises:
        NotFound: there is no such wall.
    """
    row = (await connection.execute(select(walls).where(walls.c.id == wall_id))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no wall has the number {wall_id}")
    rows = await connection.execute(select(cards).where(cards.c.wall_id == wall_id))
    board = Board(_wall(row), map(_card, rows.mappings()))
    log.info("board.loaded", wall=wall_id, revision=board.revision, cards=len(board.cards))
    return board


async def find_card(connection: AsyncConnection, wall_id: int, card_id: str) -> Card:
    """One card of a wall.

    Raises:
        NotFound: the wall has no such card.
    """
    query = select(cards).where(cards.c.wall_id == wall_id, cards.c.id == card_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"wall {wall_id} has no card {card_id!r}")
    return Card.model_construct(**row)


async def find_cards(connection: AsyncConnection, wall_id: int, ids: Iterable[str]) -> dict[str, Card]:
    """Those of these cards that the wall has, by id."""
    found: dict[str, Card] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), MANY):
        query = select(cards).where(cards.c.wall_id == wall_id, cards.c.id.in_(wanted[start : start + MANY]))
        rows = await connection.execute(query)
        found |= {row["id"]: Card.model_construct(**row) for row in rows.mappings()}
    return found


async def merged_into(connection: AsyncConnection, wall_id: int, card_id: str) -> list[Card]:
    """The cards that lead to a card, directly or through others."""
    found: list[Card] = []
    ids = [card_id]
    while ids:
        query = select(cards).where(
            cards.c.wall_id == wall_id, cards.c.merged_into.in_(ids), cards.c.status == "merged"
        )
        rows = (await connection.execute(query.order_by(cards.c.id))).mappings()
        new = [card for row in rows if (card := Card.model_construct(**row)).id not in {known.id for known in found}]
        found, ids = found + new, [card.id for card in new]
    return found


async def wall_of_card(connection: AsyncConnection, card_id: str) -> int | None:
    """The number of the wall a card is on."""
    return (await connection.execute(select(cards.c.wall_id).where(cards.c.id == card_id))).scalar_one_or_none()


async def add_cards(connection: AsyncConnection, new: list[Card]) -> None:
    for start in range(0, len(new), MANY):
        await _rows.add(connection, (card.__dict__ for card in new[start : start + MANY]))


async def edit_generation(connection: AsyncConnection, card_id: str) -> int:
    """Which generation of a card's edit link is good; the first needs no row."""
    query = select(edit_links.c.generation).where(edit_links.c.card_id == card_id)
    return (await connection.execute(query)).scalar_one_or_none() or 1


async def drop_edit_link(connection: AsyncConnection, card_id: str) -> None:
    await connection.execute(delete(edit_links).where(edit_links.c.card_id == card_id))


async def save_card(connection: AsyncConnection, card: Card) -> None:
    row = card.model_dump(exclude={"id", "wall_id", "created_at"})
    await connection.execute(update(cards).where(cards.c.id == card.id).values(row))


async def save_cards(connection: AsyncConnection, changed: Sequence[Card]) -> None:
    """Write many cards back, in few statements."""
    if len(changed) == 1:
        await save_card(connection, changed[0])
        return
    names = [column.name for column in cards.c if column.name not in ("id", "wall_id", "created_at")]
    statement = update(cards).where(cards.c.id == bindparam("this")).values({n: bindparam(f"new_{n}") for n in names})
    for start in range(0, len(changed), MANY):
        part = changed[start : start + MANY]
        rows = [{f"new_{n}": getattr(card, n) for n in names} | {"this": card.id} for card in part]
        await connection.execute(statement, rows)


async def replace_cards(connection: AsyncConnection, wall_id: int, new: list[Card]) -> None:
    """Make `new` the wall's visible world; cards that are not among them stay as withdrawn rows, for the journal."""
    known = set((await connection.execute(select(cards.c.id).where(cards.c.wall_id == wall_id))).scalars())
    await add_cards(connection, [card for card in new if card.id not in known])
    for card in new:
        if card.id in known:
            await save_card(connection, card)
    gone = known - {card.id for card in new}
    if gone:
        hide = update(cards).where(cards.c.id.in_(gone), cards.c.status != "erased").values(status="withdrawn")
        await connection.execute(hide)


async def changed_cards(connection: AsyncConnection, wall_id: int, since: int) -> list[Card]:
    """The cards of a wall that changed after a revision, whatever became of them."""
    rows = await connection.execute(select(cards).where(cards.c.wall_id == wall_id, cards.c.revision > since))
    return [_card(row) for row in rows.mappings()]


async def visible_cards(connection: AsyncConnection, ids: Iterable[str]) -> list[Card]:
    """Those of some cards that everybody sees."""
    query = select(cards).where(cards.c.id.in_(list(ids)), cards.c.status == "approved", cards.c.hidden.is_(False))
    return [_card(row) for row in (await connection.execute(query)).mappings()]


async def last_position(connection: AsyncConnection, wall_id: int, section: str) -> str | None:
    """The last position in use in a section."""
    query = select(func.max(cards.c.position)).where(cards.c.wall_id == wall_id, cards.c.section == section)
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def column(connection: AsyncConnection, wall_id: int, section: str) -> list[Card]:
    """All cards of a section, in order."""
    query = select(cards).where(cards.c.wall_id == wall_id, cards.c.section == section)
    rows = await connection.execute(query)
    return sorted((Card.model_construct(**row) for row in rows.mappings()), key=lambda card: card.place)


async def listing(connection: AsyncConnection) -> list[tuple[Wall, int, datetime | None]]:
    """The walls of the start page with how many cards everybody sees and when the last one changed."""
    seen = (
        select(cards.c.wall_id, func.count().label("count"), func.max(cards.c.changed_at).label("latest"))
        .where(cards.c.status == "approved", cards.c.hidden.is_(False))
        .group_by(cards.c.wall_id)
        .subquery()
    )
    query = (
        select(walls, seen.c.count, seen.c.latest)
        .outerjoin(seen, seen.c.wall_id == walls.c.id)
        .where(walls.c.listed.is_(True), walls.c.phase != "draft")
        .order_by(walls.c.title)
    )
    rows = (await connection.execute(query)).mappings().all()
    return [(_wall(row), row["count"] or 0, row["latest"]) for row in rows]


async def public_cards(connection: AsyncConnection, start: int, most: int) -> list[tuple[str, str, datetime]]:
    """Some of the cards that everybody sees on the walls of the start page: address of the wall, id, last change."""
    query = (
        select(walls.c.slug, cards.c.id, cards.c.changed_at)
        .join(cards, cards.c.wall_id == walls.c.id)
        .where(walls.c.listed.is_(True), walls.c.phase != "draft")
        .where(cards.c.status == "approved", cards.c.hidden.is_(False))
        .order_by(walls.c.id, cards.c.id)
    )
    rows = await connection.execute(query.offset(start).limit(most))
    return [(slug, card, changed) for slug, card, changed in rows]


async def every_wall(connection: AsyncConnection) -> list[Wall]:
    rows = await connection.execute(select(walls).order_by(walls.c.slug))
    return [_wall(row) for row in rows.mappings()]
