"""Tables of accounting, step by step."""
