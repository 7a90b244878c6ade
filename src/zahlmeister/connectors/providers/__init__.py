"""Payment providers: PayPal, Stripe and Mollie, each spoken to in its own way, all with one contract."""
