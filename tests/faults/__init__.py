"""The fault run: real servers, databases and networks that fail at random, and a checker that forgives nothing."""
