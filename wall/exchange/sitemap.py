"""Sitemaps: the public walls and their cards for search engines, in parts where there are many."""

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from wall.exchange import xml

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PART = 2_000  # addresses in one part; 50,000 are allowed, but the database is asked for a part at once


def addresses(found: Iterable[tuple[str, datetime | None]]) -> bytes:
    """A part: addresses with when they changed last."""
    root = xml.root("urlset", NAMESPACE)
    for address, changed in found:
        _entry(root, "url", address, changed)
    return xml.written(root)


def index(parts: Iterable[str]) -> bytes:
    """The list of the parts."""
    root = xml.root("sitemapindex", NAMESPACE)
    for address in parts:
        _entry(root, "sitemap", address, None)
    return xml.written(root)


def _entry(root: Element, name: str, address: str, changed: datetime | None) -> None:
    entry = xml.put(root, name)
    xml.put(entry, "loc", address)
    if changed is not None:
        xml.put(entry, "lastmod", f"{changed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
