"""What the bookkeeper gets of our books: which of his accounts is which of ours, and what he has been given."""
