"""Payment providers on this machine: they take payments on pages of their own and keep the providers' rules."""
