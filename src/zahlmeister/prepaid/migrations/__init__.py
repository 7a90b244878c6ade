"""Tables of customers and their balances, step by step."""
