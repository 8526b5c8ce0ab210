"""A census: the strongest images of every neuron over sets of images, and the gray pass."""
