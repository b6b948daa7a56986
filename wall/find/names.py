"""What a network's name says once spelling, order, legal form and abbreviations are set aside."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wall.model.wall import Wall
from wall.text import fold

# Said of a network's form, not of the network: "Bürgerverein" tells one from another as little as "e. V.".
KINDS = """
    aktionsbuendnis anlaufstelle arbeitsgemeinschaft arbeitskreis beirat buendnis buergerinitiative buergerverein
    fachstelle forum foerderverein freundeskreis gesellschaft gruppe initiative interessengemeinschaft
    jour fixe kontaktstelle konferenz koordinierungsstelle kreis kreisverband landesverband lokalgruppe netzwerk
    ortsgruppe ortsverband projekt quartiersmanagement quartiermanagement regionalgruppe ring runde runder selbsthilfegruppe
    stadtteilkonferenz stadtteilmanagement stadtverband stammtisch stelle stiftung tisch treff treffen
    verband verbund verein vereinigung zentrum
""".split()
# Ends of compounds: "Pflegenetzwerk" and "Pflege-Netzwerk" are the same two words.
TAILS = """
    netzwerk buendnis verein forum treff stammtisch agentur stiftung zentrum gruppe initiative selbsthilfe hilfe garten
    gaerten buero cafe arbeit werkstatt runde kreis ring konferenz club klub kollektiv management messe cluster tag
""".split()
SHORT = {
    "ag": "arbeitsgemeinschaft",
    "ak": "arbeitskreis",
    "aktionsbuendnis": "buendnis",
    "arbeitsgruppe": "arbeitsgemeinschaft",
    "bi": "buergerinitiative",
    "bv": "buergerverein",
    "fv": "foerderverein",
    "ig": "interessengemeinschaft",
    "kv": "kreisverband",
    "lv": "landesverband",
    "qm": "quartiersmanagement",
    "quartiermanagement": "quartiersmanagement",
    "rt": "runder tisch",
    "shg": "selbsthilfegruppe",
    "stk": "stadtteilkonferenz",
}
SILENT = frozenset(
    """
    a als am an and at auf aus bei beim das dem den der des die e ein eine einer eines eingetragene eingetragener eg ev
    for fuer gegen gem gemeinnuetzige ggmbh gmbh gug hansestadt im in mbh mit of on plus stadt the to u ug und unter v vom
    von zu zum zur
    """.split()
)
COMPASS = frozenset(
    "nord ost sued west nordost nordwest suedost suedwest norden osten sueden westen mitte innenstadt".split()
)
# Where it is missing in a wall's own lists, "… Dresden" is still another network than "… Leipzig".
CITIES = """
    aachen augsburg berlin bielefeld bochum bonn bottrop brandenburg braunschweig bremen bremerhaven chemnitz cottbus
    darmstadt dessau dortmund dresden duesseldorf duisburg erfurt erlangen essen flensburg frankfurt freiberg freiburg
    gera goerlitz goettingen hagen halle hamburg hannover heidelberg heilbronn jena karlsruhe kassel kiel koblenz koeln
    leipzig luebeck magdeburg mainz mannheim muenchen muenster naumburg nuernberg oldenburg osnabrueck paderborn plauen
    potsdam regensburg rostock saarbruecken schwerin stuttgart trier ulm weimar wiesbaden wuppertal wuerzburg zwickau
    bayern hessen niedersachsen nrw saarland sachsen thueringen
""".split()

_GENDER = re.compile(r"(?<=\w)[:*_·/](?=in(?:nen)?\b)|(?<=[a-zäöüß])(?=Innen\b)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"\s[–—|/-]\s|\s/|[:;,!?()„“”\"»«|]|\.\s|\s'|'(?:\s|$)")
_FORM = re.compile(r"\beingetragener verein\b")
_STREET = re.compile(r"str$")
_ENDINGS = ("innen", "ern", "en", "er", "em", "es", "e", "n", "s")


def stem(word: str) -> str:
    """A folded word without its ending; "gaerten" and "garten", "leipziger" and "leipzig" become one."""
    if word.isdecimal():
        return word
    for _ in range(2):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)]
                break
        else:
            break
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")  # only now: "Lindenauer" has no umlaut


_KIND_STEMS = frozenset(map(stem, KINDS))
_COMPASS_STEMS = frozenset(map(stem, COMPASS))
_CITY_STEMS = frozenset(map(stem, CITIES))


@dataclass(frozen=True, slots=True)
class Places:
    """The stems that say where: districts and compass points, cities, and the wall's own town."""

    inner: frozenset[str]
    own: frozenset[str]

    @classmethod
    def of(cls, wall: Wall) -> "Places":
        """The places of a wall, from its districts and its place."""
        inner = {stem(word) for district in wall.districts for word in _WORD.findall(fold(district))}
        own = {stem(word) for word in _WORD.findall(fold(f"{wall.place} {wall.title}"))} & _CITY_STEMS
        own |= {stem(word) for word in _WORD.findall(fold(wall.place))}
        return cls(frozenset((inner | _COMPASS_STEMS) - _KIND_STEMS - {"st"}), frozenset(own))


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. `words` tell networks apart; `kinds`, `places` and `numbers` only help to."""

    words: frozenset[str]
    kinds: frozenset[str]
    places: frozenset[str]  # districts, compass points, other cities
    own: frozenset[str]  # the wall's own town
    numbers: frozenset[str]
    joins: Mapping[str, frozenset[str]] = field(default_factory=dict)  # neighbours written as one -> their stems

    @property
    def all(self) -> frozenset[str]:
        return self.words | self.kinds | self.places | self.own | self.numbers


def parts_of(raw: str) -> list[str]:
    """The parts a long name is made of, each of which people use alone: "MiO – Der Mädchentreff"."""
    found = [part.strip() for part in _PARTS.split(raw)]
    return [part for part in found if part and part != raw.strip()]


def take_apart(raw: str, places: Places) -> Name:
    """What a name says."""
    tokens = list(_tokens(raw))
    said = [stem(token) for token in tokens if token not in SILENT]
    stems = frozenset(said)
    kinds = stems & _KIND_STEMS
    own = stems & places.own
    numbers = frozenset(word for word in stems if word.isdecimal())
    where = (stems & (places.inner | _CITY_STEMS)) - own - kinds
    words = stems - kinds - own - numbers - where
    return Name(words, kinds, where, own, numbers, _joins(tokens))


def _tokens(raw: str) -> Iterator[str]:
    for word in _WORD.findall(_FORM.sub(" ", fold(_GENDER.sub("", raw)))):
        word = _STREET.sub("strasse", word)
        for full in SHORT.get(word, word).split():
            yield from _split(full)


def _split(word: str) -> Iterable[str]:
    if word in KINDS or len(word) < 8:
        return (word,)
    for tail in TAILS:
        if word.endswith(tail) and len(word) - len(tail) >= 4:
            head = word[: -len(tail)]
            return (SHORT.get(head, head), SHORT.get(tail, tail))
    return (word,)


def _joins(tokens: list[str]) -> dict[str, frozenset[str]]:
    """Two or three neighbours as one word, with the stems they stand for."""
    found: dict[str, frozenset[str]] = {}
    for size in (2, 3):
        for start in range(len(tokens) - size + 1):
            group = tokens[start : start + size]
            found[stem("".join(group))] = frozenset(stem(token) for token in group if token not in SILENT)
    return found
