"""Guaranteed purchase on invoice: authorised, billed, and what the guarantor owes the merchant for it."""
