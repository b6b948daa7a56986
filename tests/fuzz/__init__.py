"""Convergence fuzz: a small installation in one thread, in time of its own, that runs alike whenever its seed does."""
