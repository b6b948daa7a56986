"""Atom (RFC 4287): what was new or changed on a wall, or among the cards of a filter, newest first."""

from datetime import UTC
from urllib.parse import urlsplit

from wall.exchange import xml
from wall.exchange.portion import Portion
from wall.text import markdown, plain
from wall.words import Words

NAMESPACE = "http://www.w3.org/2005/Atom"
MOST = 50  # entries that a feed needs
XHTML_LABELS = ("meeting", "offers", "seeks")


def write(portion: Portion, t: Words, here: str, page: str, about: str = "") -> bytes:
    """The feed of some cards, newest change first, at `here`; `page` shows them, `about` says what was asked for."""
    wall = portion.wall
    newest = portion.cards
    feed = xml.root("feed", NAMESPACE, **{"xml:lang": wall["language"]})
    founded = portion.founded.astimezone(UTC)
    xml.put(feed, "title", " · ".join(filter(None, (about, wall["title"]))))
    if wall["intro"]:
        xml.put(feed, "subtitle", plain(wall["intro"]))
    wanted = here.partition("?")[2]
    tag = _tag(portion, f"{founded:%Y-%m-%d}", f"w/{wall['slug']}")
    xml.put(feed, "id", f"{tag}?{wanted}" if wanted else tag)
    xml.put(feed, "updated", newest[0]["changed_at"] if newest else f"{founded:%Y-%m-%dT%H:%M:%SZ}")
    xml.put(xml.put(feed, "author"), "name", wall["title"])
    xml.put(feed, "link", attributes={"rel": "self", "type": "application/atom+xml", "href": here})
    xml.put(feed, "link", attributes={"rel": "alternate", "type": "text/html", "href": page})
    for card in newest:
        entry = xml.put(feed, "entry")
        xml.put(entry, "title", card["name"])
        xml.put(entry, "id", _tag(portion, card["created_at"][:10], f"card/{card['id']}"))
        xml.put(entry, "published", card["created_at"])
        xml.put(entry, "updated", card["changed_at"])
        xml.put(entry, "link", attributes={"rel": "alternate", "type": "text/html", "href": portion.address_of(card)})
        for topic in (card["kind"], *card["topics"]):
            xml.put(entry, "category", attributes={"term": topic})
        summary = " · ".join(filter(None, (card["kind"], card["meeting"], plain(card["description"])[:280])))
        xml.put(entry, "summary", summary)
        parts = [markdown(card["description"])] if card["description"] else []
        parts += [
            f"<p><strong>{t(f'column.{name}')}</strong></p>{markdown(card[name])}"
            for name in XHTML_LABELS
            if card[name]
        ]
        if parts:
            xml.put(entry, "content", "".join(parts), {"type": "html"})
    return xml.written(feed)


def _tag(portion: Portion, day: str, what: str) -> str:
    """A name for good (RFC 4151): of this host, on a day when it was ours."""
    return f"tag:{urlsplit(portion.base).hostname or 'localhost'},{day}:{what}"
