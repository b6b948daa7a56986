"""The place in words about a meeting, and whether what is left of them is harmless."""

import re
from typing import Protocol

SURE_OF_NOTHING = re.compile(
    r"absprache|vereinbar|bedarf|anfrage|regelmäßig|regelmässig|ungefähr|\bca\b|\betwa\b|\boder\b|\bor\b|meist|normal|"
    r"\bregel\b|feri|feiertag|holiday|\bjahr|quartal|semester|saison|winter|sommer|summer|\bpause|\bnur\b|\bonly\b|"
    r"gerade|\bkw\b|wechsel|wechsl|siehe|\?|\bnach\b|manchmal|gelegentlich|sometimes|usually|arrange|request|entfällt|"
    r"fällt aus|abgesagt|zurzeit|derzeit|täglich|daily|werktag|wochenend|weekend|\bgegen\b|außer|ausser|except|"
    r"\bnicht\b|\bnot\b|\bkein|letzt|\blast\b|monat|month|woche|week|\bmal\b|pausier|verschieden|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|januar|februar|\bmärz|\bapril|\bmai\b|\bjuni|\bjuli|\baugust|september|oktober|november|dezember|"
    r"\bjun[ei]|\bjul[yi]|october|december|ruhetag|geschlossen|closed"
)
FILLERS = re.compile(
    r"^(?:jeweils|immer|jede[nrsm]?|am|um|an|ab|das|der|die|den|dem|wir|uns|treffen|treff|trifft|sich|uhr|stets|abends?|"
    r"nachmittags?|vormittags?|morgens?|früh|und|and|on|the|every|each|meet|meets|we|meeting|of|wann|wo|termin|von|"
    r"in the evening|regelmäßig)\b[.:]?\s*"
)
BEFORE_A_PLACE = re.compile(
    r"^(?:(?P<said>(?:treffpunkt|ort|wo|place|where)\s*:?\s*|@\s*)|"
    r"(?:im|in der|in den|in dem|in|beim|bei|auf dem|auf der|per|via|at the|at)\s+)"
)
KINDS_OF_PLACE = re.compile(
    r"café|cafe\b|haus\b|hof\b|str\.|straße|strasse|platz\b|zentrum|bibliothek|bücherei|büro|raum\b|räume|saal\b|laden\b|"
    r"treff\b|kirche|schule|rathaus|klub\b|club\b|kneipe|gaststätte|restaurant|park\b|garten\b|museum|universität|"
    r"halle\b|heim\b|werkstatt|markt\b|gemeinde|kantine|library|centre|center|hall\b|house\b|room\b|online|zoom\b|"
    r"jitsi|video|weg \d|allee|gasse"
)
ENDS = r"[|,;·•()\[\]\n]|\s-\s|-\s*$|:\s|:$|\s/\s"
PARTS = re.compile(rf"(?:(?!{ENDS}).)+")


class Left(Protocol):
    text: str


def place_in(said: Left) -> str | None:
    """The place that the rest of the words names, or '' for none; None where the rest could mean anything."""
    places: list[str] = []
    first = said.text.find("|")  # what stands before is a title, not a place
    for piece in PARTS.finditer(said.text):
        part = _bare(piece[0])
        if not part:
            continue
        low = part.lower()
        if SURE_OF_NOTHING.search(low):
            return None
        cue = BEFORE_A_PLACE.match(low)
        named = part[cue.end() :].strip() if cue else part
        sure = cue is not None or (piece.start() > first and KINDS_OF_PLACE.search(low) is not None)
        english = cue is not None and cue[0].startswith("at ")
        if sure and named and (named[0].isupper() or english or named == "online"):
            places.append(
                part if cue and not low.startswith(("treffpunkt", "ort", "wo", "place", "where", "@")) else named
            )
        elif not part[0].isupper() or any(char.isdecimal() for char in part):
            return None
    return ", ".join(places)


def _bare(piece: str) -> str:
    """A piece without the small words before it that say nothing."""
    part = piece.strip(" .-/:")
    while (filler := FILLERS.match(part.lower())) is not None and len(part) == len(part.lower()):
        part = part[filler.end() :].strip(" .-/:")
    return part
