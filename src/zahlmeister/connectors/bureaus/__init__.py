"""Credit bureaus, asked about somebody who wants to buy on invoice."""
