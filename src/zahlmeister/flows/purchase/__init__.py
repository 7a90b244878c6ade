"""Buying on invoice, one story per file: who may, what was sold, what comes in, and what the guarantor pays."""
