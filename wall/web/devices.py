"""What to call somebody's device in the list of their sessions: browser and system, in proper names."""

import re

# The first that is found counts: most browsers also claim to be the ones below them.
BROWSERS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


def device_of(user_agent: str) -> str:
    """`Firefox, Windows`; '' where nothing is known. Nothing else of the User-Agent is kept."""
    found = [next((name for mark, name in names if re.search(mark, user_agent)), "") for names in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))
