"""Bank and shop played by us: believable orders and statements for demo and stories."""
