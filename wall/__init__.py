"""The Netzwerk-Wand: a live, persistent wall of a city's networks."""

__version__ = "0.1.0"
