"""From a configuration and tensors to a model, and what it may cost."""
