"""Migrations of this noun."""
