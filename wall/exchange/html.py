"""HTML that other services keep as a card's text, reduced to the tiny Markdown; nothing it points to is fetched."""

import html
import re
from html.parser import HTMLParser

from wall.text import plain, shortened

TAG = re.compile(r"</?(?:p|br|div|span|a|ul|ol|li|b|i|u|em|strong|h[1-6]|blockquote|table|img|figure)\b[^<>]*>", re.I)
SKIPPED = ("script", "style", "head", "title", "template", "svg", "math", "object", "noscript", "iframe", "video")
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
DEEPEST = 30  # elements open within each other; every paragraph closes and opens all of them
INLINE = ("span", "u", "s", "small", "mark", "sub", "sup", "code", "font", "label", "abbr", "img", "input")
# What the tiny Markdown would take for more than words.
MEANING = re.compile(r"\\(?=[!-/:-@\[-`{-~])|\*|(?<!\w)_|_(?!\w)|\[(?=[^\]\n]*\]\()|<(?=[a-z/])|&(?=#?\w+;)", re.I)
BEGINS = re.compile(r"^(?:[-+](?=\s)|(\d{1,9})(?=[.)]\s))")
TARGET = re.compile(r"(?:https?://|mailto:)[^\s<>()\\]+", re.I)


class Reducer(HTMLParser):
    """Gathers blocks of tiny Markdown while it is fed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, str]] = []  # what it begins with ("", "- ", "1. "), and its words
        self._open: list[tuple[str, str, list[str]]] = [("", "", [])]  # tag, what it ends with, parts
        self._lists: list[int] = []  # the number of the last item; -1 in a list without numbers
        self._prefix = ""
        self._skipping = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipping or tag in SKIPPED:
            self._skipping = self._skipping or tag
        elif tag == "br":
            self._open[-1][2].append("\n")
        elif tag in MARKS or tag == "a":
            if len(self._open) < DEEPEST:
                self._open.append((tag, MARKS.get(tag) or (dict(attrs).get("href") or "").strip(), []))
        elif tag not in INLINE:
            self._end_block()
            if tag in ("ul", "ol"):
                self._lists.append(0 if tag == "ol" else -1)
            elif tag == "li":
                self._begin_item()
            elif tag in ("h1", "h2", "h3", "h4", "h5", "h6") and len(self._open) < DEEPEST:
                self._open.append((tag, "**", []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" and not self._skipping:
            self._open[-1][2].append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            self._skipping = "" if tag == self._skipping else self._skipping
        elif any(tag == name for name, _, _ in self._open[1:]):
            while self._close() != tag:
                pass
            if tag[0] == "h":
                self._end_block()
        elif tag not in INLINE and tag not in MARKS and tag != "a":
            self._end_block()
            if tag in ("ul", "ol") and self._lists:
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            words = re.sub(r"\s+", " ", data)
            self._open[-1][2].append(MEANING.sub(r"\\\g<0>", words))

    def close(self) -> None:
        super().close()
        self._end_block()

    def _begin_item(self) -> None:
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            self._prefix = f"{self._lists[-1]}. "
        else:
            self._prefix = "- "

    def _close(self) -> str:
        """End the innermost open element: spaces go out of it, or its marks would not count."""
        tag, end, parts = self._open.pop()
        inner = "".join(parts)
        words = inner.strip()
        before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        if not words:
            self._open[-1][2].append(inner)
        elif tag != "a":
            inside = any(end == other for _, other, _ in self._open)  # marks within the same marks
            self._open[-1][2].extend([before, words if inside or "\n\n" in words else f"{end}{words}{end}", after])
        elif TARGET.fullmatch(end):
            bare = words in (end, end.removeprefix("mailto:"))
            self._open[-1][2].extend([before, f"<{end}>" if bare else f"[{words}]({end})", after])
        else:
            self._open[-1][2].extend([before, words, after])
        return tag

    def _end_block(self) -> None:
        """End the paragraph; what was open goes on in the next one."""
        again = [(tag, end) for tag, end, _ in self._open[1:]]
        while len(self._open) > 1:
            self._close()
        words = re.sub(r" *\n *", "\n", "".join(self._open[0][2])).strip()
        if words:
            escaped = "\n".join(map(_not_a_list, words.split("\n")))
            self.blocks.append((self._prefix, escaped))
            self._prefix = ""
        self._open = [("", "", []), *((tag, end, []) for tag, end in again)]


def _not_a_list(line: str) -> str:
    return BEGINS.sub(lambda found: f"{found[1]}\\" if found[1] else f"\\{found[0]}", line)


def is_html(text: str) -> bool:
    return TAG.search(text) is not None


def reduced(text: str) -> str:
    """The paragraphs, emphasis, lists and links of a piece of HTML as tiny Markdown; all else is left out."""
    reducer = Reducer()
    reducer.feed(text)
    reducer.close()
    lines: list[str] = []
    before = ""
    for prefix, words in reducer.blocks:
        if lines and not (prefix and before):
            lines.append("")
        lines.append(prefix + words)
        before = prefix
    return "\n".join(lines)


def words_of(text: str) -> str:
    """A text that may be HTML or plain, as tiny Markdown."""
    return reduced(text) if is_html(text) else html.unescape(text)


def first_words(text: str) -> str:
    """A name for what has none: how its tiny Markdown begins."""
    return shortened(plain(next((line for line in text.splitlines() if line.strip()), "")), 80)
