"""Words that mean nearly the same, from a list people can read and extend."""

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from wall.find.roots import roots_in

Roots = tuple[str, ...]  # of one word, or of several that belong together


class Synonyms:
    """Reads lines of words with commas between; `-word` takes one out of all lines before."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        groups: list[dict[Roots, None]] = []
        for line in [*_ours(), *lines]:
            line = line.partition("#")[0].strip()
            if line.startswith("-"):
                gone = tuple(roots_in(line[1:]))
                for group in groups:
                    group.pop(gone, None)
            elif line:
                groups.append(dict.fromkeys(found for word in line.split(",") if (found := tuple(roots_in(word)))))
        self._others: dict[Roots, dict[Roots, None]] = {}
        for group in groups:
            for word in group:
                self._others.setdefault(word, {}).update(group)
        self.longest = max(map(len, self._others), default=1)
        self.words = frozenset(word for words in self._others for word in words)

    def of(self, words: Roots) -> list[Roots]:
        """What else may be meant."""
        return [other for other in self._others.get(words, ()) if other != words]

    def __contains__(self, words: Roots) -> bool:
        return words in self._others


def _ours() -> list[str]:
    return files("wall.find").joinpath("synonyms.txt").read_text("utf-8").splitlines()


@lru_cache(maxsize=1)
def default_synonyms() -> Synonyms:
    """The package's own list."""
    return Synonyms()
