"""Files for DATEV: booking batches and debtor master data in the EXTF format, version 700."""
