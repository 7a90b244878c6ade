"""Programs of merchants: the keys by which they come in, where they are called back, and what they handed in."""
