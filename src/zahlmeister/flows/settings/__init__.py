"""Every switch of a merchant in one table: what it means, where it is kept, how it is changed, and as a file."""
