"""Logging: structured, one line an event, with nothing in it that a visitor could have made into a line of its own."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from wall.settings import Settings

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SECRET_PATH = re.compile(r"(/(?:mine|sign-in|contact|alive)/)[^/?\s\"]+")
LONGEST = 2000


class Shown(str):
    """A text whose tokens the log may show: in demo mode, a link that would have gone out by e-mail."""

    __slots__ = ()


def harmless(text: str) -> str:
    """Control characters (line breaks, ANSI) written out, tokens in addresses left out, length bounded."""
    text = str(text) if isinstance(text, Shown) else SECRET_PATH.sub(r"\1…", text)
    text = CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _harmless_values(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {key: harmless(value) if isinstance(value, str) else value for key, value in event.items()}


def _traceback_apart(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A traceback becomes a list of lines, each of them harmless."""
    text = event.pop("exception", None)
    if text:
        event["traceback"] = [harmless(line) for line in str(text).splitlines()][-40:]
    return event


def configure_logs(settings: Settings) -> None:
    """Send structlog's and the standard library's events to standard output, as JSON or readable lines."""
    render: Processor
    if settings.log_format == "json":
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        render = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _traceback_apart,
        _harmless_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in (
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
        "asyncio",
        "alembic",
        "sqlalchemy",
        "websockets",
        "python_multipart",
        "aiosqlite",  # would write down every row
    ):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).setLevel("WARNING")
