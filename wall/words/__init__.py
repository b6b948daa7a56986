"""The interface's words in German and English, one folder a language; a wall may say "ihr" instead of "Sie"."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("de", "en")


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = str(value)
    return flat


@cache
def sentences(language: str, address: str = "sie") -> dict[str, str]:
    """Every sentence of one language by its dotted key; what "ihr" does not change is taken from "Sie"."""
    found = _in_folder(language)
    return found | _in_folder(f"{language}-{address}") if address != "sie" else found


def _in_folder(name: str) -> dict[str, str]:
    """What all files of a folder say; nothing where there is no such folder."""
    folder = files(__name__) / name
    found: dict[str, str] = {}
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name.endswith(".toml"):
            found |= _flat(tomllib.loads(file.read_text("utf-8")))
    return found


class Words:
    """One language and form of address: `words("pin.title")`, `words.n("cards", 3)`."""

    def __init__(self, language: str, address: str = "sie") -> None:
        self.language, self.address = language, address
        self._sentences = sentences(language, address)

    def __call__(self, key: str, /, **params: object) -> str:
        """The sentence under `key` with its placeholders filled.

        Raises:
            KeyError: no sentence stands under this key.
        """
        sentence = self._sentences[key]
        return sentence.format(**params) if params else sentence

    def n(self, key: str, n: int, /, **params: object) -> str:
        """The sentence for one thing or for several: `key.one` or `key.other`."""
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=n, **params)

    def __contains__(self, key: str) -> bool:
        return key in self._sentences


@cache
def words(language: str, address: str = "sie") -> Words:
    """The shared Words of one language and form of address."""
    return Words(language, address)
