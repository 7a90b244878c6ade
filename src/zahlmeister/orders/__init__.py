"""Orders and the people who placed them, as the shop reports them."""
