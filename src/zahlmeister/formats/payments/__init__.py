"""Orders to the bank and its answers: pain.001 and pain.008 written and read, pain.002 read."""
