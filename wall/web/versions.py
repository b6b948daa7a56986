"""The versions of a card's text: as it was written, in English, and in Leichte Sprache; people write all of them."""

from dataclasses import dataclass
from typing import Literal

from wall.model.card import Card
from wall.model.wall import Wall

Version = Literal["original", "english", "easy"]


@dataclass(frozen=True, slots=True)
class Text:
    """One version: its words, and the language they are in."""

    version: Version
    words: str
    lang: str


def version_of(wall: Wall, card: Card, language: str, wanted: str = "") -> Text:
    """The version somebody asked for, else the one in the page's language, else what the author wrote first."""
    if wanted == "easy" and card.easy:
        return Text("easy", card.easy, "de")
    if card.english and (wanted == "english" or (wanted != "original" and language == "en" != wall.language)):
        return Text("english", card.english, "en")
    return Text("original", card.description, wall.language)


def versions_of(card: Card) -> list[Version]:
    """The versions there are, in order."""
    found: list[Version] = ["original"]
    if card.english:
        found.append("english")
    if card.easy:
        found.append("easy")
    return found
