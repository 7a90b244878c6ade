"""The reasons for and against an item, each weighed in bits."""
