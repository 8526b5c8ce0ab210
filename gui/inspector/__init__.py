"""The network inspector: censuses of units, their figures, and every unit on a page of its own."""
