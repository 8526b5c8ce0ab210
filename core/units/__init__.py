"""What a census says of every neuron: indices, types, search."""
