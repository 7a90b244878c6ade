"""Whether a VAT id is valid, asked of the authority that knows."""
