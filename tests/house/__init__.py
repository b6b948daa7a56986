"""What the harness needs to find its tools and to keep the house in order; only the standard library."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"


class Missing(Exception):
    """Something the tests need is not there and could not be installed; says exactly what to do."""
