"""ERPs behind one contract: the documents they send of orders bought on invoice, and what they are told."""
