"""Shows in drawn cards what they were found by: <mark> around words, and a line of text where none would be seen."""

import re

from markupsafe import Markup, escape

from wall.find.index import MEMBERS, TEXT, fields_of
from wall.find.roots import WORD, root, words_in
from wall.model.card import Card
from wall.text import plain

BEFORE, AFTER = 60, 140  # letters around the first word found
# The parts of _card.html that people read; its tools and what only screen readers say are left alone.
_READ = re.compile(
    r'(<(p|h3|li|span) class="(?:card__(?:kind|name|meeting|text|place)|chip)"[^>]*>)(.*?)(</\2>)', re.DOTALL
)
_TEXT = re.compile(r"(?<=>)[^<]+|^[^<]+")
_ENTITY = re.compile(r"(&#?\w+;)")


def marked(fragment: str, card: Card, roots: frozenset[str]) -> Markup:
    """A drawn card with every word of these roots marked; with a line more where it would not show any."""
    found = False

    def word(match: re.Match[str]) -> str:
        nonlocal found
        if root(match[0]) not in roots:
            return match[0]
        found = True
        return f"<mark>{match[0]}</mark>"

    def text(match: re.Match[str]) -> str:
        pieces = _ENTITY.split(match[0])
        return "".join(piece if n % 2 else WORD.sub(word, piece) for n, piece in enumerate(pieces))

    drawn = _READ.sub(lambda part: part[1] + _TEXT.sub(text, part[3]) + part[4], fragment)
    if not found and (why := snippet(card, roots)):
        head, end, tail = drawn.rpartition("</article>")
        drawn = f'{head}<p class="card__hit">{why}</p>{end}{tail}'
    return Markup(drawn)  # noqa: S704 - a fragment drawn with autoescape, and our own tags


def snippet(card: Card, roots: frozenset[str]) -> Markup:
    """The first place in the texts of a card where one of these roots stands, with the words around it; '' for none."""
    for field, text in fields_of(card):
        if field not in (TEXT, MEMBERS):
            continue
        text = plain(text)
        at = next((start for start, _, word in words_in(text) if word in roots), None)
        if at is not None:
            return _around(text, at, roots)
    return Markup()


def highlighted(text: str, roots: frozenset[str]) -> Markup:
    """A line of text, escaped, with every word of these roots marked."""
    return _marked(text, 0, len(text), roots)


def _around(text: str, at: int, roots: frozenset[str]) -> Markup:
    start = 0 if at <= BEFORE else text.find(" ", at - BEFORE) + 1
    end = len(text) if len(text) <= at + AFTER else text.rfind(" ", at, at + AFTER)
    end = end if end > at else at + AFTER
    return escape("… " if start else "") + _marked(text, start, end, roots) + (" …" if end < len(text) else "")


def _marked(text: str, start: int, end: int, roots: frozenset[str]) -> Markup:
    """A part of a text, escaped, its words of these roots marked."""
    found, here = Markup(), start
    for first, last, word in words_in(text):
        if start <= first and last <= end and word in roots:
            found += escape(text[here:first]) + Markup("<mark>{}</mark>").format(text[first:last])
            here = last
    return found + escape(text[here:end])
