"""What the operator charges: free quota, commission, flat rate, monthly fees, and the invoices of it."""
