"""Where a card stands in its section: fractional keys that leave room between any two cards.

Keys come from the fractional-indexing library (David Greenspan, "Implementing Fractional Indexing") and sort by code
unit.
"""

from collections.abc import Sequence

from fractional_indexing import generate_key_between

from wall.model.card import Card


def last(positions: Sequence[str]) -> str:
    """A key behind all of `positions` (any order)."""
    return str(generate_key_between(max(positions, default=None), None))


def after(column: Sequence[Card], previous: str) -> str:
    """A key for the place right behind the card `previous` in a sorted column; '' is the top.

    Cards that share a position (two processes never give the same, an import may) are stepped over as one.
    """
    index = next((i for i, card in enumerate(column) if card.id == previous), -1) if previous else -1
    below = column[index].position if index >= 0 else None
    above = next((card.position for card in column[index + 1 :] if below is None or card.position > below), None)
    return str(generate_key_between(below, above))
