"""The customer centre's pages: come in, see what is open, pay, top up, and read what was entered."""
