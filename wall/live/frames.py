"""Frames: what a change looks like to one audience, encoded once for all of its sockets."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from wall.live.crowd import Seen
from wall.model.audience import Audience, Role, card_for
from wall.model.board import Board
from wall.model.card import Card
from wall.model.change import Change
from wall.model.wall import Wall

# wall, card, role, language, the sections of a moderator of some -> the partial _card.html
Draw = Callable[[Wall, Card, Role, str, frozenset[str] | None], str]

Forget = Callable[[str], None]  # card id; whoever keeps drawings lets go of its


class Frames:
    """Encodes frames as UTF-8 JSON text. `draw` is the same function that draws cards into pages."""

    def __init__(self, draw: Draw, release: str = "", forget: Forget = lambda card_id: None) -> None:
        self._draw, self._release, self.forget = draw, release, forget

    @staticmethod
    def _text(**parts: Any) -> bytes:
        return orjson.dumps(parts)

    def hello(self, board: Board) -> bytes:
        return self._text(type="hello", revision=board.revision, epoch=board.epoch, release=self._release)

    def tick(self, board: Board) -> bytes:
        return self._text(type="tick", revision=board.revision)

    def reset(self, board: Board) -> bytes:
        return self._text(type="reset", revision=board.revision, epoch=board.epoch)

    def note(self, what: str) -> bytes:
        return self._text(type="note", what=what)

    def presence(self, seen: Seen, board: Board, audience: Audience) -> bytes:
        """Visitors are told numbers, moderators also who of them has which card in hand."""
        parts = {"watching": seen.watching, "pinning": seen.pinning}
        if audience.role == "visitor":
            return self._text(type="presence", **parts)
        doing = [
            {"card": d.card, "doing": d.what, "person": d.person, "who": d.who}
            for d in seen.doing
            if d.card in board.cards and audience.role_in(board.cards[d.card].section) == "moderator"
        ]
        return self._text(type="presence", **parts, doing=doing)

    def change(self, change: Change, board: Board, audience: Audience, *, outdated: bool = False) -> bytes:
        """One change, as this audience may see it; empty where it may not, so that its revision still counts.

        Of a card that says something else by now (`outdated`) only is told that it went.
        """
        if change.settings is not None:
            return self._text(type="reset", revision=change.revision, epoch=change.epoch)
        shown, removed = [], []
        card = change.after
        if card is not None:
            if audience.sees(card):
                shown = [] if outdated else [self._card(board.wall, card, change.kind, audience)]
            elif audience.sees(before(change, card)):
                removed = [card.id]
        extra = {"at": change.at, "kind": change.kind} if audience.form == "json" and (shown or removed) else {}
        return self._frame(change.revision, board, audience, shown, removed, **extra)

    def replay(self, missed: Sequence[Change], board: Board, audience: Audience) -> list[bytes]:
        """Each change that leads to the board as it is. A card comes with its last change: what was taken off it or
        hidden since is told to nobody who comes late (W8)."""
        last = {change.card["id"]: change.revision for change in missed if change.card is not None}
        return [
            self.change(
                *(change, board, audience),
                outdated=change.card is not None and change.revision < last[change.card["id"]],
            )
            for change in missed
        ]

    def catch_up(self, missed: Sequence[Change], board: Board, audience: Audience) -> bytes:
        """Everything missed in one frame: the newest state of each card that changed (W6)."""
        if not missed or missed[-1].revision != board.revision or any(c.settings is not None for c in missed):
            return self.reset(board)
        kinds = {change.card["id"]: change.kind for change in missed if change.card is not None}
        shown, removed = [], []
        for card_id, kind in kinds.items():
            card = board.cards[card_id]
            if audience.sees(card):
                shown.append(self._card(board.wall, card, kind, audience))
            else:
                removed.append(card_id)
        if audience.role == "visitor" or audience.sections is not None:  # an id it never saw is not told
            seen = {c.card["id"] for c in missed if c.card is not None and _was_or_is_seen(c, audience)}
            removed = [card_id for card_id in removed if card_id in seen]
        return self._frame(board.revision, board, audience, shown, removed)

    def _frame(
        self, revision: int, board: Board, audience: Audience, shown: list[Any], removed: list[str], **extra: Any
    ) -> bytes:
        parts = {"type": "change", "revision": revision, "cards": shown, "removed": removed, "count": board.count()}
        if audience.role == "moderator":
            parts["waiting"] = board.waiting(audience.sections)
        return orjson.dumps(parts | extra)

    def _card(self, wall: Wall, card: Card, kind: str, audience: Audience) -> dict[str, Any]:
        role = audience.role_in(card.section)
        if audience.form == "json":
            return card_for(role, card)
        return {
            "id": card.id,
            "status": card.status,
            "hidden": card.hidden,
            "section": card.section,
            "position": card.position,
            "revision": card.revision,
            "kind_of": kind,
            "html": self._draw(wall, card, role, audience.language, audience.sections),
        }


def before(change: Change, card: Card) -> Card:
    """The card as it was before this change; a card just pinned was never seen."""
    if change.kind == "pinned":
        return card.model_copy(update={"status": "withdrawn"})
    former: dict[str, Any] = {
        field: change.was[field] for field in ("status", "hidden", "section") if field in change.was
    }
    return card.model_copy(update=former)


def _was_or_is_seen(change: Change, audience: Audience) -> bool:
    card = change.after
    assert card is not None, "only changes of cards are asked"
    return audience.sees(card) or audience.sees(before(change, card))
