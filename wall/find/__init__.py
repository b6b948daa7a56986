"""Finding cards: what matches a visitor's words and filters."""
