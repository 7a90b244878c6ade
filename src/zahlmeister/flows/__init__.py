"""What happens: one story per file, read top to bottom."""
