"""From a bank's file to decisions committed with their postings."""
