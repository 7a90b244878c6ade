"""Codes that a banking app reads: GiroCode (EPC069-12) and the Swiss QR-bill, as text and as pictures."""
