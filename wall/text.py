"""Text as people write it: cleaning, folding, slugs, addresses and the tiny Markdown."""

import html
import re
import unicodedata
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pyphen import Pyphen

MAX_MARKS = 3  # combining marks kept per base character: enough for Vietnamese and Hebrew, too few for zalgo
ZWNJ, ZWJ = "\u200c", "\u200d"  # these two join emoji and shape Persian words, so they may stay inside a word
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols by category, nothing to the eye
# Latin letters, digits and the usual punctuation: nearly every card, and nothing in it to look at one by one. All of it
# is in NFC already.
PLAIN = re.compile(r"[\n -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e]*")
UNTIDY = re.compile(r" \n|\n |\n{3}")
LONG_WORD = re.compile(r"\w{14,}")
JOINT = re.compile(r"(?<=\w{3}[./_@])(?=\w{3})")  # where a word goes on behind a mark: "Engagement.Campus"
ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l"})


def clean(raw: str, *, lines: bool = False) -> str:
    """One form for all: NFC, no control, bidi or lone zero-width characters, no zalgo, single spaces.

    With `lines` paragraphs survive: at most one blank line in a row, no trailing spaces.
    """
    text = raw.replace("\r\n", "\n").strip(" \n")
    if PLAIN.fullmatch(text) and "  " not in text and ("\n" not in text or (lines and not UNTIDY.search(text))):
        return text  # nearly every field; the rest of this function takes forty times as long
    text = raw.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate becomes "?"
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not PLAIN.fullmatch(text):
        text = _visible(text, lines)
    elif not lines:
        text = text.replace("\n", " ")
    text = re.sub(rf"(?<!\S)[{ZWNJ}{ZWJ}]+|[{ZWNJ}{ZWJ}]+(?!\S)", "", text)
    text = unicodedata.normalize("NFC", re.sub(r" {2,}", " ", text))  # letters and marks may have met only now
    if lines:
        text = re.sub(r" *\n *", "\n", text)
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text.strip()


def _visible(text: str, lines: bool) -> str:
    """Without what cannot be seen, with at most MAX_MARKS marks on a letter and one kind of space."""
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif category[0] != "C":  # what cannot be seen does not part a letter from its marks
            marks = 0
        if char == "\n" or char == "\t":
            kept.append(char if lines and char == "\n" else " ")
        elif category in ("Zl", "Zp"):
            kept.append("\n" if lines else " ")
        elif category == "Zs":
            kept.append(" ")
        elif category[0] == "C" and char not in (ZWNJ, ZWJ):
            continue
        else:
            kept.append(char)
    return "".join(kept)


def readable(text: str) -> bool:
    """Whether at least one letter, digit or symbol can be seen."""
    return any(unicodedata.category(char)[0] in "LNS" and char not in BLANK for char in text)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents; ä becomes ae and ß becomes ss, as German sorts and searches."""
    text = unicodedata.normalize("NFC", text).lower().translate(GERMAN)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.lower().translate(GERMAN)  # what was hidden under an accent or in a symbol: Ǽ, ℡


def slug(text: str, *, longest: int = 48) -> str:
    """An address part: `Bündnis für Grünau!` becomes `buendnis-fuer-gruenau`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:longest].strip("-")


@lru_cache(maxsize=2)
def hyphens(language: str) -> Pyphen:
    """Where words of a language may be divided; reading the patterns takes most of a second, once a process."""
    found = Pyphen(lang={"de": "de_DE", "en": "en_GB"}[language], left=4, right=4)
    # 66,000 patterns, and only 2,500 different values: kept once each, they take 8 MB less.
    values: dict[object, object] = {}
    found.hd.patterns = {pattern: values.setdefault(value, value) for pattern, value in found.hd.patterns.items()}
    return found


@lru_cache(maxsize=16384)
def soft(text: str, language: str) -> str:
    """Where long words may be divided: not every browser knows how to for "Arbeitsgemeinschaft".

    Soft hyphens, and behind a mark within a word a space without width.
    """
    return LONG_WORD.sub(lambda found: hyphens(language).inserted(found[0], "\u00ad"), JOINT.sub("\u200b", text))


_markdown = MarkdownIt("zero", {"breaks": True, "linkify": False}).enable(
    ["paragraph", "emphasis", "list", "link", "newline", "escape", "entity", "autolink"]
)
ENTITY = re.compile(r"(?<!\\)&(?:#(?:x[0-9a-f]{1,6}|\d{1,7})|[a-z]\w{1,30});", re.IGNORECASE)
_TAGS = {"p", "em", "strong", "ul", "ol", "li", "a", "br"}


def _cleaned(text: str) -> str:
    """The tiny Markdown without signs that `clean` would take away, written as entities: `&#x202e;`."""
    return ENTITY.sub(lambda found: found[0] if clean(f"a{html.unescape(found[0])}a") != "aa" else "", text)


def parsed(text: str) -> list[Token]:
    """The tiny Markdown as markdown-it's tokens, links not yet held to our schemes."""
    return _markdown.parse(_cleaned(text))


@lru_cache(maxsize=8192)
def markdown(text: str) -> str:
    """The tiny Markdown as safe HTML: paragraphs, emphasis, lists and links to http(s) and mailto, nothing else."""
    return nh3.clean(
        _markdown.render(_cleaned(text)),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener noreferrer",
    )


def spoken(url: str) -> str:
    """An address as people read it aloud: without scheme and trailing slash."""
    return url.split("://", 1)[-1].rstrip("/")


def shortened(text: str, most: int) -> str:
    """The text, or its first words and an ellipsis: at most so many characters."""
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rpartition(' ')[0] or text[: most - 2]} …"


def plain(text: str) -> str:
    """What the tiny Markdown says, without its marks and nothing escaped: for previews, attributes, other formats."""
    bare = nh3.clean(markdown(text).replace("</p>", " "), tags=set())
    return re.sub(r"\s+", " ", html.unescape(bare)).strip()


def address_of(text: str) -> str:
    """An e-mail address as we keep and compare it, or '' for what is none."""
    text = text.strip().lower()
    name, _, host = text.rpartition("@")
    if not host.isascii():
        try:
            text = f"{name}@{host.encode('idna').decode()}"
        except UnicodeError:
            return ""
    good = len(text) <= 254 and ADDRESS.fullmatch(text) and not text.startswith(".") and ".." not in text
    return text if good and ".@" not in text else ""
