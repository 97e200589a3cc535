"""The front page: its figures from the roll-up, what waits for a person, and whether everything works."""
