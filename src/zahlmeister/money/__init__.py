"""Amounts of money that lose no cent, account numbers and payment references."""
