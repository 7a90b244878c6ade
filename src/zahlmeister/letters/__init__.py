"""What a person reads from us: mails, letters and transfer slips, per language. No tables."""
