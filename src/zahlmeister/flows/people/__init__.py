"""Who works for a merchant: invited, given rights, removed; and what each person does about their own access."""
