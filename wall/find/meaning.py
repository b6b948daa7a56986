"""Which words of a wall somebody may mean by one they typed, and how surely: 1 for the word itself, less for others."""

from functools import lru_cache

from wall.find.index import FIELDS, Index
from wall.find.names import TAILS, stem
from wall.find.roots import kin, root_of_folded
from wall.find.synonyms import Synonyms

Meaning = dict[str, float]  # words of the wall, and how surely each is meant
COMPOUND, KIN, WITHIN, BEGUN, SYNONYM = 0.8, 0.8, 0.45, 0.35, 0.65  # BEGUN grows to twice that as the word gets whole
TYPO = (1.0, 0.8, 0.6)  # by edits
LINKS = ("", "s", "es", "n", "en", "e", "er")  # between the words of a compound
SHORT = 4  # letters; shorter words are only looked for at word boundaries
SMALLEST = 3  # letters of a word in a compound
ONE_EDIT, TWO_EDITS = 4, 8  # letters from which typos are forgiven
GUESSES = 6
ENDS = frozenset(map(stem, TAILS))  # of compounds; they say little about what a network is for


class Vocabulary:
    """The words of one index as somebody sees it, to whom some cards are `unseen` (W8), while it stays the same."""

    def __init__(self, index: Index, synonyms: Synonyms, unseen: frozenset[int]) -> None:
        self.index, self.synonyms, self.unseen, self._state = index, synonyms, unseen, _state(index, unseen)
        not_theirs = index.only_on(unseen)
        self._list = [word for word in index.numbers if word not in not_theirs]
        self.words = frozenset(self._list)
        self._families: dict[str, list[str]] = {}
        self._by_length: dict[int, list[str]] = {}
        for word in self._list:
            self._by_length.setdefault(len(word), []).append(word)
            for key in kin(word):
                self._families.setdefault(key, []).append(word)
        self._text = "\n" + "\n".join(self._list) + "\n"
        self.parts = lru_cache(maxsize=4096)(self._parts)

    @property
    def fresh(self) -> bool:
        """Whether these are still the words."""
        return self._state == _state(self.index, self.unseen)

    def known(self, word: str) -> bool:
        """Whether something is a word and not a piece of one."""
        return len(word) >= SMALLEST and (word in self.words or word in self.synonyms.words or word in ENDS)

    def count(self, word: str) -> int:
        """How many cards have a word."""
        return len({card for field in range(FIELDS) for card in self.index.having(word, field)} - self.unseen)

    def holding(self, piece: str) -> list[str]:
        """Every word that has a piece in it; a short one only at its beginning."""
        found, text = [], self._text
        wanted = piece if len(piece) >= SMALLEST else f"\n{piece}"
        at = text.find(wanted)
        while at >= 0:
            end = text.find("\n", at + 1)
            found.append(text[text.rfind("\n", 0, at + 1) + 1 : end])
            at = text.find(wanted, end)
        return found

    def related(self, word: str, sure: float = 1.0, *, typing: bool = False) -> Meaning:
        """The word itself and compounds with it; while somebody is typing, also words that only begin with it."""
        found: Meaning = {}
        for other in self.holding(word):
            if other == word:
                found[other] = sure
            elif other.startswith(word):
                if self._links(other[len(word) :], deep=len(word) >= SHORT):
                    found[other] = sure * COMPOUND
                elif typing:
                    found[other] = sure * BEGUN * (1 + len(word) / len(other))
            elif other.endswith(word):
                if self._linked(other[: -len(word)]):
                    found[other] = sure * COMPOUND
                elif len(word) > SHORT:
                    found[other] = sure * WITHIN
            elif len(word) > SHORT:
                found[other] = sure * WITHIN
        return found

    def meaning(self, word: str, sure: float = 1.0, *, typing: bool = False) -> Meaning:
        """What is related to a word, and to the single words that mean nearly the same."""
        found = self.related(word, sure, typing=typing)
        relatives = {other for key in kin(word) for other in self._families.get(key, ()) if other != word}
        for other in relatives:
            _take(found, self.related(other, sure * KIN))
        for meant in self.synonyms.of((word,)):
            if len(meant) == 1:
                _take(found, self.related(meant[0], sure * SYNONYM))
        return found

    def _links(self, rest: str, *, deep: bool) -> bool:
        tails = [rest.removeprefix(link) for link in LINKS if rest.startswith(link)]
        return any(map(self.known, tails)) or (deep and any(len(t) >= 2 * SHORT and self.parts(t) for t in tails))

    def _linked(self, head: str) -> bool:
        return any(head.endswith(link) and self.known(head.removesuffix(link)) for link in LINKS)

    def close_to(self, word: str, length: int) -> list[tuple[str, int]]:
        """Words that differ by a typo, with the number of edits; only the closest ones."""
        if length < ONE_EDIT or len(word) < ONE_EDIT or word.isdecimal():
            return []
        most = 1 if length < TWO_EDITS else 2
        near = [
            other for size in range(len(word) - most, len(word) + most + 1) for other in self._by_length.get(size, ())
        ]
        from rapidfuzz import process  # with the first search: it takes 3 MB
        from rapidfuzz.distance import OSA

        close = process.extract(word, near, scorer=OSA.distance, score_cutoff=most, limit=GUESSES + 1)
        least = min((edits for _, edits, _ in close if edits), default=0)
        guesses = [(other, int(edits)) for other, edits, _ in close if edits and edits == least]
        return sorted(guesses, key=lambda guess: (-self.count(guess[0]), guess[0]))

    def _parts(self, word: str) -> tuple[str, ...]:
        """The words a compound is made of, or nothing: "nachbarschaftshilf" gives "nachbarschaft" and "hilf"."""
        best: tuple[str, ...] = ()
        for cut in range(len(word) - SMALLEST, SMALLEST - 1, -1):
            head, tail = word[:cut], word[cut:]
            if not self.known(tail):
                continue
            for link in LINKS:
                bare = head.removesuffix(link) if link else head
                if link and bare == head:
                    continue
                bare = bare if self.known(bare) else root_of_folded(bare)
                if self.known(bare):
                    found: tuple[str, ...] = (bare, tail)
                elif len(bare) >= 2 * SHORT and (more := self.parts(bare)) and min(map(len, (*more, tail))) >= SHORT:
                    found = (*more, tail)
                else:
                    continue
                if not best or (len(found), -min(map(len, found))) < (len(best), -min(map(len, best))):
                    best = found
        return best


def _state(index: Index, unseen: frozenset[int]) -> tuple[int, int]:
    return index.wording, index.state if unseen else 0


def _take(found: Meaning, more: Meaning) -> None:
    for word, how in more.items():
        found[word] = max(how, found.get(word, 0.0))
