"""The migrations of ERPs, in their order."""
