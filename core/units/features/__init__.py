"""What a neuron sees: crops, features and hues."""
