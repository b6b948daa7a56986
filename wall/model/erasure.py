"""What is left of an erased card: a tombstone that holds no words, in rows, in the journal and in snapshots."""

from typing import Any

from wall.model.card import CardContent
from wall.model.change import Change


def tombstone() -> dict[str, Any]:
    """The fields that an erased card has, as plain data; number, place and times of a card stay as they are."""
    blank = CardContent.model_construct(name="", kind="", section="").model_dump()
    blank |= {"image": "", "image_alt": "", "merged_into": ""}
    return blank | {"status": "erased", "hidden": False, "confirmed_at": None}


def redacted(change: Change) -> Change:
    """The change without anybody's words. It still tells whether its card could be seen before: a page that comes back
    from before it has to take the card down."""
    card = change.card
    if card is None:
        return change
    former = {field: change.was.get(field, card.get(field)) for field in ("status", "hidden", "section")}
    former |= {field: change.was[field] for field in ("undoes", "reason") if field in change.was}
    bare = change.model_copy(update={"card": card | tombstone(), "was": former})
    bare._after = None  # the copy came with the card as it was read before
    return bare


def redacted_state(state: dict[str, Any], card_id: str) -> dict[str, Any]:
    """A snapshot's state with a tombstone in a card's place."""
    cards = [card | tombstone() if card.get("id") == card_id else card for card in state["cards"]]
    return state | {"cards": cards}
