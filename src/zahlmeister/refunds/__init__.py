"""Money that goes back to buyers: promised, planned, transferred, and followed until it has arrived."""
