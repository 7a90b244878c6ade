"""Clerks browse, shops push orders and a large statement is read, all at once and over real HTTP."""
