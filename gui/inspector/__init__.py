"""The network inspector: censuses of neurons, their figures, and each on a page of its own."""
