"""Rules about templates, words, styles and scripts: each takes a root and returns one sentence per breach."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# an xmlns is a name, not an address; example.org and its kind are reserved for placeholders
NAMES_NOT_ADDRESSES = re.compile(r"https?://(www\.w3\.org/|([\w-]+\.)*example(\.(org|com|net))?\b)", re.I)
ADDRESS = re.compile(r"https?://[\w\[][^\s\"'<>`)]*|(?<==\")//[^\"]+|(?<==')//[^']+|(?<=url\()[\"']?//[^)]+", re.I)
IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^'"();]*?\bfrom\s*(['"])(?P<a>[^'"]+)\1"""  # import … from, export … from
    r"""|^\s*import\s*(['"])(?P<b>[^'"]+)\3"""  # import for its effects
    r"""|\bimport\(\s*(['"`])(?P<c>[^'"`]+)\5""",  # import()
    re.M,
)
KEY = re.compile(
    r"""\bt(?P<plural>\.n)?\(\s*(?P<quote>['"])(?P<key>[^'"]*)(?P=quote)\s*(?P<after>[,)~]|if\b)"""
    r"""(?:(?<=if)[^()]*?\belse\s+(?P<q2>['"])(?P<otherwise>[^'"]*)(?P=q2))?"""
)
ASSET = re.compile(r"""\basset\(\s*(['"])([^'"]+)\1\s*\)""")
AT_THE_TOP = {"layer", "charset", "property", "font-face", "view-transition"}  # these have no place in the cascade
CONDITIONS = {"media", "supports", "container"}


def imports_that_lead_nowhere(root: Path) -> list[str]:
    """Scripts may only be imported as "wall/<path below static/js>", which is what the import map knows."""
    scripts = root / "static" / "js"
    breaches = []
    for path in sorted(scripts.rglob("*.js")):
        for match in IMPORT.finditer(without_comments(path.read_text("utf-8"))):
            name = match["a"] or match["b"] or match["c"]
            if not name.startswith("wall/"):
                breaches.append(f'{path.relative_to(root)} imports "{name}" instead of "wall/…"')
            elif not (scripts / name.removeprefix("wall/")).is_file():
                breaches.append(f'{path.relative_to(root)} imports "{name}", which is not under static/js')
    return breaches


def names_in_the_map_that_lead_nowhere(root: Path, names: Mapping[str, str]) -> list[str]:
    """The import map's names against static/js, in both directions; the service worker stands alone."""
    known = {
        f"wall/{path.relative_to(root / 'static' / 'js').as_posix()}"
        for path in (root / "static" / "js").rglob("*.js")
        if path.name != "sw.js"
    }
    found = set(names) - {"wall/sw.js"}
    return [f'"{name}" is no file under static/js' for name in sorted(found - known)] + [
        f'"{name}" is not in the import map' for name in sorted(known - found)
    ]


def assets_that_are_not_there(root: Path) -> list[str]:
    """Every file a template asks for by asset('…') lies under static/."""
    return [
        f"{path.relative_to(root)} asks for {name}, which is not under static/"
        for path in _templates(root)
        for _, name in ASSET.findall(path.read_text("utf-8"))
        if not (root / "static" / name).is_file()
    ]


def styles_outside_a_layer(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}: {rule} stands outside of every @layer"
        for path in sorted((root / "static").rglob("*.css"))
        for rule in _unlayered(without_comments(path.read_text("utf-8"), lines=False))
    ]


def _unlayered(css: str) -> Iterator[str]:
    """The heads of the rules no layer holds; conditions are looked into."""
    for head, body in _rules(css):
        name = match[1] if (match := re.match(r"@([\w-]+)", head)) else ""
        if name in CONDITIONS:
            yield from _unlayered(body)
        elif name not in AT_THE_TOP:
            yield " ".join(head.split())


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """(head, body) of each rule at the outermost level; a statement has no body."""
    depth = start = opened = 0
    quote = ""
    for at, char in enumerate(css):
        if quote:
            quote = "" if char == quote and css[at - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif (char == "}" and depth == 1) or (char == ";" and depth == 0):
            end, body = (opened, css[opened + 1 : at]) if char == "}" else (at, "")
            if head := css[start:end].strip():
                yield head, body
            start, depth = at + 1, 0
        elif char == "}":
            depth -= 1
    if rest := css[start:].strip():
        yield f"never closed: {rest[:40]}", ""


def styles_out_of_order(root: Path) -> list[str]:
    """static/css/order.txt names every style sheet once and nothing else."""
    folder = root / "static" / "css"
    if not (folder / "order.txt").is_file():
        return ["static/css/order.txt is not there"]
    listed = (folder / "order.txt").read_text("utf-8").split()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.css")}
    return [
        *(f"{name} is not listed in order.txt" for name in sorted(there - set(listed))),
        *(f"order.txt lists {name}, which is not there" for name in sorted(set(listed) - there)),
        *(f"order.txt lists {name} twice" for name in sorted({name for name in listed if listed.count(name) > 1})),
    ]


def words_that_are_missing(root: Path) -> list[str]:
    """Every key the templates use is in both languages, both have the same keys with the same placeholders."""
    words: dict[str, dict[str, str]] = {}
    twice: list[str] = []
    for path in sorted((root / "wall/words").glob("*/*.toml")):
        said, new = words.setdefault(path.parent.name, {}), _flat(tomllib.loads(path.read_text("utf-8")))
        twice += [f"{key} stands in two files of wall/words/{path.parent.name}" for key in said.keys() & new.keys()]
        said |= new
    breaches = [f"wall/words/{language} is not there" for language in ("de", "en") if language not in words]
    if breaches:
        return breaches
    breaches += sorted(twice)
    german, english = words["de"], words["en"]
    for key in sorted(german.keys() ^ english.keys()):
        breaches.append(f"{key} is only in {'de' if key in german else 'en'}")
    for variant in sorted(words.keys() - {"de", "en"}):
        base = words.get(variant.split("-")[0], {})
        breaches += [f"{key} is only in {variant}" for key in sorted(words[variant].keys() - base.keys())]
    for language in sorted(words.keys() - {"de"}):
        for key in sorted(german.keys() & words[language].keys()):
            if _placeholders(german[key]) != _placeholders(words[language][key]):
                breaches.append(f"{key} has other placeholders in {language} than in de")
    for path in _templates(root):
        for key in _keys(path.read_text("utf-8")):
            if not (any(known.startswith(key[:-1]) for known in german) if key.endswith("*") else key in german):
                breaches.append(f"{path.relative_to(root)} uses {key}, which is not in de")
    return breaches


def _keys(template: str) -> Iterator[str]:
    """The keys of t('…') and t.n('…'); one built from parts, t('error.' ~ code), ends in a star."""
    for match in KEY.finditer(re.sub(r"\{#.*?#\}", "", template, flags=re.S)):
        if match["after"] == "~":
            yield f"{match['key']}*"
        elif match["plural"]:
            yield from (f"{match['key']}.one", f"{match['key']}.other")
        else:
            yield from filter(None, (match["key"], match["otherwise"]))


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": str(value)}
    return flat


def _placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w*)[^{}]*\}", sentence))


def foreign_origins(root: Path) -> list[str]:
    """Addresses of other hosts in what a browser is sent."""
    shipped = [
        path for path in (root / "static").rglob("*") if path.suffix in {".css", ".js", ".html", ".svg", ".json"}
    ]
    return [
        f"{path.relative_to(root)} names {address}"
        for path in [*_templates(root), *sorted(shipped)]
        for address in ADDRESS.findall(path.read_text("utf-8"))
        if not NAMES_NOT_ADDRESSES.match(address)
    ]


def _templates(root: Path) -> list[Path]:
    folder = root / "wall" / "templates"
    return sorted(path for path in folder.rglob("*") if path.suffix in {".html", ".svg", ".txt", ".xml"})


def without_comments(text: str, *, lines: bool = True) -> str:
    """The text without /* … */ and, where the language has them, without // … that start a line."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"^\s*//.*$", "", text, flags=re.M) if lines else text
