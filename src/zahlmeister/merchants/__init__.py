"""The tenant and its people."""
