"""Tables of payouts, step by step."""
