"""The soak: a server under a steady crowd for a quarter of an hour, and whether its memory stays where it is."""
