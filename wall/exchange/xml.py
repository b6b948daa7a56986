"""XML as bytes: elements with texts in them, every text escaped, nothing in it that XML cannot hold."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def root(name: str, namespace: str, **attributes: str) -> Element:
    return Element(name, {"xmlns": namespace} | attributes)


def put(parent: Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> Element:
    """A new element at the end of `parent`."""
    given = {key: IMPOSSIBLE.sub("", value) for key, value in (attributes or {}).items()}
    made = SubElement(parent, name, given)
    if text:
        made.text = IMPOSSIBLE.sub("", text)
    return made


def written(element: Element) -> bytes:
    content: bytes = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return content
