"""Who changed what, when and why: one chained row per step."""
