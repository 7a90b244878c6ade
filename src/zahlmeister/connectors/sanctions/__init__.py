"""Lists of people to whom nothing may be paid, asked before money leaves."""
