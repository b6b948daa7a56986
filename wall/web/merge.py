"""Merging two cards of one network: both side by side, field by field, and what stays is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from starlette.datastructures import FormData
from starlette.responses import Response

from wall.actions.merge import merge
from wall.errors import Conflict, Invalid, NotFound, WallError
from wall.find import duplicates
from wall.live.room import Room
from wall.model.audience import sees
from wall.model.card import CONTENT, Card
from wall.model.picture import Picture
from wall.text import fold
from wall.web.card import card_on
from wall.web.forms import maximum, read_form, shown, text_of
from wall.web.guard import Viewer, enter_as_moderator
from wall.web.house import Request, house_of
from wall.web.moderation import say_done
from wall.web.pages import local, page, see_other
from wall.web.pin import words_for
from wall.words import Words

Side = Literal["left", "right", "both"]
LISTS, PROSE = ("topics", "districts", "members"), ("description", "offers", "seeks")
OTHER = {"image": "picture.title", "image_alt": "picture.title"}
MOST = 5  # likely ones that are offered first


@dataclass(frozen=True, slots=True)
class Compared:
    """A field on both cards as a template draws it."""

    name: str
    label: str
    left: str
    right: str
    both: str
    chosen: Side

    @property
    def same(self) -> bool:
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of both cards, one of which may have none."""

    left: Picture | None
    right: Picture | None
    chosen: Side


def united(name: str, left: Any, right: Any) -> Any:
    """Both values of a list or of a prose field as one; None where that cannot be or is too long."""
    if not left or not right or name not in (*LISTS, *PROSE):
        return None
    if name in PROSE:
        value: Any = f"{left}\n\n{right}"
    else:
        known = {fold(item) for item in left}
        value = [*left, *(item for item in right if fold(item) not in known)]
    most = maximum(name)
    return value if most is None or len(value) <= most else None


def compared(t: Words, room: Room, left: Card, right: Card, given: Mapping[str, str]) -> list[Compared]:
    """Every field of two cards; what was chosen, or what is there and says most."""
    wall, fields = room.board.wall, []
    for name in CONTENT:
        one, other = getattr(left, name), getattr(right, name)
        both = united(name, one, other)
        chosen: Side = "right" if other and not one else "both" if both is not None and name in LISTS else "left"
        if given.get(name) in ("left", "right") or (given.get(name) == "both" and both is not None):
            chosen = cast(Side, given[name])
        texts = (shown(t, wall, name, one), shown(t, wall, name, other), shown(t, wall, name, both))
        fields.append(Compared(name, t(f"field.{name}.label"), *texts, chosen))
    return fields


def pictures(left: Card, right: Card, given: Mapping[str, str]) -> Pictures | None:
    """The pictures to choose from; None where there is nothing to choose."""
    if (left.image, left.image_alt) == (right.image, right.image_alt):
        return None
    chosen: Side = "right" if given.get("image") == "right" or (not given.get("image") and not left.image) else "left"
    return Pictures(Picture.named(left.image), Picture.named(right.image), chosen)


def composed(left: Card, right: Card, fields: Sequence[Compared]) -> dict[str, Any]:
    """The words that were chosen."""
    values: dict[str, Any] = {}
    for field in fields:
        sides = {"left": getattr(left, field.name), "right": getattr(right, field.name)}
        sides["both"] = united(field.name, sides["left"], sides["right"])
        values[field.name] = sides[field.chosen]
    return values


def _pair(room: Room, viewer: Viewer, first: str, second: str) -> tuple[Card, Card]:
    """Both cards, the one that has hung longer on the left.

    Raises:
        NotFound, Gone: one of them is not there.
    """
    cards = [card_on(room, card_id, viewer, to_moderate=True) for card_id in (first, second)]
    if first == second:
        raise NotFound("a card and itself")
    left, right = sorted(cards, key=lambda card: (not card.visible, card.pinned_at_revision))
    return left, right


async def form(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/merge?with={other} — the comparison; without `with` the choice of the other card."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card, other = (
        card_on(room, request.path_params["card"], viewer, to_moderate=True),
        request.query_params.get("with", ""),
    )
    if not other:
        return _choice(request, room, viewer, card)
    return _comparison(request, room, viewer, *_pair(room, viewer, card.id, other), {})


def _choice(request: Request, room: Room, viewer: Viewer, card: Card) -> Response:
    board = room.board
    theirs = viewer.actor.moderates_in
    likely = [board.cards[twin.card_id] for twin in duplicates.of(board, card)[:MOST]]
    likely = [twin for twin in likely if theirs(twin.section)]
    others = [o for o in board.cards.values() if sees("moderator", o) and o.id != card.id and theirs(o.section)]
    others.sort(key=lambda other: fold(other.name))
    return page(request, "merge_with.html", viewer=viewer, wall=board.wall, card=card, likely=likely, others=others)


def _comparison(
    request: Request,
    room: Room,
    viewer: Viewer,
    left: Card,
    right: Card,
    given: Mapping[str, str],
    problem: str | None = None,
    status: int = 200,
) -> Response:
    fields = compared(words_for(request, room), room, left, right, given)
    keep = given.get("keep") if given.get("keep") in (left.id, right.id) else left.id
    parts: dict[str, Any] = {"left": left, "right": right, "fields": fields, "keep": keep, "problem": problem}
    parts["pictures"] = pictures(left, right, given)
    return page(request, "merge.html", viewer=viewer, wall=room.board.wall, status=status, **parts)


async def unite(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/merge"""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    data = await read_form(request)
    left, right = _pair(room, viewer, request.path_params["card"], text_of(data, "with"))
    given = {name: text_of(data, name, 20) for name in (*CONTENT, "keep", "image")}
    fields = compared(words_for(request, room), room, left, right, given)
    read = {card.id: (card.id, _base(data, card)) for card in (left, right)}
    kept, gone = (right, left) if given["keep"] == right.id else (left, right)
    try:
        raw = composed(left, right, fields)
        seen, ledger = pictures(left, right, given), house_of(request).ledger
        shown = None if seen is None else (left if seen.chosen == "left" else right).id
        changes = await merge(ledger, room.board.wall, read[kept.id], read[gone.id], raw, viewer.actor, picture=shown)
    except (Conflict, Invalid) as error:
        return _again(request, room, viewer, (left.id, right.id), given, error)
    slug = room.board.wall.slug
    back = local(text_of(data, "back"), f"/w/{slug}/queue" if "pending" in (left.status, right.status) else "")
    return say_done(request, room, "merge", [change.revision for change in changes], back or f"/w/{slug}/c/{kept.id}")


def _base(data: FormData, card: Card) -> int:
    """The revision a card was read at."""
    given = text_of(data, f"base_{card.id}", 12)
    return int(given) if given.isascii() and given.isdecimal() else card.revision


def _again(
    request: Request, room: Room, viewer: Viewer, ids: tuple[str, str], given: Mapping[str, str], error: WallError
) -> Response:
    """Both as they stand now, with what was chosen; or back to the queue where one of them has gone."""
    t = words_for(request, room)
    cards = [room.board.cards[card_id] for card_id in ids]
    if not all(sees("moderator", card) for card in cards):
        return see_other(f"/w/{room.board.wall.slug}/queue?missed=1&done=merge")
    names: list[str] = list(error.theirs) if isinstance(error, Conflict) else []
    if isinstance(error, Invalid):
        names = [complaint.field for complaint in error.complaints]
    labels = [t(f"field.{name}.label") if name in CONTENT else t(OTHER.get(name, "merge.state")) for name in names]
    problem = t(f"merge.{error.code}", fields=", ".join(labels))
    return _comparison(request, room, viewer, cards[0], cards[1], given, problem, error.status)
