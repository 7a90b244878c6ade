"""Tags and filters of the office."""
