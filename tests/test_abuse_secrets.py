"""Secrets and logs: an unsafe server does not start, and what visitors send never forges or leaks a log line."""

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.makers import words
from tests.processes import serving, wall

UNSAFE = [
    ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
    ({"SECRET_KEY": " , "}, "SECRET_KEY is not set"),
    ({"SECRET_KEY": "zu kurz 123"}, "SECRET_KEY must be at least 32 random characters; this one has 11"),
    ({"SECRET_KEY": "x" * 64}, "looks like a placeholder"),
    ({"SECRET_KEY": "please-change-me-0123456789-abcdefghij"}, "looks like a placeholder"),
    ({"SECRET_KEY": "lang genug und zufaellig 8f3k2mz9qw,kurz"}, "this one has 4"),
    ({"DEBUG": "1"}, "DEBUG shows tracebacks to everybody"),
    ({"BASE_URL": "javascript:alert(1)"}, "BASE_URL must be an http(s) address"),
]


@pytest.mark.parametrize(("settings", "why"), UNSAFE)
def test_a_server_with_unsafe_settings_does_not_start_and_says_why(
    tmp_path: Path, settings: dict[str, str], why: str
) -> None:
    """ABUSE 46"""
    done = wall(tmp_path, "serve", **settings)
    assert done.returncode != 0
    assert why in done.stdout
    assert "Traceback" not in done.stdout
    assert len(settings.get("SECRET_KEY", "")) < 12 or settings["SECRET_KEY"] not in done.stdout
    assert not (tmp_path / "wall.db").exists(), "it looked at its settings before anything else"


LINE_BREAKS = "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
EVIL = f"evil\x1b[31m{LINE_BREAKS}2026-01-01 [info] forged=1 {{}} %s"


def encoded(raw: str) -> str:
    return "".join(f"%{byte:02X}" for byte in raw.encode())


@pytest.mark.parametrize("form", ["json", "console"])
def test_what_visitors_send_cannot_forge_or_leak_a_log_line(tmp_path: Path, form: str) -> None:
    """ABUSE 47: line breaks and ANSI in paths, headers and fields are written out; tokens are left out"""
    settings = {"LOG_FORMAT": form}
    assert wall(tmp_path, "new", "probe", "Probewand").returncode == 0
    invited = wall(tmp_path, "invite", "probe", "mod@beispiel.invalid").stdout
    sign_in = invited.strip().rpartition("/")[2]
    with serving(tmp_path, **settings) as server, httpx.Client(base_url=server.url) as client:
        headers = {"idempotency-key": "key-00000001"}
        card = words("Netz\x1b[31m\nforged=2", section="buendnisse")
        pinned = client.post("/api/walls/probe/cards", json=card, headers=headers)
        assert pinned.status_code == 201, pinned.text
        edit = pinned.json()["edit_url"].rpartition("/")[2]
        own = {"sec-fetch-site": "same-origin"}
        paths = [
            f"/w/{encoded(EVIL)}",
            f"/{encoded(EVIL)}",
            f"/w/probe/c/{encoded(EVIL)}/approve",
            f"/w/probe?q={encoded(EVIL)}",
        ]
        for path in paths:
            client.get(path, headers={"user-agent": "evil\x1b[31m\tforged=3", "referer": "\x1b[31m"})
            client.post(path, headers=own, data={"reason": EVIL, "name": EVIL})
        client.get("/", headers={"host": "evil\x1b[31m.example"})
        client.post("/sign-in", headers={"origin": "http://evil\x1b[31m.example"}, data={"email": EVIL})
        for path in (
            f"/mine/{edit}",
            f"/mine/{edit}/",
            f"/mine/{edit}?new=1",
            f"{server.url}//mine/{edit}",
            f"/mine/{edit}/x",
        ):
            client.get(path)
            client.post(path, headers=own, data={"name": ""})
            client.post(path, headers={"sec-fetch-site": "cross-site"})
        assert client.get(f"/sign-in/{sign_in}").status_code == 200
        signed_in = client.post(f"/sign-in/{sign_in}", headers=own)
        assert signed_in.status_code == 303
        session = client.cookies["session"]
        assert client.get("/w/probe/queue").status_code == 200
        client.post("/sign-in", headers=own, data={"email": "mod@beispiel.invalid", "password": "ein-geheimes-wort"})
        client.get("/w/probe")
    log = server.log()
    for secret in (edit, edit.rpartition(".")[2], sign_in, session, "ein-geheimes-wort"):
        assert secret not in log
    assert "/sign-in/…" in log, "the requests themselves are in the log"
    assert "evil\\x1b[31m" in log or "evil\\\\x1b[31m" in log
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", log)
    for line in log.split("\n")[:-1]:
        if form == "json":
            assert isinstance(json.loads(line), dict)
        else:
            assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[(debug|info|warning|error) ", line), line
