"""Reads a page as a browser would: what is an element, what could run, and what is only text."""

from html.parser import HTMLParser

INERT_SCRIPTS = ("importmap", "module")
DATA_SCRIPTS = ("importmap", "application/ld+json")


class Danger(HTMLParser):
    """Collects what in a page could run or load something that is not ours, the ids, and the fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []
        self.fields: dict[str, str] = {}
        self._open = self._chooses = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._fill(tag, given)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        ours = (
            tag == "script" and given.get("type") in INERT_SCRIPTS and (given.get("src") or "/").startswith("/static/")
        )
        ours = ours or (tag == "script" and given.get("type") in DATA_SCRIPTS and "src" not in given)
        if tag in ("img", "iframe", "object", "embed", "math", "style", "base", "mglyph") or (
            tag == "script" and not ours
        ):
            self.found.append(f"<{tag} {given}>")
        for name, value in attrs:
            target = (value or "").lower().replace("\t", "").strip()
            if name.startswith("on") or name in ("srcdoc", "style"):
                self.found.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction", "xlink:href") and ":" in target.split("/")[0]:
                self.found += [] if target.startswith(("http:", "https:", "mailto:")) else [f"{tag} {name}={value}"]

    def _fill(self, tag: str, given: dict[str, str | None]) -> None:
        """Note what the browser would send of this control; of several with one name the last that is set."""
        name, kind = given.get("name") or "", given.get("type")
        self._open = ""
        if tag == "textarea":
            self._open, self.fields[name] = name, ""
        elif tag == "select":
            self._chooses = name
        elif tag == "option" and "selected" in given:
            self.fields[self._chooses] = given.get("value") or ""
        elif tag == "input" and (kind not in ("radio", "checkbox") or "checked" in given):
            self.fields[name] = given.get("value") or self.fields.get(name, "")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.fields[self._open] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


def looked_at(page: str) -> Danger:
    """What a browser would make of this page."""
    seen = Danger()
    seen.feed(page)
    seen.close()
    return seen
