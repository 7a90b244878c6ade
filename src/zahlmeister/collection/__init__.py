"""Unpaid invoices become an agency's work: who can be handed over, with what, and what became of it."""
