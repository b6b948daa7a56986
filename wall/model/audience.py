"""Who may see what: the allow-lists that pages, frames, exports, feeds and search all go by (W8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from wall.model.card import CONTENT, Card
from wall.model.contact import PARTS, Contact
from wall.model.wall import Wall, WallSettings

Role = Literal["visitor", "moderator"]
Form = Literal["html", "json", "quiet"]  # quiet: no cards, only whether the line lives and who is there

PUBLIC_CARD = (*CONTENT, "id", "revision", "position", "created_at", "changed_at", "confirmed_at", "image", "image_alt")
MODERATED_CARD = (*PUBLIC_CARD, "status", "hidden")
COPIED_CARD = (*MODERATED_CARD, "pinned_at_revision", "merged_into")
PUBLIC_WALL = (
    *("slug", "title", "intro", "place", "held_on", "language", "phase", "moderation"),
    *("sections", "kinds", "topics", "districts", "contact", "credits", "revision", "epoch"),
)
COPIED_WALL = (*WallSettings.model_fields, "slug", "revision", "epoch", "created_at")


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody whose sockets get the same bytes. A moderator of some `sections` is a visitor of the others."""

    role: Role
    language: str
    form: Form = "html"
    sections: frozenset[str] | None = None

    def role_in(self, section: str) -> Role:
        """As what this audience looks at the cards of a section."""
        return self.role if self.sections is None or section in self.sections else "visitor"

    def sees(self, card: Card) -> bool:
        """Whether this audience may see a card at all."""
        return sees(self.role_in(card.section), card)


def sees(role: Role, card: Card) -> bool:
    """Whether this role may see a card at all."""
    return card.visible if role == "visitor" else card.status in ("pending", "approved")


def card_for(role: Role, card: Card) -> dict[str, Any]:
    """A card as plain data with nothing in it that this role may not see."""
    return card.model_dump(mode="json", include=set(PUBLIC_CARD if role == "visitor" else MODERATED_CARD))


def wall_for_everybody(wall: Wall) -> dict[str, Any]:
    """A wall's public settings as plain data."""
    return wall.model_dump(mode="json", include=set(PUBLIC_WALL))


def copy_of_card(card: Card) -> dict[str, Any]:
    """A card as the copy of a whole wall keeps it, for those who may restore one; a contact is no part of a card."""
    return card.model_dump(mode="json", include=set(COPIED_CARD))


def copy_of_wall(wall: Wall) -> dict[str, Any]:
    """A wall as the copy of it keeps it: every setting, and where its history stands."""
    return wall.model_dump(mode="json", include=set(COPIED_WALL))


@dataclass(frozen=True, slots=True)
class ContactShown:
    """A contact as one audience may see it: what it may not see is ''."""

    name: str = ""
    email: str = ""
    phone: str = ""
    reachable: bool = False  # may be written to through us
    asked_for: tuple[str, ...] = ()  # parts that a message may ask for
    waiting: bool = False  # the person has yet to agree
    other: bool = False  # entered by somebody else
    of_team: bool = False  # moderators entered some of it
    seen_by: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)  # parts that are there and who may see them
    consented_at: datetime | None = None


def contact_for(role: Role | Literal["author"], contact: Contact | None) -> ContactShown | None:
    """What of a contact this role may see, or None for nothing. While the person has not agreed, only whoever entered
    the details sees them; moderators see that there are some. Of what the team entered, the card's author sees only
    what everybody does, and which other parts there are."""
    if contact is None or contact.empty:
        return None
    if role == "visitor":
        if not contact.agreed or not set(contact.wishes.values()) & {"public", "request"}:
            return None
        open_parts = {part: getattr(contact, part) for part, wish in contact.wishes.items() if wish == "public"}
        asked_for = tuple(part for part, wish in contact.wishes.items() if wish == "request" and part != "email")
        return ContactShown(**open_parts, reachable=contact.reachable, asked_for=asked_for)
    if not contact.agreed and role == "moderator":
        return ContactShown(waiting=True)
    unseen = contact.unseen if role == "author" else {}
    return ContactShown(
        **{part: getattr(contact, part) for part in PARTS if part not in unseen},
        reachable=contact.reachable,
        waiting=contact.waiting,
        other=contact.other,
        of_team=bool(contact.of_team),
        unseen=unseen,
        seen_by=contact.wishes,
        consented_at=contact.consented_at,
    )
