"""Rules about the tree and its Python: each function takes a root and returns one sentence per breach."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ORDER = (
    {"__main__", "app", "atlas", "copies", "team", "upkeep"},  # see everything, each other too
    {"web"},
    {"demo"},
    {"exchange"},
    {"find"},
    {"live"},
    {"actions"},
    {"store", "imaging"},
    {"model"},
    {"mail"},
    {"text", "errors", "settings", "words", "logs", "apart"},  # the ground; they may lean on each other
)
TOP_LEVEL = {
    *("pyproject.toml", "wall", "static", "tests", "Procfile", "README.md", "LICENSE", "requirements.lock"),
}
MAX_LINES = 300
WRITTEN_BY_HAND = {".py", ".js", ".css", ".html"}


def imports_that_point_up(root: Path) -> list[str]:
    """Imports of one room of wall/ by another that does not stand above it."""
    rank = {room: height for height, rooms in enumerate(ORDER) for room in rooms}
    breaches = []
    for path in sorted((root / "wall").rglob("*.py")):
        here = _room(path.relative_to(root / "wall"))
        if here != "__init__" and here not in rank:
            breaches.append(f"{path.relative_to(root)} is in no room of the order of the house")
            continue
        for line, there in _rooms_imported(path, root):
            if here == "__init__":
                breaches.append(f"{path.relative_to(root)}:{line} imports {there}, but everything imports this file")
            elif there not in rank:
                breaches.append(f"{path.relative_to(root)}:{line} imports {there}, which is no room of the house")
            elif here != there and not _may(rank[here], rank[there], len(ORDER) - 1):
                breaches.append(f"{path.relative_to(root)}:{line} imports {there}, which is not below {here}")
    return breaches


def _may(here: int, there: int, ground: int) -> bool:
    return there > here or here == there == 0 or here == there == ground


def _room(inside: Path) -> str:
    return inside.parts[0].removesuffix(".py")


def _rooms_imported(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and room of every import of wall, wherever in the file it stands."""
    package = list(path.relative_to(root).parent.parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            names = [f"wall.{alias.name}" for alias in node.names] if module == "wall" else [module]
            if module == "wall":  # `from wall import __version__` names no room
                names = [name for name in names if _exists(root / name.replace(".", "/"))]
        else:
            continue
        for name in names:
            if name.startswith("wall."):
                yield node.lineno, name.split(".")[1]


def _exists(module: Path) -> bool:
    return module.is_dir() or module.with_suffix(".py").is_file()


def modules_without_a_docstring(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)} does not say what it answers for"
        for path in sorted((root / "wall").rglob("*.py"))
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]


def files_too_long(root: Path, excused: Mapping[str, str]) -> list[str]:
    """Files over MAX_LINES that have no excuse, and excuses nobody needs any more."""
    breaches, needed = [], set()
    for room in ("wall", "static"):
        for path in sorted(path for path in (root / room).rglob("*") if path.suffix in WRITTEN_BY_HAND):
            name, lines = path.relative_to(root).as_posix(), len(path.read_text("utf-8").splitlines())
            if lines <= MAX_LINES:
                continue
            needed.add(name)
            if not excused.get(name):
                breaches.append(f"{name} has {lines} lines; {MAX_LINES} are enough")
    return breaches + [f"{name} needs no excuse" for name in sorted(set(excused) - needed)]


def settings_readme_forgot(readme: str, fields: Iterable[tuple[str, object, str]]) -> list[str]:
    """The table of variables in the README against (name, default, sentence) of every field."""
    rows = {}
    for line in readme.splitlines():
        if match := re.match(r"\|\s*`([A-Z][A-Z0-9_]*)`\s*\|", line):
            rows[match[1]] = line
    breaches = []
    for name, default, sentence in fields:
        wanted = settings_row(name, default, sentence)
        if name not in rows:
            breaches.append(f"README.md misses: {wanted}")
        elif _squeezed(rows[name]) != _squeezed(wanted):
            breaches.append(f"README.md should say: {wanted}")
        rows.pop(name, None)
    return breaches + [f"README.md lists {name}, which is no setting" for name in rows]


def settings_row(name: str, default: object, sentence: str) -> str:
    """The table's line for one setting, as the README has to show it."""
    shown = "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    cell = f"`{shown}`" if shown else ""
    return f"| `{name}` | {cell} | {sentence.replace('|', chr(92) + '|')} |"


def _squeezed(line: str) -> str:
    return "|".join(cell.strip() for cell in line.split("|"))


def tests_the_readme_invented(readme: str, tests: Path) -> list[str]:
    """Tests that the README's table of ASVS names as proof and that are neither a file nor a function."""
    table = readme.partition("**ASVS")[2].partition("\n## ")[0]
    there = {path.stem for path in tests.rglob("test_*.py")}
    for path in tests.rglob("test_*.py"):
        there |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    named = dict.fromkeys(re.findall(r"`(test_\w+)`", table))
    return [f"README.md names {name}, which is no test" for name in named if name not in there]


def bad_input_without_a_test(tests: Path, rows: int) -> list[str]:
    """Rows of bad input, by number, that no test says it holds: ABUSE 12, or several, as in ABUSE 4, 18, 36."""
    held: set[int] = set()
    for path in tests.rglob("test_*.py"):
        if path.name == "test_house.py":  # it holds the rule, and numbers to try it with
            continue
        for said in re.findall(r"\bABUSE ((?:\d+(?:, |–| and )?)+)", path.read_text("utf-8")):
            for first, last in re.findall(r"(\d+)(?:–(\d+))?", said):
                held |= set(range(int(first), int(last or first) + 1))
    return [f"no test holds ABUSE {row}" for row in range(1, rows + 1) if row not in held]


def strangers_at_the_top(root: Path) -> list[str]:
    """What git tracks at the top level beyond what belongs there."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True).stdout
    tops = {line.strip('"').split("/")[0] for line in listed.splitlines()}
    return [f"{top} does not belong at the top level" for top in sorted(tops) if not _belongs(top)]


def _belongs(top: str) -> bool:
    return top in TOP_LEVEL or top.startswith(".")
