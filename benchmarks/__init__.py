"""What we claim about speed and precision, measured."""
