"""The words of a text and the root of each: one for all spellings and endings, German and English alike."""

import re
from collections.abc import Iterator
from functools import lru_cache

from wall.find.names import SAID_ASKING, SILENT, stem
from wall.text import fold

# "Bürger:innen" is one word, and so is "e.V."; soft hyphens stand inside names.
WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}[^\W\d_]?(?![^\W_])|[^\W_](?:[^\W_]|\u00ad)*(?:[:*·/]in(?:nen)?(?![^\W_]))?", re.UNICODE
)
_LINK = re.compile(r"https?://\S+|www\.\S+")

_SIGNS = re.compile(r"(?<!\S)[^\W_]+(?:[^\w\s/-][^\W_]+)+", re.UNICODE)
# Endings that make another word of one, as roots have them.
KIN = ("lich", "isch", "heit", "keit", "ismu", "ist", "ung", "ell", "iv", "io", "ig", "ik", "i", "t")
SHORTEST_KIN = 5  # letters that words of one family have in common


@lru_cache(maxsize=65536)
def root(word: str) -> str:
    """What is left of a word as somebody wrote it: "Gärten", "garten" and "Gaerten" become one, "Families" too."""
    return root_of_folded("".join(char for char in fold(word) if char.isalnum()))


@lru_cache(maxsize=65536)
def root_of_folded(word: str) -> str:
    if len(word) > 5 and word.endswith("str"):
        word += "asse"
    if len(word) > 6 and word.endswith(("ing", "ings")):
        word = word.rstrip("s")[:-3]
    elif len(word) > 7 and word.endswith("erin"):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("y"):
        word = word[:-1] + "i"
    return stem(word)


@lru_cache(maxsize=65536)
def kin(word: str) -> frozenset[str]:
    """A root, and what is left of it without an ending that makes another word of one: "behinderung", "behindert"."""
    ending = next((ending for ending in KIN if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_KIN), "")
    return frozenset((word, word.removesuffix(ending)))


def words_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Where every word begins and ends, and its root."""
    for found in WORD.finditer(text):
        word = root(found[0])
        if word:
            yield found.start(), found.end(), word


def roots_in(text: str) -> list[str]:
    """The roots of a text in order, without those of addresses in it; then those of words with signs inside.

    "weis(s)e" and "L.eipzig" are found as "weisse" and "leipzig", too.
    """
    if "://" in text or "www." in text:
        text = _LINK.sub(" ", text)
    found = [word for found in WORD.findall(text) if (word := root(found))]
    return found + [word for found in _SIGNS.findall(text) if (word := root(found))]


def silent(word: str) -> bool:
    """Whether a word of a question says nothing about what is looked for."""
    folded = fold(word).replace(".", "")
    return folded in SILENT or folded in SAID_ASKING
