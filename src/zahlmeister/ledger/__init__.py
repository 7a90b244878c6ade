"""Double-entry books of every cent the house knows of."""
