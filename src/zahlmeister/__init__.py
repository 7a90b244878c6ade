"""Zahlmeister: the payment back office of an online merchant."""
