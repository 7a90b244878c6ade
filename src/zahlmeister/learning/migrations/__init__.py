"""Tables of what is learned, step by step."""
