"""What we still have to tell the world, written together with the books and delivered at least once."""
