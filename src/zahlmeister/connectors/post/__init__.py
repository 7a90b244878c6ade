"""How letters on paper leave us: handed to whoever prints and posts them."""
