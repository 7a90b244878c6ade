"""Which open item does this payment pay, and why do we think so?"""
