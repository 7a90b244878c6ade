"""Customers with access to the customer centre: their accounts, what lies on them, and what they announced."""
