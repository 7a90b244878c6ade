"""ERPs behind one contract: the documents they send about orders bought on invoice, and what they are told of them."""
