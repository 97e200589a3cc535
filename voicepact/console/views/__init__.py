"""The pages of the desk, below the admin's: one module for each kind of work."""
