"""Where orders come from and “paid” goes back to: each module or folder is one kind of shop with one contract."""
