"""The migrations of what people at their desks keep, in their order."""
