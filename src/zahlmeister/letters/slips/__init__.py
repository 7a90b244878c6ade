"""Transfer slips on plain paper: the German and Austrian forms, and the payment part of the Swiss QR-bill."""
