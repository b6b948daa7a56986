"""What happened on a wall, for its moderators: every change, the wall at any time, states to compare and go back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.responses import Response

from wall.actions.restore import keep_state, restore_to
from wall.actions.undo import standing_in_the_way
from wall.errors import Forbidden, NotFound
from wall.live.room import Room
from wall.model.board import Board
from wall.model.change import Change, Snapshot
from wall.model.differences import Difference, Piece, compared, of_change, pieces
from wall.model.types import ZONE
from wall.model.wall import Wall
from wall.store import journal, past, snapshots
from wall.web.forms import read_form, shown, text_of
from wall.web.guard import Viewer, enter_with
from wall.web.house import Request, house_of
from wall.web.pages import language_of, page, see_other
from wall.web.pin import words_for
from wall.web.who import who_did
from wall.words import Words

PER_PAGE = 50
MOST_STATES = 30
KINDS = (
    *("pinned", "edited", "moved", "approved", "rejected", "hidden", "shown", "withdrawn", "merged", "erased"),
    *("confirmed", "archived", "lapsed", "undone", "configured", "restored"),
)
PROSE = ("name", "description", "meeting", "offers", "seeks", "intro", "credits", "imprint", "privacy", "title")


@dataclass(frozen=True, slots=True)
class Altered:
    """One field of a change as a page draws it."""

    label: str
    before: str
    after: str
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One change as a page draws it."""

    change: Change
    what: str
    who: str
    role: str
    card_id: str
    name: str
    fields: Sequence[Altered] = ()
    note: str = ""
    applies: bool = False


@dataclass(slots=True)
class Filters:
    """What the history was asked for."""

    card: str = ""
    kind: str = ""
    who: str = ""
    before: int | None = None

    @classmethod
    def read(cls, asked: QueryParams, card: str) -> "Filters":
        kind, who = asked.get("kind", "")[:40], asked.get("who", "")[:40]
        before = _number(asked.get("before", ""))
        return cls(card or asked.get("card", "")[:40], kind, who, before)

    def older(self, revision: int) -> str:
        """The query for what came before a revision."""
        given = {"kind": self.kind, "who": self.who, "before": str(revision)}
        return urlencode({name: value for name, value in given.items() if value})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


async def history(request: Request) -> Response:
    """GET /w/{wall}/history, or of one card — every change; with `at` the wall as it was then."""
    card_id = request.path_params.get("card", "")
    room, viewer = await enter_with(request, request.path_params["wall"], "moderate" if card_id else "history")
    if card_id:
        _refuse_beyond(room, viewer, card_id)
    elif request.query_params.get("at"):
        return await _past(request, room, viewer)
    t, board = words_for(request, room), room.board
    asked = Filters.read(request.query_params, card_id)
    async with house_of(request).database.read() as connection:
        filters = {"card_id": asked.card, "kind": asked.kind, "actor": asked.who}
        found = await journal.newest(connection, room.wall_id, before=asked.before, limit=PER_PAGE + 1, **filters)
        labels = await journal.actors(connection, room.wall_id)
        who = await who_did(connection, t, labels)
        states = await snapshots.kept(connection, room.wall_id)
    return page(
        request,
        "history.html",
        viewer=viewer,
        wall=board.wall,
        lines=[_line(t, board, change, who(change.actor), who.role(change.actor)) for change in found[:PER_PAGE]],
        older=asked.older(found[PER_PAGE - 1].revision) if len(found) > PER_PAGE else "",
        asked=asked,
        card=board.cards.get(asked.card),
        kinds=[(kind, _kind(t, kind)) for kind in KINDS],
        people=[(label, who(label)) for label in labels],
        states=_worth_showing(states),
        kept="kept" in request.query_params,
    )


def _refuse_beyond(room: Room, viewer: Viewer, card_id: str) -> None:
    """Hold a moderator of some sections to the cards of these.

    Raises:
        Forbidden: the card is in another, or there is none.
    """
    card = room.board.cards.get(card_id)
    if not viewer.actor.moderates_in("" if card is None else card.section):
        raise Forbidden(f"{viewer.actor.label} moderates other sections")


def _worth_showing(states: list[Snapshot]) -> list[Snapshot]:
    """States under a name, and the newest of those that were kept by themselves."""
    plain = [state for state in states if not state.name][:3]
    return [state for state in states if state.name or state in plain][:MOST_STATES]


def _kind(t: Words, kind: str) -> str:
    key = f"history_kind.{kind}"
    return t(key if key in t else "history_kind.other")


def _line(t: Words, board: Board, change: Change, who: str, role: str) -> Line:
    card = change.card or {}
    reason, note = change.was.get("reason"), change.was.get("words", "")
    if reason:
        key = f"reason_short.{reason}"
        note = " · ".join(part for part in (t(key) if key in t else str(reason), note) if part)
    now = board.cards.get(card.get("id", ""))
    return Line(
        change=change,
        what=_kind(t, change.kind),
        who=who,
        role=role if role != who else "",
        card_id=str(card.get("id", "")),
        name=str(card.get("name") or (t("history.nameless") if card else "")),
        fields=[_altered(t, board.wall, each) for each in of_change(change)],
        note=note,
        applies=not standing_in_the_way(change, now, board.wall),
    )


def _altered(t: Words, wall: Wall, difference: Difference) -> Altered:
    name = difference.field
    label = next(t(key) for key in (f"history_field.{name}", f"field.{name}.label", "history_field.other") if key in t)
    if name == "position":
        return Altered(label, "", t("history.other_place"))
    if name in ("image", "logo", "cover"):
        return Altered(label, "", t("history.other_picture" if difference.after else "history.no_picture"))
    before, after = (shown(t, wall, name, value) for value in (difference.before, difference.after))
    if name == "hidden":
        before, after = (t("history.yes" if value else "history.no") for value in (difference.before, difference.after))
    worded = pieces(before, after) if name in PROSE and before and after else ()
    return Altered(label, before, after, worded)


def _at(text: str) -> int | datetime:
    """A revision, or a time of the clock on the wall; a day means its end.

    Raises:
        NotFound: it is neither.
    """
    number = _number(text)
    if number is not None:
        return number
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time.max, ZONE)
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)
    except ValueError:
        raise NotFound(f"no time {text!r}") from None


async def _past(request: Request, room: Room, viewer: Viewer) -> Response:
    """The wall as it was: to look at, not to touch."""
    at = _at(request.query_params["at"][:30])
    async with house_of(request).database.read() as connection:
        revision = at if isinstance(at, int) else await past.revision_at(connection, room.wall_id, at)
        then = await past.board_at(connection, room.wall_id, revision)
        made = await journal.changes_at(connection, room.wall_id, [revision])
    house, language = house_of(request), language_of(request, then.wall)
    columns = [
        (section, [house.drawing.card(then.wall, c, "visitor", language) for c in then.column(section.id) if c.visible])
        for section in then.wall.sections
    ]
    t = words_for(request, room)
    return page(
        request,
        "past.html",
        viewer=viewer,
        wall=room.board.wall,
        then=then.wall,
        columns=columns,
        count=then.count(),
        moment=made[0].at if made else then.wall.created_at,
        what=_kind(t, made[0].kind) if made else "",
        newest=room.board.revision,
    )


async def compare(request: Request) -> Response:
    """GET /w/{wall}/history/compare?from=REVISION&to=REVISION — without `to`: with today."""
    room, viewer = await enter_with(request, request.path_params["wall"], "history")
    t, asked = words_for(request, room), request.query_params
    first, last = _number(asked.get("from", "")), _number(asked.get("to", ""))
    if first is None:
        raise NotFound("compare with which revision?")
    async with house_of(request).database.read() as connection:
        then = await past.board_at(connection, room.wall_id, first)
        now = room.board if last is None else await past.board_at(connection, room.wall_id, last)
        made = await journal.changes_at(connection, room.wall_id, [first, now.revision])
    found, moments = compared(then, now), {change.revision: change.at for change in made}
    return page(
        request,
        "compare.html",
        viewer=viewer,
        wall=room.board.wall,
        found=found,
        changed=[(card, [_altered(t, now.wall, each) for each in fields]) for card, fields in found.changed],
        settings=[_altered(t, now.wall, each) for each in found.settings],
        first=(then.revision, moments.get(then.revision, then.wall.created_at)),
        last=(now.revision, moments.get(now.revision, now.wall.created_at)),
        today=last is None,
    )


async def keep(request: Request) -> Response:
    """POST /w/{wall}/history/keep — give the wall's state at a revision a name."""
    room, _ = await enter_with(request, request.path_params["wall"], "history")
    form = await read_form(request)
    revision = _number(text_of(form, "revision"))
    wanted = room.board.revision if revision is None else revision
    await keep_state(house_of(request).ledger, room.board.wall, wanted, text_of(form, "name", 200))
    return see_other(f"/w/{room.board.wall.slug}/history?kept=1")


async def restore(request: Request) -> Response:
    """POST /w/{wall}/history/restore — put the wall back to what it was at a revision."""
    room, viewer = await enter_with(request, request.path_params["wall"], "restore")
    revision = _number(text_of(await read_form(request), "revision"))
    if revision is None:
        raise NotFound("restore which revision?")
    await restore_to(house_of(request).ledger, room.board.wall, revision, viewer.actor)
    await room.repair.done()  # a new epoch is loaded from the database: the next page shows it already
    return see_other(f"/w/{room.board.wall.slug}/history")
