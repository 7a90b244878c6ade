"""Where statement files come from: each module is one kind of place, all keep the contract of `place`."""
