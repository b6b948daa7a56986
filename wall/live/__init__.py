"""The live wall: what happened in one process reaches every screen of every process."""
