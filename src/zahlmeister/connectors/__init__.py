"""How we reach outside: foreign systems spoken to in their way, plain records on our side, no tables."""
