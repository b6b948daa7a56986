"""One look at a wall: what its views are drawn from."""

from dataclasses import dataclass

from wall.find.facets import Found
from wall.find.filters import Query
from wall.live.room import Room
from wall.model.card import Card
from wall.web.drawing import Drawing
from wall.web.guard import Viewer


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

    def drawn(self, card: Card) -> str:
        """The card as this viewer sees it."""
        role = self.viewer.role_in(card.section)
        return self.drawing.card(self.room.board.wall, card, role, self.language)

    @property
    def section_names(self) -> dict[str, str]:
        return {section.id: section.name for section in self.room.board.wall.sections}
