"""Who may buy on invoice: a ladder of readable rules, decisions with their reasons, and people who review them."""
