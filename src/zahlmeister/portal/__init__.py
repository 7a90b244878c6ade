"""The buyer's door: pay an order, and see whether the money has arrived."""
