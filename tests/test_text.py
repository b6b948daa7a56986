"""Text as people write it, and what of it reaches a page."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wall.text import address_of, clean, fold, markdown, plain, readable, slug, soft

TAGS = {"p", "em", "strong", "ul", "ol", "li", "a", "br"}
PIECES = [
    "*",
    "**",
    "_",
    "`",
    "[a](",
    ")",
    "<",
    ">",
    "&",
    "\\",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "javascript:",
    "data:text/html,",
]
PIECES += [
    "https://a.example",
    "<script>",
    "</p>",
    "<img src=x onerror=alert(1)>",
    "<svg><math><mi>",
    "&#x6a;",
    '"',
    "'",
]
PIECES += [
    " ",
    "a",
    "\u0300",
    "\x1f",
    "\u200c",
    "\u3000",
    "mailto:a@beispiel.invalid",
    "\u200d",
    "\u202e",
    "\u0301",
    "ß",
    "\x00",
    "\ud800",
    "#",
    "> ",
    "\t",
    "    ",
]
ANY = st.one_of(st.text(), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=2)), max_size=25).map("".join))
steady = settings(deadline=None, derandomize=True, max_examples=200)


class Reader(HTMLParser):
    """Collects what a browser would make of markup."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@steady
@given(ANY)
def test_markdown_never_fails_and_gives_only_harmless_tags(text: str) -> None:
    """ABUSE 16"""
    reader = Reader()
    reader.feed(markdown(clean(text, lines=True)))
    for tag, attributes in reader.found:
        assert tag in TAGS
        assert set(attributes) <= {"href", "rel"} if tag == "a" else set(attributes) <= {"start"}
        if "href" in attributes:
            assert re.match(r"(https?|mailto):|[^:]*$", attributes["href"] or "")
            assert attributes["rel"] == "nofollow ugc noopener noreferrer"
    assert not re.search(r"<(?!/?[a-z])", markdown(clean(text, lines=True)))


@steady
@given(ANY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for lines in (False, True):
        once = clean(text, lines=lines)
        assert clean(once, lines=lines) == once


@steady
@given(ANY)
def test_clean_text_has_one_form_and_nothing_invisible(text: str) -> None:
    """ABUSE 17"""
    line, prose = clean(text), clean(text, lines=True)
    assert "\n" not in line
    assert "\n\n\n" not in prose
    for result in (line, prose):
        assert result == result.strip() == unicodedata.normalize("NFC", result)
        assert "  " not in result
        assert not any(unicodedata.category(c)[0] == "C" for c in result if c not in "\n\u200c\u200d")
        result.encode()


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  Runder \t Tisch\r\n", "Runder Tisch"),
        ("Gru\u0308nau", "Grünau"),
        ("\u202eabc\u2066", "abc"),
        ("a\u0301\u0301\u0301\u0301\u0301\u0301", "á\u0301\u0301\u0301"),
        ("a" + "\u0301\u0300\x01\u200d" * 9, "á\u0300\u200d\u0301\u0300"),
        ("A\x1f\u0300", "À"),
        ("a \u200d b", "a b"),
        ("\u200b\u200b", ""),
        ("\u200da\u200d", "a"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("Nul\x00l", "Null"),
        ("halb\ud800", "halb?"),
    ],
)
def test_a_line_is_cleaned(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_paragraphs_survive_where_there_may_be_some() -> None:
    assert clean("eins \r\n\r\n\r\n\r\n zwei\u2028drei", lines=True) == "eins\n\nzwei\ndrei"


def test_only_what_can_be_seen_is_readable() -> None:
    assert all(map(readable, ("a", "7", "♥", "東")))
    assert not any(map(readable, ("", "\u200b\u200d", "...", " \u00ad", "\u0301")))


def test_a_long_word_is_divided_by_its_syllables_and_behind_a_mark_within_it() -> None:
    assert soft("Nachbarschaftshilfe", "de") == "Nach\u00adbar\u00adschafts\u00adhilfe"
    assert soft("Engagement.Campus Leipzig e.V.", "de") == "Engagement.\u200bCampus Leipzig e.V."


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Grünau", "gruenau"),
        ("GRÜNAU", "gruenau"),
        ("Gru\u0308nau", "gruenau"),
        ("Straße", "strasse"),
        ("Café", "cafe"),
        ("Ǽ℡", "aetel"),
    ],
)
def test_folding_makes_spellings_equal(text: str, folded: str) -> None:
    assert fold(text) == folded


@steady
@given(ANY)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(clean(text))) == fold(clean(text))


@steady
@given(ANY)
def test_a_slug_is_an_address_part(text: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug(clean(text)))
    assert len(slug(text, longest=10)) <= 10


def test_a_slug_can_be_read() -> None:
    assert slug("Bündnis für Grünau!") == "buendnis-fuer-gruenau"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Wir *planen* **viel**.", "<p>Wir <em>planen</em> <strong>viel</strong>.</p>"),
        ("eins\nzwei\n\ndrei", "<p>eins<br>\nzwei</p>\n<p>drei</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("# kein Titel", "<p># kein Titel</p>"),
        ("![Bild](https://a.example/b.png)", None),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](ftp://a.example)", '<p><a rel="nofollow ugc noopener noreferrer">x</a></p>'),
        ("<b>fett</b>", "<p>&lt;b&gt;fett&lt;/b&gt;</p>"),
        ("a &#x202e;b &rlm;c &shy;d &amp; &auml;", "<p>a b c d &amp; ä</p>"),
        (r"\&#x202e; A&B;C", "<p>&amp;#x202e; A&amp;B;C</p>"),
    ],
)
def test_the_tiny_markdown(text: str, html: str | None) -> None:
    drawn = markdown(text).strip()
    assert "<img" not in drawn
    assert html is None or drawn == html


def test_plain_text_has_no_marks() -> None:
    assert plain("Wir *planen*\n\n- [viel](https://a.example)") == "Wir planen viel"
    assert plain('Kinder & *Jugend*, <b> und "A&amp;O"') == 'Kinder & Jugend, <b> und "A&O"'


@pytest.mark.parametrize(
    ("written", "kept_as"),
    [
        (" Vor.Name+Wand@Beispiel.INVALID ", "vor.name+wand@beispiel.invalid"),
        ("name@bücher.example", "name@xn--bcher-kva.example"),
        ("team@Bündnis.invalid", "team@xn--bndnis-3ya.invalid"),
        ("ä@beispiel.invalid", ""),
        ("zwei@@beispiel.invalid", ""),
        ("ohne-klammeraffe", ""),
        ("", ""),
        ("name@beispiel", ""),
        (".name@beispiel.de", ""),
        ("na..me@beispiel.de", ""),
        ("name@beispiel.de\nBcc: x@y.de", ""),
        ("name@-beispiel.de", ""),
        (f"{'n' * 65}@beispiel.de", ""),
        (f"name@{'b' * 250}.de", ""),
    ],
)
def test_an_address_is_kept_in_one_form_or_not_at_all(written: str, kept_as: str) -> None:
    assert address_of(written) == kept_as
