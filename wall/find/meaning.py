"""Which words of a wall somebody may mean by one they typed, and how surely: 1 for the word itself, less for others."""

from rapidfuzz import process
from rapidfuzz.distance import OSA

from wall.find.index import Index
from wall.find.names import TAILS, stem
from wall.find.synonyms import Synonyms

COMPOUND, WITHIN, BEGUN, SYNONYM, PARTS = 0.8, 0.45, 0.35, 0.7, 0.7  # BEGUN grows to twice that as the word gets whole
TYPO = (1.0, 0.8, 0.6)  # by edits
LINKS = ("", "s", "es", "n", "en", "e", "er")  # between the words of a compound
SHORT = 4  # letters; shorter words are only looked for at word boundaries
SMALLEST = 3  # letters of a word in a compound
ONE_EDIT, TWO_EDITS = 4, 8  # letters from which typos are forgiven
GUESSES = 6
_ENDS = frozenset(map(stem, TAILS))


class Vocabulary:
    """The words of one index as long as they stay the same."""

    def __init__(self, index: Index, synonyms: Synonyms) -> None:
        self.index, self.state, self._synonyms = index, index.state, synonyms
        self._list = list(index.numbers)
        self._text = "\n" + "\n".join(self._list) + "\n"

    def known(self, word: str) -> bool:
        """Whether something is a word and not a piece of one."""
        return len(word) >= SMALLEST and (word in self.index.numbers or word in self._synonyms.words or word in _ENDS)

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

    def related(self, word: str, sure: float = 1.0) -> dict[str, float]:
        """The word itself, compounds with it and words that begin with it."""
        found: dict[str, float] = {}
        for other in self.holding(word):
            if other == word:
                found[other] = sure
            elif other.startswith(word):
                if self._links(other[len(word) :]):
                    found[other] = sure * COMPOUND
                else:
                    found[other] = sure * BEGUN * (1 + len(word) / len(other))
            elif other.endswith(word):
                if self._linked(other[: -len(word)]):
                    found[other] = sure * COMPOUND
                elif len(word) > SHORT:
                    found[other] = sure * WITHIN
            elif len(word) > SHORT:
                found[other] = sure * WITHIN
        return found

    def _links(self, rest: str) -> bool:
        return any(rest.startswith(link) and self.known(rest[len(link) :]) for link in LINKS)

    def _linked(self, head: str) -> bool:
        return any(head.endswith(link) and self.known(head.removesuffix(link)) for link in LINKS)

    def close_to(self, word: str, length: int, unseen: set[int]) -> list[tuple[str, int]]:
        """Words that differ by a typo, with the number of edits; only the closest ones, and only what may be seen."""
        most = 0 if length < ONE_EDIT or word.isdecimal() else 1 if length < TWO_EDITS else 2
        if not most:
            return []
        found = process.extract(word, self._list, scorer=OSA.distance, score_cutoff=most, limit=GUESSES * 4)
        close = [(other, int(edits)) for other, edits, _ in found if self.index.shown(other, unseen)]
        least = min((edits for _, edits in close), default=0)
        return [(other, edits) for other, edits in close if edits == least][:GUESSES]

    def parts(self, word: str) -> list[str]:
        """The words a compound is made of, or nothing: "nachbarschaftshilf" gives "nachbarschaft" and "hilf"."""
        best: list[str] = []
        for cut in range(len(word) - SMALLEST, SMALLEST - 1, -1):
            head, tail = word[:cut], word[cut:]
            if not self.known(tail):
                continue
            for link in LINKS:
                bare = head.removesuffix(link) if link else head
                if link and bare == head:
                    continue
                if self.known(bare):
                    found = [bare, tail]
                elif len(bare) >= 2 * SMALLEST and (more := self.parts(bare)):
                    found = [*more, tail]
                else:
                    continue
                if not best or (len(found), -min(map(len, found))) < (len(best), -min(map(len, best))):
                    best = found
        return best
