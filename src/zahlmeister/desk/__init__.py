"""What people at their desks keep: views of lists, what was done to many rows at once, and who may look in."""
