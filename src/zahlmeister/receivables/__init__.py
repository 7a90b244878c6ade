"""Who owes what, how a payment finds it, and what was paid of it."""
