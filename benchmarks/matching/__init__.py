"""How well and how fast payments find their orders, on invented merchants with known truth."""
