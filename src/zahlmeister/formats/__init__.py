"""Bank files to plain records: camt, MT940/MT942 and CSV, detected by their content."""
