"""The command line as an operator meets it: each command in a process of its own."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.makers import words
from tests.services import free_port

SLUGS = ["leipzig", "luebeck", "naumburg", "nrw", "sachsen"]
PATIENCE = 30.0
SECRET = "0123456789 abcdefghijklm nopqrstuvwxyz"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """An operator's environment; nothing of ours but the way to Python."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "VIRTUAL_ENV") if name in os.environ}
    own = {"DATABASE_URL": f"sqlite:///{folder / 'wall.db'}", "BASE_URL": "http://localhost:8000", "SECRET_KEY": SECRET}
    return kept | own | more


def wall(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`wall …` in an empty folder."""
    command = [sys.executable, "-m", "wall", *arguments]
    run = environment(folder, **more)
    return subprocess.run(command, cwd=folder, env=run, capture_output=True, text=True, timeout=PATIENCE)


def said(folder: Path, *arguments: str, **more: str) -> str:
    """What a command that succeeds prints."""
    done = wall(folder, *arguments, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(folder: Path, *arguments: str, **more: str) -> Iterator[tuple[str, httpx.Client]]:
    """A server started by a command: what it printed before it answered, and a browser in front of it."""
    port, python = int(more.pop("PORT", "") or free_port()), more.pop("python", sys.executable)
    output = folder / "output"
    with output.open("w") as file:
        command = [python, "-m", "wall", *arguments]
        run = environment(folder, **more) | {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(command, cwd=folder, env=run, stdout=file, stderr=subprocess.STDOUT)
    try:
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html", "accept-language": "de"}
        with httpx.Client(base_url=f"http://localhost:{port}", headers=headers) as client:
            deadline = time.monotonic() + PATIENCE
            while True:
                assert process.poll() is None, output.read_text()
                assert time.monotonic() < deadline, output.read_text()
                try:
                    if client.get("/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.02)
            yield output.read_text(), client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


@contextmanager
def demo(folder: Path, *more: str, python: str = sys.executable) -> Iterator[tuple[str, httpx.Client]]:
    port = str(free_port())
    with serving(folder, "demo", "--port", port, *more, PORT=port, python=python) as running:
        yield running


def count(client: httpx.Client, slug: str) -> int:
    answer = client.get(f"/api/walls/{slug}")
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["count"]
    return number


def test_the_demo_shows_five_walls_keeps_what_is_pinned_and_starts_over_when_told(tmp_path: Path) -> None:
    with demo(tmp_path) as (printed, client):
        base = str(client.base_url).rstrip("/")
        for address in ("/w/leipzig", "/w/leipzig/pin", "/w/leipzig/projector", "/"):
            assert re.search(rf"{re.escape(base + address)}\s", printed)
            assert client.get(address).status_code == 200
        listed = {one["slug"]: one["count"] for one in client.get("/api/walls").json()["walls"]}
        assert sorted(listed) == SLUGS
        assert listed["leipzig"] >= 87
        assert all(listed.values())
        credits = client.get("/w/leipzig/info").text
        assert "Leipziger Ecken" in credits
        assert "CC BY 4.0" in credits
        link = re.search(rf"{re.escape(base)}(/sign-in/\S+)", printed)
        assert link is not None
        assert client.post(link[1]).headers["location"] == "/account"
        assert client.get("/account").status_code == 200
        section = client.get("/api/walls/leipzig").json()["sections"][0]["id"]
        pinned = client.post("/w/leipzig/pin", data=words("Meine Karte", section=section, key="key-00000001"))
        assert pinned.status_code == 303
        before = count(client, "leipzig")
    with demo(tmp_path) as (_, client):
        assert count(client, "leipzig") == before
        assert "Meine Karte" in client.get("/w/leipzig").text
        assert client.get(pinned.headers["location"]).status_code == 200, "edit links outlive a restart"
    with demo(tmp_path, "--fresh") as (_, client):
        assert count(client, "leipzig") == before - 1
        assert "Meine Karte" not in client.get("/w/leipzig").text


def test_a_demo_takes_the_next_free_port(tmp_path: Path) -> None:
    with demo(tmp_path) as (_, client):
        taken = client.base_url.port
        assert taken is not None
        command = [sys.executable, "-m", "wall", "demo", "--folder", "second", "--port", str(taken)]
        run = environment(tmp_path)
        with subprocess.Popen(command, cwd=tmp_path, env=run, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                found = (re.search(r"localhost:(\d+)/w/leipzig\s", line) for line in process.stdout)
                assert taken < int(next(port[1] for port in found if port)) < taken + 50
            finally:
                process.terminate()


def test_an_operator_makes_a_wall_invites_and_serves(tmp_path: Path) -> None:
    port = str(free_port())
    here = {"BASE_URL": f"http://localhost:{port}", "PORT": port}
    assert said(tmp_path, "migrate") == "Database is up to date.\n"
    made = said(tmp_path, "new", "probe", "Probewand", "--section", "Runde Tische", "--section", "Foren", **here)
    assert made == f"http://localhost:{port}/w/probe\n"
    link = said(tmp_path, "invite", "probe", "mod@beispiel.invalid", **here).strip()
    with serving(tmp_path, "serve", **here) as (_, client):
        assert [section["name"] for section in client.get("/api/walls/probe").json()["sections"]] == [
            "Runde Tische",
            "Foren",
        ]
        assert client.get("/w/probe/queue").status_code == 401
        assert client.get(link).status_code == 200
        assert client.post(link).status_code == 303
        assert client.get("/w/probe/queue").status_code == 200
        said(tmp_path, "invite", "-", "betrieb@beispiel.invalid", **here)


def test_what_cannot_be_done_is_said_in_one_sentence(tmp_path: Path) -> None:
    said(tmp_path, "new", "probe", "Probewand")
    said(tmp_path, "export", "probe", "probe.json")
    (tmp_path / "alt.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "fremd.csv").write_text("Foo;Bar\n1;2\n")
    for command, sentence in [
        (("new", "Große Wand", "x"), "slug: This address is taken, or is none"),
        (("new", "probe", "x"), "slug: This address is taken"),
        (("import", "probe", "probe.json"), "open /w/SLUG/import"),
        (("import", "probe", "alt.xls"), "We cannot read this file. CSV, Excel (.xlsx)"),
        (("import", "probe", "fremd.csv"), "name: No column says how the networks are called"),
        (("new", "andere", ""), "title"),
        (("new", "andere", "x", "--language", "fr"), "language"),
        (("invite", "nirgends", "a@beispiel.invalid"), "no wall is called 'nirgends'"),
        (("restore", "probe", "7"), "has no snapshot 7"),
        (("import", "probe", "nirgends.csv"), "nirgends.csv"),
    ]:
        done = wall(tmp_path, *command)
        assert done.returncode > 0
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


def test_import_reports_row_by_row_and_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    said(tmp_path, "new", "probe", "Probewand", SNAPSHOT_EVERY="1")
    (tmp_path / "good.csv").write_text("Name;Art;E-Mail\nChor;Netzwerk;a@beispiel.invalid\nGarten;Zirkel;\n", "utf-8")
    (tmp_path / "bad.csv").write_text("Name;Art\nChor;Netzwerk\n;Forum\n", "utf-8")
    strict = wall(tmp_path, "import", "probe", "good.csv")
    assert strict.returncode == 1
    assert "1 of 2 rows can be taken; nothing was imported." in strict.stdout
    dry = said(tmp_path, "import", "probe", "good.csv", "--dry-run", "--extend")
    assert "Columns: Name → name, Art → kind" in dry
    assert "Not taken: E-Mail" in dry
    assert "    3  ✓  Garten" in dry
    assert "2 of 2 rows can be taken; nothing was imported." in dry
    bad = wall(tmp_path, "import", "probe", "bad.csv", "--extend")
    assert bad.returncode == 1
    assert "    3  ✗  ? — Wie heißt das Netzwerk?: Bitte ausfüllen." in bad.stdout
    assert said(tmp_path, "snapshots", "probe") == "None yet.\n"
    assert "2 cards imported." in said(tmp_path, "import", "probe", "good.csv", "--extend", SNAPSHOT_EVERY="1")
    listed = said(tmp_path, "snapshots", "probe").splitlines()
    assert ["revision 3" in line or "revision 1" in line for line in listed] == [True, True]


def test_import_recognises_what_other_services_wrote(tmp_path: Path) -> None:
    said(tmp_path, "new", "probe", "Probewand", "--section", "Stammtische")
    padlet = "# Wand\n\n## Stammtische\n\n### 1. Chor\n\n**Author:** Erika Beispiel\n\n<p>Wir <b>singen</b></p>\n---\n"
    (tmp_path / "padlet.md").write_text(padlet, "utf-8")
    report = said(tmp_path, "import", "probe", "padlet.md")
    assert "Not taken: Author" in report
    assert "1 cards imported." in report
    (tmp_path / "donnees.json").write_text('{"pad": {}, "blocs": [{"titre": "Garten"}]}', "utf-8")
    assert "1 cards imported." in said(tmp_path, "import", "probe", "donnees.json")
    said(tmp_path, "export", "probe", "probe.csv")
    assert "Wir **singen**" in (tmp_path / "probe.csv").read_text("utf-8")


def test_a_file_of_a_gigabyte_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """ABUSE 35"""
    said(tmp_path, "new", "probe", "Probewand")
    with (tmp_path / "huge.csv").open("wb") as file:
        file.write(b"Name\nChor\n")
        file.truncate(2**30)
    little = "import resource, sys; resource.setrlimit(resource.RLIMIT_DATA, (2**29, 2**29)); "
    run = little + "sys.argv[1:] = ['import', 'probe', 'huge.csv']; from wall.__main__ import cli; cli()"
    command = [sys.executable, "-c", run]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert "MemoryError" not in done.stderr
    assert "imported" not in done.stdout
    assert "too_long" in done.stderr, done.stderr


def test_a_wall_is_put_back_to_a_snapshot_and_a_backup_renewed(tmp_path: Path) -> None:
    said(tmp_path, "new", "probe", "Probewand")
    (tmp_path / "cards.csv").write_text("Name\nChor\n", "utf-8")
    said(tmp_path, "import", "probe", "cards.csv", SNAPSHOT_EVERY="1")
    (number,) = [line.split()[0] for line in said(tmp_path, "snapshots", "probe").splitlines()]
    said(tmp_path, "import", "probe", "cards.csv")
    assert said(tmp_path, "restore", "probe", number) == "Restored; the wall is at revision 3.\n"
    assert "revision 2  r2" in said(tmp_path, "snapshots", "probe").splitlines()[0]
    assert said(tmp_path, "renew") == "1 walls renewed.\n"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be at least 32 random characters; this one has 5"),
        ({"SECRET_KEY": "a" * 40}, "looks like a placeholder"),
        ({"SECRET_KEY": "please-change-me-0123456789-abcdefgh"}, "looks like a placeholder"),
        ({"SECRET_KEY": f"{SECRET},short"}, "this one has 5"),
        ({"DEBUG": "true"}, "DEBUG shows tracebacks to everybody"),
        ({"BASE_URL": "wand.beispiel.invalid"}, "BASE_URL must be an http(s) address"),
        ({"MODE": "test"}, "MODE: Input should be 'production' or 'demo'."),
        ({"PORT": "ninety"}, "PORT: Input should be a valid integer"),
    ],
)
def test_serve_refuses_settings_that_are_unsafe_or_cannot_work(
    tmp_path: Path, given: dict[str, str], sentence: str
) -> None:
    """ABUSE 46"""
    done = wall(tmp_path, "serve", **given)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_are_read_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET_KEY=short\n", "utf-8")
    run = {name: value for name, value in environment(tmp_path).items() if name != "SECRET_KEY"}
    done = subprocess.run(
        [sys.executable, "-m", "wall", "serve"], cwd=tmp_path, env=run, capture_output=True, text=True, timeout=PATIENCE
    )
    assert "this one has 5" in done.stderr


def test_an_invitation_gives_the_role_that_was_named_and_only_one_that_there_is(tmp_path: Path) -> None:
    said(tmp_path, "new", "probe", "Probewand")
    for role in ("moderator", "owner"):
        link = said(tmp_path, "invite", "probe", f"{role}@beispiel.invalid", "--role", role)
        assert re.fullmatch(r"http://localhost:8000/sign-in/[\w-]+\n", link)
    for arguments in (
        ("probe", "a@beispiel.invalid", "--role", "operator"),
        ("-", "a@beispiel.invalid", "--role", "owner"),
    ):
        assert "operator is one of all walls" in wall(tmp_path, "invite", *arguments).stderr
    assert "not an e-mail address" in wall(tmp_path, "invite", "probe", "keine").stderr
    with sqlite3.connect(tmp_path / "wall.db") as database:
        roles = database.execute("SELECT email, role FROM role JOIN person ON person.id = person_id").fetchall()
    assert sorted(roles) == [("moderator@beispiel.invalid", "moderator"), ("owner@beispiel.invalid", "owner")]


def test_an_invitation_that_cannot_be_sent_is_printed_and_says_so(tmp_path: Path) -> None:
    said(tmp_path, "new", "probe", "Probewand")
    for settings in ({}, {"SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "MAIL_FROM": "wand@beispiel.invalid"}):
        done = wall(tmp_path, "invite", "probe", "a@beispiel.invalid", "--mail", **settings)
        assert done.returncode == 1
        assert "/sign-in/" in done.stdout
        assert "hand the link over yourself" in done.stderr


def test_a_wall_moves_to_another_installation_by_two_commands(tmp_path: Path) -> None:
    """With everything in it, told by the same state at both ends; a table of it is for reading and for a spreadsheet"""
    here, there = tmp_path / "hier", tmp_path / "dort"
    here.mkdir()
    there.mkdir()
    said(here, "new", "probe", "Probewand", "--section", "Bündnisse")
    (here / "cards.csv").write_text("Name,Art,Sucht\nChor,Netzwerk,=1+1\nGarten,Initiative,\n", "utf-8")
    said(here, "import", "probe", "cards.csv")
    written = {kind: said(here, "export", "probe", f"probe.{kind}") for kind in ("zip", "json", "xlsx", "csv", "md")}
    state = re.search(r"State (\w+)", written["zip"])
    assert state is not None
    assert "2 cards written to probe.zip." in written["zip"]
    taken = said(there, "import", "probe", str(here / "probe.zip"))
    assert taken == f"2 cards and 0 pictures taken to /w/probe. State {state[1]}\n"
    assert state[1] in said(there, "export", "probe", "again.json")
    assert "'=1+1" in (here / "probe.csv").read_text("utf-8-sig")
    assert (here / "probe.md").read_text("utf-8").startswith("# Probewand\n")
    again = wall(there, "import", "zweite", str(here / "probe.zip"))
    assert again.returncode == 1, "its cards hang here already"
    assert "its cards are on a wall here already" in again.stderr
    assert "should end in .zip" in wall(here, "export", "probe", "probe.doc").stderr
    assert "there is no file" in wall(here, "import", "probe", "nichts.csv").stderr
    assert sorted(path.name for path in here.iterdir() if path.name.startswith(".")) == []
