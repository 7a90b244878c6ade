"""What we owe the merchant of a pooled account, settled and transferred."""
