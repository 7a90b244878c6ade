"""Payments that buyers make at a provider: what each is for, how far it is, and what moved."""
