"""ERPs are listened to and told: documents that come in by any way, and what became of them."""
