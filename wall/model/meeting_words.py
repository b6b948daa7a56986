"""Free words, German or simple English, read as a meeting: only what is understood as a whole is understood at all."""

import re
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from pydantic import ValidationError

from wall.model.card import Card
from wall.model.meeting import WEEKDAYS, Meeting, Occurrence, next_date
from wall.model.meeting_place import place_in
from wall.model.meeting_time import time_in

DAYS = {
    name: n
    for n, names in enumerate(
        (
            "montag monday mo mon",
            "dienstag tuesday di tue tues",
            "mittwoch wednesday mi wed",
            "donnerstag thursday do thu thur thurs",
            "freitag friday fr fri",
            "samstag sonnabend saturday sa sat",
            "sonntag sunday so sun",
        )
    )
    for name in names.split()
}
MONTHS = {
    name: n
    for n, names in enumerate(
        (
            *("januar january", "februar february", "märz march", "april", "mai may", "juni june", "juli july"),
            *("august", "september", "oktober october", "november", "dezember december"),
        ),
        1,
    )
    for name in names.split()
}
NUMBERS = {"zwei": 2, "two": 2, "drei": 3, "three": 3, "vier": 4, "four": 4, "sechs": 6, "six": 6, "other": 2}
ORDINALS = {"erst": 1, "zweit": 2, "dritt": 3, "viert": 4, "fünft": 5, "letzt": -1}
ORDINALS |= {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}

_LONG = "|".join(name for name in DAYS if name.endswith(("tag", "woch", "abend", "day")))
_SHORT = "|".join(sorted((name for name in DAYS if name not in _LONG.split("|")), key=len, reverse=True))
_PART = r"abend|nachmittag|vormittag|morgen|früh"
_DAY = rf"(?:(?:{_LONG})s?(?:{_PART})?s?|(?:{_SHORT})\b\.?)(?![a-zäöüß])"
_AND = r"(?:\s*(?:,|/|\+|&)\s*(?:und |and )?|\s+(?:und|u\.|and|sowie)\s+)"
_RANGE = r"(?:\s*-\s*|\s+(?:bis|to)\s+)"
_ORDINAL = rf"(?:[1-5]\.|(?:{'|'.join(ORDINALS)})(?:e[nrsm]?)?\b|1st|2nd|3rd|4th|5th)"
_MONTH = "|".join(MONTHS)
_MANY = rf"(?P<n>\d|{'|'.join(NUMBERS)})"
_NTH = r"(?P<nth>[2-6]\.|zweite[nrsm]?|dritte[nrsm]?|vierte[nrsm]?|other|second|third|fourth|2nd|3rd|4th)"

DATE = re.compile(
    r"(?P<why>\b(?:ab|seit|beginnend|erstmals|from|starting|since|bis|until|till)\s+(?:am\s+|dem\s+|zum\s+|on\s+)?)?"
    rf"(?:\b(?:am|on)\s+)?\b(?:(?P<d>\d{{1,2}})\.\s?(?:(?P<m>\d{{1,2}})\.\s?|(?P<name>{_MONTH})\s+)(?P<y>(?:19|20)\d\d)|"
    rf"(?P<d2>\d{{1,2}})\s+(?P<name2>{_MONTH})\s+(?P<y2>20\d\d)|"
    rf"(?P<name3>{_MONTH})\s+(?P<d3>\d{{1,2}}),?\s+(?P<y3>20\d\d)|(?P<y4>20\d\d)-(?P<m4>\d\d)-(?P<d4>\d\d))(?!\d)"
)
PAUSES = re.compile(rf"\b(?:außer|ausser|nicht|except|not)(?:\s+(?:im|in))?\s+((?:{_MONTH})(?:{_AND}(?:{_MONTH}))*)\b")
YEARLY = re.compile(
    r"\b(?:jährlich|jedes jahr|einmal im jahr|every year|yearly|each year)\b,?\s*(?:immer |jeweils )?(?:am |on )?"
    r"(?:the )?"
    rf"(?:(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th)?\s*(?:of )?(?:(?P<name>{_MONTH})\b|(?P<m>\d{{1,2}})\.)|"
    rf"(?P<name2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b)"
)
WEEKS = re.compile(
    r"\balle (?:14|vierzehn) tage\b|\b(?:14|vierzehn)[- ]?tä(?:gig|gl\.?|glich)|\b(?:zwei|2-?)wöch(?:ig|entlich)|"
    rf"\bfortnightly\b|\b(?:alle|every) {_MANY} (?:wochen|weeks?)\b|\b(?:jede|every) {_NTH} (?:woche|week)\b|"
    rf"\bevery (?P<other>other)(?= (?:{_LONG})\b)"
)
MONTHS_APART = re.compile(
    rf"\b(?:alle|every) {_MANY} (?:monate|months?)\b|\b(?:jeden|every) {_NTH} (?:monat|month)\b|\bzweimonatlich\b"
)
WEEKLY = re.compile(
    r"\b(?:(?:einmal|1 ?x|once) )?(?:wöchentlich|weekly|(?:jede|every|each|pro|per|in der|die|a) (?:woche|week))\b"
)
MONTHLY = re.compile(
    r"(?:\b(?:einmal|1 ?x|once) )?(?:\bmonatlich\b|\bmonthly\b|/ ?monat\b|\b(?:im|jeden|jedes|eines(?: jeden)?|des|pro|"
    r"per|in jedem|of (?:the|each|every|a)|in the|each|every|a) (?:monats?|month)\b)"
)
BY_WEEKDAY = re.compile(
    rf"(?:\b(?P<each>jede[nrsm]?|every|each)\s+)?(?P<weeks>(?<![\d.:]){_ORDINAL}(?:{_AND}{_ORDINAL})*)\s*"
    rf"(?P<days>{_DAY}(?:{_AND}{_DAY})*)"
)
BY_DAY = re.compile(
    r"\b(?:am|jeden|on the|the)\s+(?:(?P<d>\d{1,2})(?:\.|st|nd|rd|th)(?![\d.])|(?P<last>letzten tag|last day))"
)
WEEKDAY = re.compile(rf"(?:\b(?P<each>jede[nrsm]?|every|each)\s+)?(?P<days>\b{_DAY}(?:(?:{_AND}|{_RANGE}){_DAY})*)")
DASHES = str.maketrans("‐‑‒–—−\u00a0’", "------ '")


class Reading:
    """Words, of which the parts that are understood are taken out one by one."""

    def __init__(self, words: str) -> None:
        self.text = words.translate(DASHES)
        self.low = self.text.lower()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first place that a pattern fits, which is a bar from then on."""
        found = pattern.search(self.low)
        if found is not None:
            bar = "|".ljust(found.end() - found.start())
            self.low = self.low[: found.start()] + bar + self.low[found.end() :]
            self.text = self.text[: found.start()] + bar + self.text[found.end() :]
        return found


def _days(words: str, original: str) -> list[int] | None:
    """The weekdays of a list or range; None where an abbreviation could be a word: "so", "do"."""
    found: list[int] = []
    for part in re.finditer(rf"(?P<to>{_RANGE})?(?P<day>{_DAY})", words):
        name = part["day"].rstrip(".")
        key = next((k for k in sorted(DAYS, key=len, reverse=True) if name.startswith(k)), "")
        if name == key and key in _SHORT.split("|") and not original[part.start("day")].isupper():
            return None
        day = DAYS[key]
        if part["to"] and found:
            found += [each % 7 for each in range(found[-1] + 1, day + 1 if day > found[-1] else day + 8)]
        else:
            found.append(day)
    return found


def _number(found: re.Match[str]) -> int:
    groups = found.groupdict()
    if word := groups.get("n"):
        return NUMBERS.get(word) or int(word)
    if word := groups.get("nth") or groups.get("other"):
        return 2 if word == "other" else _ordinal(word)
    return 2


def _ordinal(word: str) -> int:
    if word[0].isdecimal():
        return int(word[0])
    return next(n for stem, n in ORDINALS.items() if word.startswith(stem))


def _date(found: re.Match[str]) -> date | None:
    part = {name: value for name, value in found.groupdict().items() if value and name != "why"}
    month = next((MONTHS[value] for name, value in part.items() if name.startswith("name")), 0)
    numbers = {name[0]: int(value) for name, value in part.items() if not name.startswith("name")}
    try:
        return date(numbers["y"], month or numbers["m"], numbers["d"])
    except ValueError:
        return None


@lru_cache(maxsize=16384)
def read(words: str) -> Meeting | None:
    """The meeting these words tell of, or None where they are not sure, or not understood.

    One of every n-th week may lack its `first`: it has no dates before somebody says when the next one is.
    """
    said = Reading(words)
    if len(said.low) != len(said.text):
        return None
    values: dict[str, Any] = {}
    for _ in range(2):
        if (found := said.take(DATE)) is not None:
            day, why = _date(found), (found["why"] or "").split(" ")[0]
            name = "until" if why in ("bis", "until", "till") else "first" if why else "once"
            if day is None or name in values:
                return None
            values[name] = day
    if (found := said.take(PAUSES)) is not None:
        values["pauses"] = [MONTHS[name] for name in re.findall(_MONTH, found[1])]
    rule = _rule(said, values)
    if rule is None:
        return None
    clock, place = time_in(said), place_in(said)
    if clock is None or place is None:
        return None
    return _meeting(values | rule | clock | ({"place": place} if place else {}))


def _meeting(values: dict[str, Any]) -> Meeting | None:
    undated = values.get("interval", 1) > 1 and "first" not in values
    try:
        meeting = Meeting.model_validate(values | ({"first": date(2024, 1, 1)} if undated else {})).needed
    except ValidationError:
        return None
    return meeting.model_copy(update={"first": None}) if undated else meeting


def _rule(said: Reading, values: dict[str, Any]) -> dict[str, Any] | None:
    """How it comes back; None where that is not said, or in two ways."""
    once = values.pop("once", None)
    if (found := said.take(YEARLY)) is not None:
        name, day = found["name"] or found["name2"], found["d"] or found["d2"]
        month = MONTHS[name] if name else int(found["m"])
        return None if once else {"every": "year", "month": month, "day": int(day)}
    weeks, months = said.take(WEEKS), said.take(MONTHS_APART)
    weekly, monthly = said.take(WEEKLY), said.take(MONTHLY)
    before = said.text
    found = said.take(BY_WEEKDAY)
    if found is not None:
        days = _days(found["days"], before[found.start("days") : found.end("days")])
        nth = [_ordinal(word) for word in re.findall(_ORDINAL, found["weeks"])]
        sure = bool(monthly or months or len(nth) > 1 or nth[0] in (1, -1) or not (found["each"] or len(nth) == 1))
        if not sure or weeks or weekly or once or not days:
            return None
        step = {"interval": _number(months)} if months else {}
        return {"every": "month", "weeks": nth, "weekdays": [WEEKDAYS[day] for day in days]} | step
    if monthly or months:
        found = said.take(BY_DAY)
        if found is None or weeks or weekly or once:
            return None
        step = {"interval": _number(months)} if months else {}
        return {"every": "month", "day": -1 if found["last"] else int(found["d"])} | step
    return _by_week(said, once, weeks, bool(weekly))


def _by_week(said: Reading, once: date | None, weeks: re.Match[str] | None, weekly: bool) -> dict[str, Any] | None:
    before = said.text
    found = said.take(WEEKDAY)
    if found is None:
        return {"every": "once", "first": once} if once and not (weeks or weekly) else None
    days = _days(found["days"], before[found.start("days") : found.end("days")])
    if not days:
        return None
    if once:
        right = days == [once.weekday()] and not (weeks or weekly or found["each"])
        return {"every": "once", "first": once} if right else None
    again = re.search(r"(?:tag|woch|abend|day|nachmittag|vormittag|morgen)s\b", found["days"])
    hours = len(days) > 1 and not re.search(_LONG, found["days"])  # "Mo–Fr", "Di, Do", as opening hours are written
    if not (weeks or weekly or found["each"] or again or hours):
        return None
    step = {"interval": _number(weeks)} if weeks else {}
    return {"every": "week", "weekdays": [WEEKDAYS[day] for day in days]} | step


@lru_cache(maxsize=16384)
def _kept(schedule: bytes) -> Meeting | None:
    try:
        return Meeting.model_validate_json(schedule)
    except ValidationError:
        return None


def meeting_of(card: Card) -> Meeting | None:
    """When a card's network meets, as far as there are dates: as somebody set it, else as the free words say it."""
    if card.schedule is not None:
        meeting = _kept(orjson.dumps(card.schedule))
        return None if meeting is None or meeting.every == "never" else meeting
    if not card.meeting:
        return None
    meeting = read(card.meeting)
    return None if meeting is None or not meeting.dated else meeting


def coming(card: Card, day: date) -> Occurrence | None:
    """The next date of a card's meeting, on a day or after it, as far as one is known."""
    meeting = meeting_of(card)
    return None if meeting is None else next_date(meeting, day)
