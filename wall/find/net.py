"""Who is in what: networks and the organisations that are their members, laid out in two columns group by group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wall.model.card import Card
from wall.text import fold

ROW, GAP = 64, 44  # units between networks, between organisations
LETTERS = 34  # of a label's line
SWEEPS = 12  # of ordering both columns by each other
MOST = 150  # networks that are drawn; the table has all
FEW = 12  # members of one network alone that are drawn with it; networks without connections that are drawn


@dataclass(slots=True)
class Organisation:
    """A member as it is called first, and the networks it is in."""

    name: str
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Node:
    """What is drawn in one place: a network, or an organisation; `more` members are not drawn with it."""

    lines: tuple[str, ...]
    y: int
    of: Card | Organisation
    others: tuple[int, ...]  # heights of the nodes it is connected to
    more: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Networks that share organisations, directly or by way of others."""

    networks: Sequence[Node]
    organisations: Sequence[Node]
    height: int


@dataclass(frozen=True, slots=True)
class Net:
    groups: Sequence[Group]
    organisations: Sequence[Organisation]  # all of them, those in most networks first
    undrawn: int  # networks that are only in the table


def net_of(cards: Iterable[Card]) -> Net:
    """The net of these cards: the best connected group first. The same cards always give the same picture."""
    found: dict[str, Organisation] = {}
    joined = [card for card in cards if card.members]
    for card in joined:
        for key in dict.fromkeys(fold(member) for member in card.members):
            name = next(member for member in card.members if fold(member) == key)
            found.setdefault(key, Organisation(name)).cards.append(card)
    parts = sorted(_parts(joined, found), key=lambda part: (-len(part), fold(part[0].name)))
    alone = [part for part in parts if len(part) == 1]
    if len(alone) > FEW:
        parts = [part for part in parts if len(part) > 1]
    drawn: list[list[Card]] = []
    for part in parts:
        if not drawn or sum(map(len, drawn)) + len(part) <= MOST:
            drawn.append(part[:MOST])
    organisations = sorted(found.values(), key=lambda one: (-len(one.cards), fold(one.name)))
    return Net([_group(part, found) for part in drawn], organisations, len(joined) - sum(map(len, drawn)))


def _parts(cards: Sequence[Card], found: Mapping[str, Organisation]) -> list[list[Card]]:
    """The cards, those together that an organisation connects."""
    group = {card.id: [card] for card in cards}
    for organisation in found.values():
        first = group[organisation.cards[0].id]
        for card in organisation.cards[1:]:
            other = group[card.id]
            if other is not first:
                first.extend(other)
                group |= dict.fromkeys((one.id for one in other), first)
    return [
        sorted(part, key=lambda card: fold(card.name)) for part in {id(part): part for part in group.values()}.values()
    ]


def _group(cards: Sequence[Card], found: Mapping[str, Organisation]) -> Group:
    """One group: whoever is connected stands as near to each other as both columns allow."""
    ids = {card.id for card in cards}
    edges = {card.id: list(dict.fromkeys(map(fold, card.members))) for card in cards}
    keys = list(dict.fromkeys(key for card in cards for key in edges[card.id]))
    single = {key for key in keys if sum(card.id in ids for card in found[key].cards) == 1}
    shown = [key for key in keys if key not in single or len(single) <= FEW]
    left, right = [card.id for card in cards], sorted(shown)
    of_right = {key: [card.id for card in found[key].cards if card.id in ids] for key in shown}
    of_left = {card_id: [key for key in edges[card_id] if key in of_right] for card_id in left}
    for _ in range(SWEEPS):
        right = _by_middle(right, of_right, left)
        left = _by_middle(left, of_left, right)
    height = max(len(left) * ROW, len(right) * GAP)
    left_y, right_y = _spread(left, height), _spread(right, height)
    by_id = {card.id: card for card in cards}
    networks = [
        Node(
            wrap(by_id[one].name),
            left_y[one],
            by_id[one],
            tuple(right_y[key] for key in of_left[one]),
            len(edges[one]) - len(of_left[one]),
        )
        for one in left
    ]
    members = [
        Node(wrap(found[key].name), right_y[key], found[key], tuple(left_y[one] for one in of_right[key]))
        for key in right
    ]
    return Group(networks, members, height)


def _by_middle(column: Sequence[str], of: Mapping[str, Sequence[str]], other: Sequence[str]) -> list[str]:
    """A column ordered by where, in the middle, those stand that each is connected to."""
    place = {key: n / len(other) for n, key in enumerate(other)}
    own = {key: n / len(column) for n, key in enumerate(column)}

    def middle(key: str) -> float:
        beside = [place[one] for one in of[key]]
        return sum(beside) / len(beside) if beside else own[key]

    return sorted(column, key=lambda key: (round(middle(key), 6), own[key]))


def _spread(column: Sequence[str], height: int) -> dict[str, int]:
    return {key: round((n + 0.5) * height / len(column)) for n, key in enumerate(column)}


def wrap(name: str) -> tuple[str, ...]:
    """A label of two lines at most."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + 1 + len(word) <= LETTERS:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    lines = [line if len(line) <= LETTERS else f"{line[: LETTERS - 1]}…" for line in lines]
    return tuple(lines[:2]) if len(lines) < 3 else (lines[0], f"{lines[1][: LETTERS - 1].rstrip(',')} …")
