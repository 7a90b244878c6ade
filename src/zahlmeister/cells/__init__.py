"""Cells: a merchant moves from one database to another while he works, and the door finds where he lives."""
