"""JSON-LD (schema.org): a card as search engines and other programs understand it."""

from collections.abc import Sequence
from typing import Any

import orjson
from markupsafe import Markup

from wall.exchange.portion import Portion
from wall.model.picture import Picture
from wall.text import fold, plain

EVENTS = ("veranstaltung", "event")  # kinds, folded
# Inside of a page: nothing that could end the script, begin another or a comment, or part lines for old parsers.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def of_card(portion: Portion, card: dict[str, Any], dates: Sequence[str] = (), place: str = "") -> dict[str, Any]:
    """The page of a card, and the network or event that it is about; `dates` are when it meets next, in ISO 8601."""
    wall, address = portion.wall, portion.address_of(card)
    is_event = fold(card["kind"]) in EVENTS
    about = _event(portion, card) if is_event else _organisation(portion, card)
    meetings = [_meeting(portion, card, date, place) for date in dates]
    if meetings:
        about |= meetings[0] | about if is_event else {"event": meetings}
    picture = Picture.named(card["image"])
    if picture is not None:
        url = f"{address}/image/{card['image']}/{picture.widths[-1]}.webp"
        about["image"] = {"@type": "ImageObject", "url": url, "caption": card["image_alt"]}
    page = {
        "@type": "WebPage",
        "@id": address,
        "url": address,
        "name": card["name"],
        "inLanguage": wall["language"],
        "datePublished": card["created_at"],
        "dateModified": card["changed_at"],
        "isPartOf": {"@type": "CollectionPage", "@id": portion.address, "name": wall["title"]},
        "mainEntity": {"@id": about["@id"]},
    }
    if card["confirmed_at"]:
        page["lastReviewed"] = card["confirmed_at"]
    return {"@context": "https://schema.org", "@graph": [page, about]}


def _common(portion: Portion, card: dict[str, Any], kind: str) -> dict[str, Any]:
    about: dict[str, Any] = {"@type": kind, "@id": f"{portion.address_of(card)}#about", "name": card["name"]}
    if card["description"]:
        about["description"] = plain(card["description"])
    about["url"] = card["website"] or portion.address_of(card)
    if card["topics"]:
        about["keywords"] = card["topics"]
    return about


def _places(portion: Portion, card: dict[str, Any]) -> list[dict[str, str]]:
    names = card["districts"] or [portion.wall["place"]]
    return [{"@type": "Place", "name": name} for name in names if name]


def _organisation(portion: Portion, card: dict[str, Any]) -> dict[str, Any]:
    about = _common(portion, card, "Organization")
    about["additionalType"] = card["kind"]
    if places := _places(portion, card):
        about["areaServed"] = places
    if card["members"]:
        about["member"] = [{"@type": "Organization", "name": name} for name in card["members"]]
    if card["offers"]:
        about["makesOffer"] = {"@type": "Offer", "description": plain(card["offers"])}
    if card["seeks"]:
        about["seeks"] = {"@type": "Demand", "description": plain(card["seeks"])}
    return about


def _meeting(portion: Portion, card: dict[str, Any], date: str, place: str) -> dict[str, Any]:
    where = place or portion.wall["place"]
    at = {"location": {"@type": "Place", "name": where}} if where else {}
    return {"@type": "Event", "name": card["name"], "startDate": date, "url": portion.address_of(card)} | at


def _event(portion: Portion, card: dict[str, Any]) -> dict[str, Any]:
    about = _common(portion, card, "Event")
    if places := _places(portion, card):
        about["location"] = places
    if card["members"]:
        about["organizer"] = [{"@type": "Organization", "name": name} for name in card["members"]]
    return about


def script(data: dict[str, Any]) -> Markup:
    """The data as it may stand in a script element of a page."""
    text = orjson.dumps(data).decode()
    for char, escape in UNSAFE.items():
        text = text.replace(char, escape)
    return Markup(text)  # noqa: S704 - nothing in it can end the element
