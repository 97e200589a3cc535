"""A deal's page: its people, its money, its timers, and all that happened to it, in words and pictures."""
