"""Templates: one Jinja environment, the card fragments it draws, and what all templates may use."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

from babel.dates import format_date, format_time
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wall.model import dates
from wall.model.alive import is_stale
from wall.model.audience import Role
from wall.model.card import Card
from wall.model.flags import Watch, default_watch
from wall.model.meeting import today
from wall.model.meeting_said import kept_as, said_of, short_date
from wall.model.meeting_words import coming
from wall.model.picture import Picture
from wall.model.types import ZONE, now
from wall.model.wall import Wall
from wall.text import markdown, plain, soft, spoken
from wall.web.assets import Assets
from wall.web.versions import version_of
from wall.words import words

MODULES = Markup("<!--modules-->")
KEPT_CARDS = 10_000  # with a fragment for each audience


def date_of(language: str) -> Callable[[datetime | date], str]:
    return lambda value: format_date(dates.local(value), "medium", locale=language)


def clock(language: str) -> Callable[[datetime], str]:
    return lambda value: format_time(value, "short", tzinfo=ZONE, locale=language)


def qr(url: str) -> Markup:
    """A QR code as inline SVG, its colours are the stylesheet's."""
    import segno  # with the first code that is drawn: it takes 1 MB

    code = segno.make(url, error="m", boost_error=False)
    svg = code.svg_inline(border=2, svgclass="qr", lineclass=None, omitsize=True)
    return Markup(svg)  # noqa: S704 - segno draws it, the text is only modules


class Drawing:
    """Renders templates; keeps the card fragments that pages and frames are joined from."""

    def __init__(self, assets: Assets, base_url: str, watch: Watch | None = None) -> None:
        self._environment = Environment(
            loader=PackageLoader("wall", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {
            "asset": assets.url,
            "stylesheet": assets.stylesheet,
            "importmap": Markup(assets.importmap),  # noqa: S704 - made of our own file names
            "modules": MODULES,
            "release": assets.release,
            "base_url": base_url.rstrip("/"),
            "webcal": "webcal" + base_url.rstrip("/").removeprefix("https").removeprefix("http"),
            "markdown": lambda text: Markup(markdown(text)),  # noqa: S704 - sanitised by nh3
            "plain": plain,
            "soft": soft,
            "qr": qr,
            "short": spoken,
            "version_of": version_of,
            "picture_named": Picture.named,
            "stale": lambda wall, card: is_stale(wall, card, now()),
            "flags": (watch or default_watch()).flags,
            "coming": lambda card: coming(card, today()),
        }
        self._modules = assets.modules
        self._fragments: dict[str, dict[tuple[str, ...], tuple[Any, Markup]]] = {}

    def page(self, name: str, language: str, wall: Wall | None = None, **context: Any) -> str:
        """A whole page in one language and the wall's form of address."""
        drawn = self._environment.get_template(name).render(self._tongue(language, wall) | {"wall": wall} | context)
        # Which elements a page has is known once it is drawn; what they need is then fetched all at once.
        links = "".join(f'<link rel="modulepreload" href="{url}">' for url in self._modules(drawn))
        return drawn.replace(MODULES, links, 1)

    def card(self, wall: Wall, card: Card, role: Role, language: str, theirs: frozenset[str] | None = None) -> str:
        """The partial _card.html: the same in pages and in frames.

        A moderator of some sections, `theirs`, is offered to move it to these.
        """
        sections: tuple[tuple[str, str], ...] = ()
        if role == "moderator":
            sections = tuple((s.id, s.name) for s in wall.sections if theirs is None or s.id in theirs)
        grey = is_stale(wall, card, now())
        following = coming(card, today())
        state = (card.revision, wall.epoch, wall.address, wall.hue(card.kind), sections, grey, following)
        key = (role, language) if theirs is None or not sections else (role, language, *sorted(theirs))
        return self._fragment("_card.html", wall, card, key, state, audience=role, sections=sections)

    def row(self, wall: Wall, card: Card, section: str, language: str) -> str:
        """The partial _row.html: a card in the table."""
        state = (card.revision, wall.epoch, wall.address, wall.hue(card.kind), section, coming(card, today()))
        return self._fragment("_row.html", wall, card, ("row", language), state, section=section)

    def _fragment(
        self, name: str, wall: Wall, card: Card, key: tuple[str, ...], state: tuple[object, ...], **more: Any
    ) -> Markup:
        """A partial about one card, drawn anew only where what it shows has changed."""
        kept = self._fragments.get(card.id, {}).get(key)
        if kept is not None and kept[0] == state:
            return kept[1]
        context = self._tongue(key[1], wall) | {"wall": wall, "card": card} | more
        drawn = self._environment.get_template(name).render(context)
        fragment = Markup(drawn.strip())  # noqa: S704 - drawn with autoescape
        if card.id not in self._fragments and len(self._fragments) >= KEPT_CARDS:
            self._fragments.clear()
        self._fragments.setdefault(card.id, {})[key] = (state, fragment)
        return fragment

    def frame(self, wall: Wall, url: str, height: int) -> str:
        """The HTML by which another site shows a wall in a frame."""
        drawn: Any = self._environment.get_template("_frame.html").module  # a module has its macros by their names
        return str(drawn.frame(wall, url, height))

    def forget(self, card_id: str) -> None:
        """Let go of a card's fragments: it was erased, or nobody has its wall open."""
        self._fragments.pop(card_id, None)

    @staticmethod
    def _tongue(language: str, wall: Wall | None) -> dict[str, Any]:
        t = words(language, wall.address if wall is not None else "sie")
        return {
            "lang": language,
            "t": t,
            "meets": lambda card: card.meeting or said_of(t, card),
            "said": lambda card: kept_as(t, card.schedule),
            "short_day": lambda day: short_date(day, language, near=today()),
            "day": partial(dates.day, language=language),
            "date": date_of(language),
            "month": partial(dates.month, language=language),
            "clock": clock(language),
        }
