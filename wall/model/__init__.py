"""Tables and pure rules of cards, walls, changes and roles; nothing here does any I/O."""
