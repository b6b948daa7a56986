"""The filters above a wall; for the wall as it hangs, which most people ask for, they are drawn once a revision."""

from weakref import WeakKeyDictionary

from markupsafe import Markup

from wall.find.facets import Found, facets
from wall.find.filters import Query
from wall.model.board import Board
from wall.model.meeting import today
from wall.web.drawing import Drawing

_drawn: WeakKeyDictionary[Board, tuple[object, dict[str, Markup]]] = WeakKeyDictionary()


def filters(drawing: Drawing, board: Board, query: Query, found: Found, path: str, language: str) -> Markup:
    """What can be chosen, with the counts of what was found, as HTML."""
    if not (query.plain and not query.sort):
        return _draw(drawing, board, query, found, path, language)
    state = (board.epoch, board.revision, today())
    kept = _drawn.get(board)
    if kept is None or kept[0] != state:
        kept = _drawn[board] = (state, {})
    if language not in kept[1]:
        kept[1][language] = _draw(drawing, board, query, found, path, language)
    return kept[1][language]


def _draw(drawing: Drawing, board: Board, query: Query, found: Found, path: str, language: str) -> Markup:
    given = {"query": query.counted(len(found.cards)), "facets": facets(board, query, found.counts, path), "here": path}
    html = drawing.page("_filters.html", language, board.wall, **given)
    return Markup(html)  # noqa: S704 - drawn with autoescape
