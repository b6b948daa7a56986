"""What about a card deserves a second look, and why: hints for people, never a verdict."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from wall.model.card import CardContent

PROSE = ("name", "description", "meeting", "offers", "seeks", "english", "easy")
AT = r"(?:@|[(\[] ?(?:at|ät) ?[)\]])"
WRITTEN_AT = re.compile(r"[(\[] ?(?:at|ät) ?[)\]]", re.IGNORECASE)
DOT = r"(?:\.|[(\[] ?(?:dot|punkt) ?[)\]])"
MAIL = re.compile(rf"[\w.+%-] ?{AT} ?[\w-]{{1,63}}(?: ?{DOT} ?[\w-]{{1,63}}){{1,4}}", re.IGNORECASE)
# +49 341 …, 0341 / …, (0170) …: at least seven digits, and no dates, years, hours or postal codes. It starts with a set
# of characters, because then the search skips to them.
PHONE = re.compile(
    r"[+0(](?<![\w.,/-][+0(])(?:(?<=\+)\d{1,3}|(?<=0)(?:0[1-9]\d|[1-9]\d{1,4})|(?<=\()0\d{2,5}\)?)"
    r"(?:[ \u00a0/()–-]{0,3}\d){5,13}(?![\w.]\w)"
)
ZERO = re.compile(r"0(?<![\w.,/-]0)\d")  # in every number without a plus, and found at the pace of a single character
LINK = re.compile(r"https?://([^\s/)>\]]+)|\bwww\.[^\s/)>\]]+", re.IGNORECASE)
SHORTENERS = frozenset(
    (
        "bit.ly",
        "t.co",
        "tinyurl.com",
        "goo.gl",
        "is.gd",
        "ow.ly",
        "buff.ly",
        "cutt.ly",
        "rb.gy",
        "t.ly",
        "tiny.cc",
        "s.id",
    )
)
MANY_LINKS = 3
PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
SPELLINGS = {"ae": "(?:ae|ä)", "oe": "(?:oe|ö)", "ue": "(?:ue|ü)", "ss": "(?:ss|ß)"}

# In small letters, and every byte that is no ASCII letter, digit or underscore as a blank: each one of an umlaut, too.
BARE = (
    bytes(range(256)).lower().translate(bytes(byte if re.match(rb"\w", bytes([byte])) else 32 for byte in range(256)))
)
KEPT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_äöüß")
ODD = ("\u212a", "İ", "ẞ")  # whose small letters are KEPT, with bytes of another number


@dataclass(frozen=True, slots=True)
class Flag:
    """One hint: `code` names the sentence `flag.<code>`, `field` where it was found, `found` what."""

    code: str
    field: str = ""
    found: str = ""


class Watch:
    """Knows the words to look twice at. `holds` is asked of every pin, so it is two or three scans of the text."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        words: dict[str, None] = {}
        for line in [*_ours(), *lines]:
            word = line.partition("#")[0].strip().lower()
            if word.startswith("-"):
                words.pop(word[1:].strip(), None)
            elif word:
                words[word] = None
        self._words = re.compile(rf"\b(?:{_tree(words)})(?!\w)" if words else r"(?!)")
        # a word that begins otherwise, or whose capitals may have bytes of another number, is not looked for in bytes
        plain = all(word[0] in KEPT and not any(c.isalpha() and c not in KEPT for c in word) for word in words)
        self._starts = _starts(words) if plain else None

    def _word(self, text: str) -> re.Match[str] | None:
        """The first listed word in a text. Whether one may be there is seen from its bytes, in a third of the time."""
        if self._starts is not None and not (ODD[0] in text or ODD[1] in text or ODD[2] in text):
            bare = b" " + text.encode("utf-8", "replace").translate(BARE)
            if self._starts.search(bare) is None:
                return None
        return self._words.search(text.lower())

    def word_in(self, text: str) -> str:
        """The first listed word in a text, in lower case; '' if there is none."""
        found = self._word(text)
        return found[0] if found else ""

    def holds(self, content: CardContent) -> bool:
        """Whether somebody should look at this before everybody sees it: insults, spam, addresses and numbers."""
        text = "\n".join((content.name, content.description, content.meeting, content.offers, content.seeks))
        text = "\n".join((text, content.english, content.easy, *content.topics, *content.members))
        if content.schedule is not None:
            text = f"{text}\n{content.schedule.get('place', '')}"
        return contact_in(text) is not None or self._word(text) is not None

    def flags(self, content: CardContent) -> list[Flag]:
        """Everything worth a look, the gravest first."""
        found: list[Flag] = []
        texts = {field: getattr(content, field) for field in PROSE}
        texts |= {field: "\n".join(getattr(content, field)) for field in ("topics", "members")}
        if content.schedule is not None:
            texts["meeting"] += f"\n{content.schedule.get('place', '')}"
        for field, text in texts.items():
            if word := self.word_in(text):
                found.append(Flag("word", field, word))
        for field, text in texts.items():
            if contact := contact_in(text):
                found.append(Flag(contact[0], field, contact[1]))
        return found + _looks(content)


def contact_in(text: str) -> tuple[str, str] | None:
    """The first e-mail address or telephone number in a text: ("mail" or "phone", what stands there)."""
    if "@" in text or (("(" in text or "[" in text) and WRITTEN_AT.search(text) is not None):
        found = MAIL.search(text)
        if found:
            return "mail", text[: found.start() + 1].split()[-1] + found[0][1:]
    if "+" in text or ZERO.search(text) is not None:
        found = PHONE.search(text)
        return ("phone", found[0]) if found else None
    return None


def _looks(content: CardContent) -> list[Flag]:
    """Links, shouting and too few words."""
    found = []
    hosts = [(match[1] or match[0]).lower() for match in LINK.finditer(f"{content.description}\n{content.website}")]
    short = next((host for host in hosts if host.removeprefix("www.") in SHORTENERS), None)
    if short:
        found.append(Flag("short_link", "", short))
    if len(hosts) > MANY_LINKS:
        found.append(Flag("links", "", str(len(hosts))))
    if len(content.name) > 8 and content.name.isupper() and " " in content.name:
        found.append(Flag("capitals", "name"))
    if len(content.name) < 4:
        found.append(Flag("short", "name"))
    return found


def _ours() -> list[str]:
    return files("wall.model").joinpath("hints.txt").read_text("utf-8").splitlines()


def _tree(words: Iterable[str]) -> str:
    """The words as one pattern, grouped by their first letters: a search tries few branches at each word."""
    groups: dict[str, list[str]] = {}
    for word in words:
        plain = word.translate(PLAIN)
        cut = 0 if plain[:2] in SPELLINGS else 1 if plain[1:3] in SPELLINGS else 2
        groups.setdefault(plain[:cut], []).append(_spelled(plain[cut:]))
    heads: dict[str, list[str]] = {}
    for head, rests in groups.items():
        heads.setdefault(head[:1], []).append(f"{re.escape(head[1:])}(?:{'|'.join(rests)})")
    return "|".join(f"{re.escape(first)}(?:{'|'.join(more)})" for first, more in heads.items())


def _spelled(plain: str) -> str:
    """The rest of a listed word as a pattern: with umlauts or without, and open at its end where a star says so."""
    pattern = re.escape(plain.removesuffix("*")).replace(r"\ ", r"\s+")
    for pair, both in SPELLINGS.items():
        pattern = pattern.replace(pair, both)
    return pattern + (r"\w*" if plain.endswith("*") else "")


def _starts(words: Iterable[str]) -> re.Pattern[bytes]:
    """What finds, in bare bytes, every place where one of the words may stand, and a few more.

    It begins with a blank, because then the search skips from one to the next.
    """
    bare = ("".join(c if c in KEPT else " " * len(c.encode()) for c in word.removesuffix("*")) for word in words)
    tree = re.sub("[äöüß]", "  ", _tree(bare).replace(r"\s+", " +"))
    return re.compile(f" (?:{tree})".encode())


@lru_cache(maxsize=1)
def default_watch() -> Watch:
    """The package's own list."""
    return Watch()
