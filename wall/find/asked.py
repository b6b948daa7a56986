"""What somebody typed into the search field, read: words, phrases in quotes, and what shall not be there."""

import re
from dataclasses import dataclass

from wall.find.roots import root, silent, words_in

MOST = 8  # different words of a question that are looked for
LONGEST = 60  # letters of a word
_QUOTES = str.maketrans(dict.fromkeys("„“”«»″", '"'))
_PART = re.compile(r'(?<!\S)(-?)"([^"]*)"|(?<!\S)-(?=[^\W_])(\S+)|([^\s"]+|")')


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed, and its root."""

    typed: str
    root: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: every word, every phrase, and nothing of what is `without`."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.without)


def read(text: str) -> Asked:
    """The question in a text. Words that say nothing are left out, unless there are no others."""
    words: list[Word] = []
    phrases: list[tuple[str, ...]] = []
    without: list[tuple[str, ...]] = []
    for minus, phrase, unwanted, word in _PART.findall(text.translate(_QUOTES)):
        if phrase or unwanted:
            roots = tuple(root for _, _, root in words_in(phrase or unwanted))[:MOST]
            if roots:
                (without if minus or unwanted else phrases).append(roots)
        else:
            words += [
                Word(word[start:end][:LONGEST], root(word[start:end][:LONGEST])) for start, end, _ in words_in(word)
            ]
    telling = [word for word in words if not silent(word.typed)]
    if not telling and not phrases:
        telling = words
    return Asked(tuple(dict.fromkeys(telling))[:MOST], tuple(phrases[:MOST]), tuple(without[:MOST]))
