"""Bank accounts, statements and the transactions on them, recorded once."""
