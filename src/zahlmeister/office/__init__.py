"""The merchant's door: pages for the people who clear payments."""
