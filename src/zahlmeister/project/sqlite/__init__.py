"""Django's backend for SQLite, with a line in which writers wait for their turn."""
