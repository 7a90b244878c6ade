"""What templates of the portal can do."""
