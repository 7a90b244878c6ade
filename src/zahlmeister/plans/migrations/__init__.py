"""Tables of plans, step by step."""
