"""Collection agencies behind one contract: what they are handed, what they are told, and what they tell us."""
