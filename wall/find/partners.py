"""Partners: whose "Wir suchen" answers a "Wir bieten" and the other way round, and which networks are alike."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from wall.find.roots import roots_in, silent, words_in
from wall.find.synonyms import Synonyms, default_synonyms
from wall.model.board import Board
from wall.model.card import Card
from wall.text import fold

ALIKE = 4
COMPOUND = 0.6  # "Proberaum" for "Raum", of what the word itself counts
LIKE = 0.5  # a synonym, likewise
LONG_ENOUGH = 4  # letters of a word that may stand at the end of a compound
COMMON = 0.5  # of all texts: a word in more of them says nothing
FEW = 12  # texts, too few to tell which words are common
TOPIC, DISTRICT, MEMBER, KIND = 1.0, 0.4, 1.2, 0.15  # what having one in common counts, before how rare it is
NEARLY = 0.9  # a likeness below is none

# Said in every offer: they tell nothing about what is offered.
FILLERS = frozenset(
    roots_in(
        "wir bieten bietet biete suchen sucht suche brauchen benötigen gern gerne auch noch oder sowie mehr alle alles "
        "jede jeder jeden neue neuen neuer unsere unserer unseren eure ihre sein haben hat können kann möchten etc "
        "sich sind ist nach durch als bei we offer seek need looking our your any all more new also can for some help"
    )
)


@dataclass(frozen=True, slots=True)
class Match:
    """Another card and why: the words of both that fit, as people wrote them (ours, theirs)."""

    card: Card
    why: tuple[tuple[str, str], ...]
    score: float


@dataclass(frozen=True, slots=True)
class Partners:
    """`seekers` seek what a card offers, `givers` offer what it seeks; the best first."""

    seekers: list[Match] = field(default_factory=list)
    givers: list[Match] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.seekers or self.givers)


Mark = tuple[float, str]  # what cards may have in common: its weight and its folded name


@dataclass(frozen=True, slots=True)
class _Said:
    """What is compared of one card, as of one revision: roots with the words they stand for, and its marks."""

    card: Card
    offers: dict[str, str]
    seeks: dict[str, str]
    marks: dict[Mark, str]


class _Market:
    """What the visible cards of a board say; read again where a card changed, counted again with every revision."""

    def __init__(self) -> None:
        self._known: dict[str, _Said] = {}
        self._at: tuple[str, int] = ("", -1)
        self.visible: list[_Said] = []
        self.shares: Counter[Mark] = Counter()
        self.weigh: Callable[[str], float] = lambda root: 0.0

    def look(self, board: Board) -> "_Market":
        if self._at != (board.epoch, board.revision):
            self.visible = [self.of(card) for card in board.visible()]
            self._known = {said.card.id: said for said in self.visible}
            self.shares = Counter(mark for said in self.visible for mark in said.marks)
            texts = [roots.keys() for said in self.visible for roots in (said.offers, said.seeks) if roots]
            self.weigh = _weights(texts)
            self._at = (board.epoch, board.revision)
        return self

    def of(self, card: Card) -> _Said:
        kept = self._known.get(card.id)
        if kept is not None and kept.card is card:
            return kept
        return _Said(card, spoken(card.offers), spoken(card.seeks), _marks(card))


_markets: WeakKeyDictionary[Board, _Market] = WeakKeyDictionary()


def spoken(text: str) -> dict[str, str]:
    """The roots of a text that mean something, each with the first word it stands for."""
    found: dict[str, str] = {}
    for start, end, root in words_in(text):
        word = text[start:end]
        if root not in FILLERS and not silent(word) and len(root) > 2:
            found.setdefault(root, word)
    return found


def partners(board: Board, card: Card, synonyms: Synonyms | None = None) -> Partners:
    """Who of the visible cards seeks what a card offers, and offers what it seeks.

    Two texts fit by a word, by a synonym or by a compound that ends in it; rare words count more, and what half the
    wall writes counts nothing. (Inverse document frequency: Spärck Jones 1972.)
    """
    market = _markets.setdefault(board, _Market()).look(board)
    ours, synonyms = market.of(card), synonyms or default_synonyms()
    others = [said for said in market.visible if said.card.id != card.id]
    return Partners(
        _best(_match(said.card, ours.offers, said.seeks, market.weigh, synonyms) for said in others),
        _best(_match(said.card, ours.seeks, said.offers, market.weigh, synonyms) for said in others),
    )


def _weights(texts: Sequence[Iterable[str]]) -> Callable[[str], float]:
    """What a root counts: nothing if it is common, else the more the rarer."""
    often = Counter(root for roots in texts for root in roots)
    most = len(texts) * COMMON if len(texts) >= FEW else math.inf
    return lambda root: 0.0 if often[root] > most else math.log(1 + (len(texts) + 1) / (often[root] + 1))


def _match(
    other: Card, ours: dict[str, str], theirs: dict[str, str], weigh: Callable[[str], float], synonyms: Synonyms
) -> Match | None:
    score, why = 0.0, []
    for root, word in ours.items():
        fit = max(((_fit(root, its, synonyms), its) for its in theirs), default=(0.0, ""))
        if fit[0] and (weight := weigh(fit[1])):
            score += fit[0] * weight
            why.append((word, theirs[fit[1]]))
    return Match(other, tuple(why), score) if why else None


def _fit(one: str, other: str, synonyms: Synonyms) -> float:
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) >= LONG_ENOUGH and len(long) - len(short) >= 3 and long.endswith(short):
        return COMPOUND
    return LIKE if (other,) in synonyms.of((one,)) else 0.0


def _best(found: Iterable[Match | None]) -> list[Match]:
    matches = [match for match in found if match is not None]
    return sorted(matches, key=lambda match: (-match.score, fold(match.card.name)))


def alike(board: Board, card: Card) -> list[tuple[Card, list[str]]]:
    """The networks most like a card with what they have in common: rare topics, members, districts and the kind."""
    market = _markets.setdefault(board, _Market()).look(board)
    ours = market.of(card).marks

    def weight(mark: Mark) -> float:
        return mark[0] * math.log(1 + (len(market.visible) + 1) / (market.shares[mark] + 1))

    found = []
    for said in market.visible:
        if said.card.id != card.id and (common := ours.keys() & said.marks.keys()):
            likeness = sum(map(weight, common))
            if likeness >= NEARLY and (named := [mark for mark in common if mark[0] != KIND]):
                shown = [ours[mark] for mark in sorted(named, key=lambda mark: (-weight(mark), mark))]
                found.append((likeness, said.card, shown))
    found.sort(key=lambda item: (-item[0], fold(item[1].name)))
    return [(other, shown) for _, other, shown in found][:ALIKE]


def _marks(card: Card) -> dict[Mark, str]:
    """What a card may have in common with others, by its name."""
    named = [(TOPIC, name) for name in card.topics] + [(MEMBER, name) for name in card.members]
    named += [(DISTRICT, name) for name in card.districts if len(card.districts) <= 5] + [(KIND, card.kind)]
    return {(weight, fold(name)): name for weight, name in named}
