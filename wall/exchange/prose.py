"""The tiny Markdown as nodes of plain data, for formats that are not HTML."""

from typing import Any
from urllib.parse import urlsplit

from markdown_it.tree import SyntaxTreeNode

from wall.text import parsed

Node = dict[str, Any]
SCHEMES = ("http", "https", "mailto")


def blocks(text: str) -> list[Node]:
    """`{"t": "p", "c": [inline]}`, `{"t": "ul", "items": [[block]]}` and `{"t": "ol", "start": n, "items": …}`."""
    return [node for child in SyntaxTreeNode(parsed(text)).children for node in _block(child)]


def _block(node: SyntaxTreeNode) -> list[Node]:
    if node.type == "paragraph":
        return [{"t": "p", "c": [leaf for child in node.children for leaf in _inline(child)]}]
    if node.type in ("bullet_list", "ordered_list"):
        items = [[block for child in item.children for block in _block(child)] for item in node.children]
        ordered = node.type == "ordered_list"
        return [{"t": "ol", "start": int(node.attrs.get("start", 1)), "items": items} if ordered else _list(items)]
    return []


def _list(items: list[list[Node]]) -> Node:
    return {"t": "ul", "items": items}


def _inline(node: SyntaxTreeNode) -> list[Node]:
    if node.type in ("text", "text_special"):
        return [{"t": "text", "v": node.content}]
    if node.type in ("softbreak", "hardbreak"):
        return [{"t": "br"}]
    children = [leaf for child in node.children for leaf in _inline(child)]
    if node.type in ("em", "strong"):
        return [{"t": node.type, "c": children}]
    if node.type == "link":
        href = str(node.attrs.get("href", ""))
        return [{"t": "link", "href": href, "c": children}] if urlsplit(href).scheme in SCHEMES else children
    return children
