"""Our letters to buyers and merchants: who sends them, in whose words, when, and what became of each."""
