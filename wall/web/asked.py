"""One look at a wall: what its views are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wall.find.facets import Found
from wall.find.filters import Query
from wall.find.search import Answer
from wall.live.room import Room
from wall.model.card import Card
from wall.web.drawing import Drawing
from wall.web.guard import Viewer
from wall.web.results import hits


@dataclass(frozen=True, slots=True)
class Asked:
    """One look at a wall: whose, at what, in which language."""

    room: Room
    viewer: Viewer
    query: Query
    found: Found
    drawing: Drawing
    language: str
    path: str
    maps: Path
    answer: Answer | None = None  # what the search said, if there are words to search for
    everything: bool = False  # also what a search found beyond the best

    def drawn(self, card: Card) -> str:
        """The card as this viewer sees it."""
        role = self.viewer.role_in(card.section)
        return self.drawing.card(self.room.board.wall, card, role, self.language, self.viewer.actor.sections)

    def hits(self, cards: Sequence[Card]) -> dict[str, Any]:
        """What a search found, in this order, with its words marked; and where the rest is."""
        assert self.answer is not None, "only results of a search are marked"
        drawn = hits(self.answer, cards, self.drawn, everything=self.everything)
        more = self.query.address(self.path, all="1") if len(drawn) < len(cards) else ""
        return {"cards": drawn, "more_url": more}

    @property
    def section_names(self) -> dict[str, str]:
        return {section.id: section.name for section in self.room.board.wall.sections}
