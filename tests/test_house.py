"""The house stays in order: where things are, which way imports point, what the README and the words promise.

Each rule is claimed for this repository, and shown to name a breach in a small tree that breaks it.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import ROOT, front, rooms

ROWS_OF_BAD_INPUT = 47
LONG_FOR_A_REASON: dict[str, str] = {}  # path: why it is better in one piece

Rule = Callable[[Path], list[str]]


def none(breaches: list[str]) -> None:
    assert not breaches, "\n".join(["", *breaches])


def test_imports_only_point_down_the_house() -> None:
    none(rooms.imports_that_point_up(ROOT))


def test_every_module_says_what_it_answers_for() -> None:
    none(rooms.modules_without_a_docstring(ROOT))


def test_files_are_short_enough_to_read_in_one_go() -> None:
    none(rooms.files_too_long(ROOT, LONG_FOR_A_REASON))


def test_the_readme_explains_every_setting_and_nothing_else() -> None:
    from wall.settings import Settings

    fields = [
        (name.upper(), field.get_default(call_default_factory=True), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    none(rooms.settings_readme_forgot((ROOT / "README.md").read_text("utf-8"), fields))


def test_every_test_the_readme_names_as_proof_is_there() -> None:
    none(rooms.tests_the_readme_invented((ROOT / "README.md").read_text("utf-8"), ROOT / "tests"))


def test_a_server_loads_no_library_before_somebody_needs_it() -> None:
    """5,000 walls are to fit into 200 MB, and each of these takes several."""
    seldom = ("openpyxl", "icalendar", "PIL", "redis", "typst", "alembic", "typer", "obstore", "rapidfuzz", "segno")
    told = "import sys, wall.app; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told, *seldom], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_row_of_bad_input_is_held_by_a_test() -> None:
    none(rooms.bad_input_without_a_test(ROOT / "tests", ROWS_OF_BAD_INPUT))


def test_the_top_level_holds_only_what_belongs_there() -> None:
    none(rooms.strangers_at_the_top(ROOT))


def test_every_import_in_javascript_is_a_name_of_the_import_map_and_a_file() -> None:
    assert (ROOT / "static/js").is_dir(), "there is no JavaScript under static/js yet"
    none(front.imports_that_lead_nowhere(ROOT))


def test_the_import_map_names_every_script_and_nothing_else() -> None:
    from wall.web.assets import Assets

    none(front.names_in_the_map_that_lead_nowhere(ROOT, json.loads(Assets(ROOT / "static").importmap)["imports"]))


def test_every_asset_a_template_asks_for_is_there() -> None:
    assert (ROOT / "wall/templates").is_dir(), "there are no templates yet"
    none(front.assets_that_are_not_there(ROOT))


def test_every_style_stands_in_a_layer() -> None:
    none(front.styles_outside_a_layer(ROOT))


def test_every_style_sheet_has_its_place_in_the_order() -> None:
    none(front.styles_out_of_order(ROOT))


def test_every_word_the_pages_use_is_there_in_german_and_english() -> None:
    none(front.words_that_are_missing(ROOT))


def test_nothing_sent_to_a_browser_names_a_foreign_host() -> None:
    none(front.foreign_origins(ROOT))


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


WORDS = {"wall/words/de/pin.toml": "[pin]\ntitle = 'Anpinnen'\n", "wall/words/en/pin.toml": "[pin]\ntitle = 'Pin'\n"}

BREACHES: list[tuple[Rule, dict[str, str], str]] = [
    (rooms.imports_that_point_up, {"wall/model/card.py": "from wall.store import journal"}, "imports store"),
    (rooms.imports_that_point_up, {"wall/store/a.py": "def f():\n    import wall.actions.pin"}, "store/a.py:2 imports"),
    (rooms.imports_that_point_up, {"wall/find/a.py": "from ..web import pin"}, "which is not below find"),
    (rooms.imports_that_point_up, {"wall/find/a.py": "from .. import app", "wall/app.py": ""}, "not below find"),
    (rooms.imports_that_point_up, {"wall/live/a.py": "from wall import web", "wall/web/b.py": ""}, "not below live"),
    (rooms.imports_that_point_up, {"wall/exchange/a.py": "import wall.demo.walls"}, "not below exchange"),
    (rooms.imports_that_point_up, {"wall/utils.py": ""}, "in no room"),
    (rooms.imports_that_point_up, {"wall/web/a.py": "import wall.helpers"}, "no room of the house"),
    (rooms.imports_that_point_up, {"wall/__init__.py": "import wall.app"}, "everything imports this file"),
    (rooms.modules_without_a_docstring, {"wall/web/__init__.py": ""}, "does not say"),
    (front.imports_that_lead_nowhere, {"static/js/a.js": "import { b } from './b.js'"}, 'imports "./b.js"'),
    (front.imports_that_lead_nowhere, {"static/js/a.js": "import {\n  b,\n} from 'wall/b.js'"}, "not under static/js"),
    (front.imports_that_lead_nowhere, {"static/js/a.js": "import 'wall/b.js'"}, "not under static/js"),
    (front.imports_that_lead_nowhere, {"static/js/a.js": "export * from 'b'"}, 'imports "b"'),
    (front.imports_that_lead_nowhere, {"static/js/a.js": "await import('wall/b.js')"}, "not under static/js"),
    (front.assets_that_are_not_there, {"wall/templates/a.html": "{{ asset('img/a.svg') }}"}, "img/a.svg"),
    (front.styles_outside_a_layer, {"static/css/a.css": "@layer a { b { c: d } }\n.e { f: g }"}, ".e stands outside"),
    (front.styles_outside_a_layer, {"static/css/a.css": "@media print { .e { f: g } }"}, ".e stands outside"),
    (front.styles_outside_a_layer, {"static/css/a.css": "@import 'b.css';"}, "@import"),
    (front.styles_outside_a_layer, {"static/css/a.css": "@layer a { b { c: d }"}, "never closed"),
    (front.styles_out_of_order, {"static/css/a.css": "", "static/css/order.txt": "b.css\n"}, "a.css is not listed"),
    (front.styles_out_of_order, {"static/css/a.css": "", "static/css/order.txt": "a.css\nb.css\n"}, "b.css"),
    (front.styles_out_of_order, {"static/css/a.css": "", "static/css/order.txt": "a.css\na.css\n"}, "twice"),
    (front.styles_out_of_order, {"static/css/a.css": ""}, "order.txt is not there"),
    (front.words_that_are_missing, {"wall/words/de/a.toml": ""}, "words/en is not there"),
    (front.words_that_are_missing, WORDS | {"wall/words/en/pin.toml": ""}, "pin.title is only in de"),
    (front.words_that_are_missing, WORDS | {"wall/words/de-ihr/a.toml": "a = 'b'"}, "a is only in de-ihr"),
    (front.words_that_are_missing, WORDS | {"wall/words/de/a.toml": "[pin]\ntitle = 'b'"}, "pin.title stands in two"),
    (front.words_that_are_missing, WORDS | {"wall/words/en/pin.toml": "[pin]\ntitle = '{n}'"}, "other placeholders"),
    (front.words_that_are_missing, WORDS | {"wall/templates/a.html": "{{ t('pin.titel') }}"}, "pin.titel"),
    (front.words_that_are_missing, WORDS | {"wall/templates/a.html": '{{ t.n("pin.title", 2) }}'}, "pin.title.one"),
    (front.words_that_are_missing, WORDS | {"wall/templates/a.html": "{{ t('kind.' ~ a) }}"}, "kind.*"),
    (
        front.words_that_are_missing,
        WORDS | {"wall/templates/a.html": "{{ t('pin.a' if b else 'pin.title') }}"},
        "pin.a",
    ),
    (
        front.words_that_are_missing,
        WORDS | {"wall/templates/a.html": "{{ t('pin.title' if b else 'pin.c') }}"},
        "pin.c",
    ),
    (front.foreign_origins, {"wall/templates/a.html": '<script src="https://cdn.net/a.js">'}, "https://cdn.net/a.js"),
    (front.foreign_origins, {"wall/templates/a.html": '<script src="//cdn.net/a.js">'}, "//cdn.net/a.js"),
    (front.foreign_origins, {"static/css/a.css": "a { b: url(//cdn.net/c) }"}, "//cdn.net/c"),
    (front.foreign_origins, {"static/js/a.js": "fetch('http://cdn.net/c')"}, "http://cdn.net/c"),
    (front.foreign_origins, {"static/js/a.js": "fetch('http://www.w3.org.cdn.net/c')"}, "w3.org.cdn.net"),
]


@pytest.mark.parametrize(("rule", "files", "named"), BREACHES)
def test_a_breach_is_named(rule: Rule, files: dict[str, str], named: str, tmp_path: Path) -> None:
    assert any(named in breach for breach in rule(tree(tmp_path, files)))


def test_a_house_in_order_has_no_breach(tmp_path: Path) -> None:
    fine = {
        "wall/__init__.py": '"""The wall."""\n__version__ = "1"',
        "wall/__main__.py": '"""The command line."""\nfrom wall import app\nimport wall.demo.walls',
        "wall/app.py": '"""Everything."""\nfrom wall import __version__\nfrom wall.web import pin',
        "wall/web/pin.py": '"""The pin form."""\nimport json\nfrom wall.errors import Gone\nfrom . import forms',
        "wall/demo/walls.py": '"""Walls to try."""\nfrom wall.exchange import csv\nfrom wall.actions import pin',
        "wall/exchange/csv.py": '"""CSV."""\nimport csv',
        "wall/settings.py": '"""Settings."""\nfrom wall.errors import Gone',
        "wall/errors.py": '"""Errors."""',
        "wall/templates/a.html": "{{ t('pin.title') }}{# t('old') #}{{ t('pin.' ~ x) }}"
        '{{ asset(\'js/a.js\') }}<svg xmlns="http://www.w3.org/2000/svg"><input placeholder="https://…">'
        '<a href="/w/leipzig">',
        "static/js/a.js": "// import './x.js'\nimport { b } from 'wall/lib/b.js';\nconst a = `https://${host}`;",
        "static/js/lib/b.js": "export const b = 1; // see //a",
        "static/css/a.css": "@charset 'utf-8';\n@layer a, b;\n/* .x { } */\n"
        "@layer a { .b::before { content: '}' } @media print { c { d: e } } }\n"
        "@media print { @layer b { c { d: e } } }",
        "static/css/order.txt": "a.css\n",
        **WORDS,
    }
    rules = {rule for rule, _, _ in BREACHES}
    assert {rule.__name__: rule(tree(tmp_path, fine)) for rule in rules} == {rule.__name__: [] for rule in rules}


def test_a_long_file_needs_a_reason_and_a_reason_needs_a_long_file(tmp_path: Path) -> None:
    tree(tmp_path, {"wall/web/pin.py": "\n" * 301, "static/css/a.css": "\n" * 300, "wall/words/de/a.toml": "\n" * 999})
    assert rooms.files_too_long(tmp_path, {}) == ["wall/web/pin.py has 301 lines; 300 are enough"]
    assert rooms.files_too_long(tmp_path, {"wall/web/pin.py": "one table"}) == []
    assert rooms.files_too_long(tmp_path, {"wall/web/pin.py": ""}) == ["wall/web/pin.py has 301 lines; 300 are enough"]
    assert rooms.files_too_long(tmp_path, {"wall/web/pin.py": "a", "wall/b.py": "c"}) == ["wall/b.py needs no excuse"]


@pytest.mark.parametrize(
    ("readme", "breach"),
    [
        ("| `PORT` | `8000` | The port. |\n| `DEBUG` | `false` | Tracebacks. |\n| `NAME` |  | A name. |", None),
        ("| `PORT` | `8000` | The port. |\n| `NAME` | | A name. |", "README.md misses: | `DEBUG` | `false`"),
        (
            "| `PORT` | `80` | The port. |\n| `DEBUG` | `false` | Tracebacks. |\n| `NAME` |  | A name. |",
            "README.md should say: | `PORT` | `8000` | The port. |",
        ),
        (
            "| `PORT` | `8000` | The port. |\n| `DEBUG` | `false` | Traces. |\n| `NAME` |  | A name. |",
            "README.md should say: | `DEBUG` | `false` | Tracebacks. |",
        ),
        (
            "| `PORT` | `8000` | The port. |\n| `DEBUG` | `false` | Tracebacks. |\n| `NAME` |  | A name. |\n"
            "| `X` | | |",
            "README.md lists X, which is no setting",
        ),
    ],
)
def test_a_setting_the_readme_gets_wrong_is_named(readme: str, breach: str | None) -> None:
    fields = [("PORT", 8000, "The port."), ("DEBUG", False, "Tracebacks."), ("NAME", "", "A name.")]
    found = rooms.settings_readme_forgot(f"# Wall\n\n| Variable | Default | |\n|---|---|---|\n{readme}\n", fields)
    assert [sentence.startswith(breach or "") for sentence in found] == ([True] if breach else [])


def test_a_proof_that_is_no_test_is_named(tmp_path: Path) -> None:
    tree(tmp_path, {"tests/test_a.py": "async def test_b() -> None: ...\n    def test_inner(): ..."})
    readme = "`test_x`\n**ASVS 5.0**\n| 1 | `test_a`, `test_b`, `test_c`, `test_inner` |\n## Next\n`test_y`"
    assert rooms.tests_the_readme_invented(readme, tmp_path / "tests") == [
        "README.md names test_c, which is no test",
        "README.md names test_inner, which is no test",
    ]


def test_a_row_of_bad_input_without_a_test_is_named(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"tests/test_a.py": '"""ABUSE 1, 3"""\n"""ABUSE 5 and 6: also 2"""', "tests/x/test_b.py": "# ABUSE 8–9"},
    )
    breaches = rooms.bad_input_without_a_test(tmp_path / "tests", 9)
    assert breaches == ["no test holds ABUSE 2", "no test holds ABUSE 4", "no test holds ABUSE 7"]


def test_an_import_map_is_held_against_the_files_in_both_directions(tmp_path: Path) -> None:
    tree(tmp_path, {"static/js/main.js": "", "static/js/lib/a.js": "", "static/js/sw.js": ""})
    right = {"wall/main.js": "/s/1", "wall/lib/a.js": "/s/2"}
    assert front.names_in_the_map_that_lead_nowhere(tmp_path, right) == []
    assert front.names_in_the_map_that_lead_nowhere(tmp_path, {"wall/main.js": "/s/1", "wall/b.js": "/s/2"}) == [
        '"wall/b.js" is no file under static/js',
        '"wall/lib/a.js" is not in the import map',
    ]


def test_a_stranger_at_the_top_level_is_named(tmp_path: Path) -> None:
    tree(tmp_path, {"wall/a.py": "", "README.md": "", ".gitignore": "/.cache/", "notes.txt": "", "docs/a.md": ""})
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert rooms.strangers_at_the_top(tmp_path) == []
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    assert rooms.strangers_at_the_top(tmp_path) == [
        "docs does not belong at the top level",
        "notes.txt does not belong at the top level",
    ]
