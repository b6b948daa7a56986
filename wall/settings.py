"""Every variable an operator can set: its name, its default and one sentence about it."""

import re
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from wall.errors import Misconfigured

MIN_SECRET = 32


class Settings(BaseSettings):
    """Read from the environment and from a file named .env in the working directory."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    mode: Literal["production", "demo"] = Field(
        "production", description="`demo` allows plain http and a secret made up on the spot; `wall demo` sets it."
    )
    secret_key: str = Field(
        "",
        description="At least 32 random characters that sign edit links and relay messages; to replace it, put the new"
        " one first and keep the old one behind a comma.",
    )
    base_url: str = Field(
        "http://localhost:8000", description="The address people type, used in links, QR codes and origin checks."
    )
    host: str = Field("127.0.0.1", description="The address the server listens on; `0.0.0.0` means every one.")
    port: int = Field(8000, description="The port the server listens on.", ge=0, le=65535)
    database_url: str = Field(
        "sqlite:///data/wall.db", description="`sqlite:///file` or `postgresql://user:password@host/name`."
    )
    redis_url: str = Field(
        "", description="`redis://host:6379/0`; needed as soon as more than one server process serves the walls."
    )
    allowed_hosts: str = Field(
        "", description="Further host names the server answers to besides that of `BASE_URL`, comma separated."
    )
    trusted_proxies: str = Field(
        "", description="Addresses of reverse proxies whose `X-Forwarded-*` headers count, comma separated."
    )
    images_url: str = Field(
        "data/images",
        description="Where pictures are kept: a folder, or `s3://bucket/prefix?endpoint=https://…&region=…` with the"
        " keys in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; several machines need the latter.",
    )
    rate_limits: float = Field(
        1.0,
        description="Multiplies what one address may do (`wall limits` shows it); raise it for a larger hall.",
        gt=0,
    )
    smtp_url: str = Field(
        "",
        description="The mail server: `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…`; without"
        " it nothing is sent: demo mode prints links in the log, production refuses what needs e-mail.",
    )
    mail_from: str = Field(
        "", description="Who e-mails come from, such as `Netzwerk-Wand <wand@example.org>`; needed with `SMTP_URL`."
    )
    legal_dir: Path = Field(
        Path("legal"),
        description="Folder with `impressum.md`, `datenschutz.md` and `barrierefreiheit.md`, shown on every wall.",
    )
    maps_dir: Path = Field(
        Path("maps"),
        description="Folder with the outlines of a city's districts that `wall map` makes, one file a wall.",
    )
    hints: Path = Field(
        Path("hints.txt"),
        description="File with more words that make the team look twice, one a line; `-word` takes one of ours away.",
    )
    synonyms: Path = Field(
        Path("synonyms.txt"),
        description="File with more words that the search takes for one another, commas between, one group a line;"
        " `-word` takes one of ours away.",
    )
    snapshot_every: int = Field(100, description="A snapshot of a wall is kept after so many changes.", ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_format: Literal["json", "console"] = Field("json", description="`json` for machines, `console` for people.")
    debug: bool = Field(False, description="Shows tracebacks in the browser; refused in production.")

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The newest secret first; the others only verify."""
        return tuple(part.strip() for part in self.secret_key.split(",") if part.strip())

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Host names, without ports, that requests may name."""
        named = [urlsplit(self.base_url).hostname or "", *self.allowed_hosts.split(",")]
        local = ["localhost", "127.0.0.1", "::1"] if self.mode == "demo" else []
        return tuple(dict.fromkeys(name.strip().lower() for name in [*named, *local] if name.strip()))

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port of BASE_URL, as a browser sends them in `Origin`."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def secure(self) -> bool:
        """Whether people reach the walls by https, so that cookies may insist on it."""
        return self.base_url.startswith("https://")

    def legal_text(self, kind: str) -> str:
        """The operator's impressum, datenschutz or barrierefreiheit for all walls, as Markdown; '' for none."""
        file = self.legal_dir / f"{kind}.md"
        return file.read_text("utf-8").strip() if file.is_file() else ""

    def check(self) -> None:
        """Refuse to start on settings that would be unsafe or cannot work.

        Raises:
            Misconfigured: says which variable, what was expected and what came.
        """
        if urlsplit(self.base_url).scheme not in ("http", "https") or not urlsplit(self.base_url).hostname:
            raise Misconfigured(f"BASE_URL must be an http(s) address, not {self.base_url!r}.")
        if self.smtp_url:
            if urlsplit(self.smtp_url).scheme not in ("smtp", "smtps") or not urlsplit(self.smtp_url).hostname:
                raise Misconfigured("SMTP_URL must look like smtp://user:password@host:587 or smtps://….")
            if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(self.mail_from)[1]):
                raise Misconfigured(f"MAIL_FROM must be an e-mail address with SMTP_URL, not {self.mail_from!r}.")
        if self.mode != "production":
            return
        if self.debug:
            raise Misconfigured("DEBUG shows tracebacks to everybody: switch it off in production.")
        if not self.secrets:
            raise Misconfigured(
                "SECRET_KEY is not set. Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        for secret in self.secrets:
            if len(secret) < MIN_SECRET or len(set(secret)) < 10 or "change" in secret.lower():
                raise Misconfigured(
                    f"SECRET_KEY must be at least {MIN_SECRET} random characters; this one has {len(secret)}"
                    " or looks like a placeholder."
                )
