"""What many small merchants cost: their rows, a worker's look for what is due, the days' duties, the door."""
