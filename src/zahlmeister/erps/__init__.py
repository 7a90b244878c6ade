"""ERPs of merchants: how they are connected, what they have sent, and what of it was refused."""
