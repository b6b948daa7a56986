"""The time of day in words about a meeting: "18 Uhr", "von 10 bis 12 Uhr", "6:30 pm"."""

import re
from typing import Any, Protocol

_T = r"(?P<h{0}>\d{{1,2}})(?:[:.](?P<m{0}>\d{{2}}))?(?!\d)"
_FROM, _TO = _T.format(1), _T.format(2)
_HALF = r"(?P<half{0}>[ap])\.?m\b\.?"
SPANS = (
    re.compile(rf"\b(?:from\s+)?{_FROM}\s*(?:{_HALF.format(1)})?\s*(?:-|to|until)\s*{_TO}\s*{_HALF.format(2)}"),
    re.compile(rf"\b(?:von\s+|zwischen\s+)?{_FROM}\s*(?:uhr|h)?\s*(?:-|bis|und)\s*{_TO}\s*(?:uhr|h)\b"),
    re.compile(rf"\b(?:von|from)\s+{_FROM}\s*(?:bis|to|-)\s*{_TO}"),
    re.compile(r"\b(?P<h1>\d{1,2}):(?P<m1>\d\d)\s*(?:-|bis|to)\s*(?P<h2>\d{1,2}):(?P<m2>\d\d)\b"),
)
POINTS = (
    re.compile(rf"(?:\b(?:at|from)\s+)?\b{_FROM}\s*{_HALF.format(1)}"),
    re.compile(r"(?:\b(?:ab|um|von|beginn:?)\s+)?\b(?P<h1>\d{1,2})\s*uhr\s*(?P<m1>[0-5]\d)\b"),
    re.compile(rf"(?:\b(?:ab|um|von|beginn:?)\s+)?\b{_FROM}\s*(?:uhr|h)\b"),
    re.compile(r"(?:\b(?:ab|um|von|beginn:?|at|from)\s+)?\b(?P<h1>\d{1,2}):(?P<m1>\d\d)\b"),
    re.compile(r"\b(?:um|ab)\s+(?P<h1>\d{1,2})\b(?![.:\d])"),
)


class Takes(Protocol):
    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None: ...


def time_in(said: Takes) -> dict[str, Any] | None:
    """What is said about the time, as fields of a meeting; None where there is no such time of day."""
    for pattern in SPANS:
        if (found := said.take(pattern)) is not None:
            starts, ends = _clock(found, 1), _clock(found, 2)
            return None if starts is None or ends is None or starts == ends else {"starts": starts, "ends": ends}
    for pattern in POINTS:
        if (found := said.take(pattern)) is not None:
            starts = _clock(found, 1)
            return None if starts is None else {"starts": starts}
    return {}


def _clock(found: re.Match[str], which: int) -> str | None:
    part = found.groupdict()
    hour, minute = int(part[f"h{which}"]), int(part.get(f"m{which}") or 0)
    half = part.get(f"half{which}") or (part.get("half2") if which == 1 else None)
    if half:
        if not 1 <= hour <= 12:
            return None
        if which == 1 and not part.get("half1") and hour % 12 > int(part["h2"]) % 12:
            half = "a" if half == "p" else "p"  # "11-1 pm" begins in the morning
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour == 24 and which == 2:
        hour = 0
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None
