"""The parameters of the stimulus as fields."""
